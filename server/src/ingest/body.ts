/**
 * Reads the body of a request within limits: of what arrives, of what it unpacks to, and of what all requests hold together.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { HttpError } from '../http-error.js'

/** How much of a refused body is still taken in, and for how long. */
const DRAIN_BYTES = 512 * 1024 * 1024
const DRAIN_MS = 5_000

/** What a body is read with. */
export interface BodyLimits {
  /** Bytes of one body, unpacked. */
  readonly maxBytes: number
  /** Bytes of all bodies that are being read or processed. */
  readonly budget: MemoryBudget
}

/** Bytes that all requests together may hold. */
export class MemoryBudget {
  readonly #capacity: number
  #used = 0

  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes
  }

  /** Takes some; false when there is not enough left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#capacity) return false
    this.#used += bytes
    return true
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#used -= bytes
  }
}

/** A body in memory, until it is released. */
export interface HeldBody {
  readonly bytes: Uint8Array
  release(): void
}

/**
 * Reads a body to its end.
 *
 * @throws {HttpError} 413 when it is larger than allowed, packed or unpacked; 400 when it ends early or is not gzip; 415 for another
 *   Content-Encoding; 503 when other requests hold too much
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<HeldBody> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > limits.maxBytes) throw tooLarge(limits.maxBytes)
  const encoding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new HttpError(415, `the body is encoded as "${encoding.slice(0, 40)}"`, {
      suggestions: ['send it as it is, or with Content-Encoding: gzip'],
    })
  }
  const collected = new Collected(limits)
  const source = request.body?.getReader()
  try {
    if (source !== undefined) {
      await (encoding === 'gzip' ? unpack(source, collected) : eachChunk(source, (chunk) => collected.add(chunk)))
    }
    return collected.held()
  } catch (cause) {
    collected.release()
    if (cause instanceof HttpError) throw cause
    const what = encoding === 'gzip' ? 'the body is not complete gzip data' : 'the body did not arrive whole'
    throw new HttpError(400, what, { cause })
  } finally {
    source?.releaseLock()
  }
}

/**
 * Takes in what is left of the body of a refused request: a client that is still sending would never read the answer.
 *
 * @returns false when too much is left
 */
export async function drainBody(request: Request): Promise<boolean> {
  if (request.body === null || request.body.locked) return true
  const source = request.body.getReader()
  const timeout = aborted(AbortSignal.timeout(DRAIN_MS))
  let size = 0
  try {
    while (size < DRAIN_BYTES) {
      const chunk = await Promise.race([source.read(), timeout])
      if (chunk === undefined) return false
      if (chunk.done) return true
      size += chunk.value.length
    }
    return false
  } catch {
    // The client went away.
    return true
  }
}

class Collected {
  readonly #limits: BodyLimits
  readonly #chunks: Uint8Array[] = []
  #size = 0

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  add(chunk: Uint8Array): void {
    if (this.#size + chunk.length > this.#limits.maxBytes) throw tooLarge(this.#limits.maxBytes)
    if (!this.#limits.budget.take(chunk.length)) {
      throw new HttpError(503, 'too many reports are arriving at once', {
        headers: { 'Retry-After': '1' },
        suggestions: ['submit again in a moment'],
      })
    }
    this.#size += chunk.length
    this.#chunks.push(chunk)
  }

  held(): HeldBody {
    return { bytes: Buffer.concat(this.#chunks, this.#size), release: () => this.release() }
  }

  release(): void {
    this.#limits.budget.give(this.#size)
    this.#size = 0
    this.#chunks.length = 0
  }
}

type Source = ReadableStreamDefaultReader<Uint8Array>

async function eachChunk(source: Source, take: (chunk: Uint8Array) => void): Promise<void> {
  for (;;) {
    const { done, value } = await source.read()
    if (done) return
    take(value)
  }
}

// Counted as it unpacks, so that a bomb is never held: it ends with the chunk that passes the limit.
async function unpack(source: Source, collected: Collected): Promise<void> {
  const packed = async function* () {
    for (;;) {
      const { done, value } = await source.read()
      if (done) return
      yield value
    }
  }
  const input = Readable.from(packed(), { objectMode: false })
  const gunzip = createGunzip()
  input.on('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of input.pipe(gunzip)) collected.add(chunk)
  } finally {
    gunzip.destroy()
    input.unpipe()
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the report is larger than the ${maxBytes} bytes that this server takes`, {
    details: { max_bytes: maxBytes },
    suggestions: ['split the run into several reports', 'start the server with a larger --max-size'],
  })
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}
