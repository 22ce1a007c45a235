/**
 * Reads the body of a request. Limits its size, its uncompressed size, the structure of JSON, and the memory of all bodies together.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { HttpError } from '../http-error.js'
import { JsonGuard, type JsonLimits } from './json-guard.js'

/** Sizes of the blocks that a body is collected in: each is twice as large as the one before. A usual report is in one block. */
const MIN_BLOCK_BYTES = 16_384
const MAX_FIRST_BLOCK_BYTES = 65_536
const MAX_BLOCK_BYTES = 1_048_576
const GUNZIP_CHUNK_BYTES = 65_536
/** Limits for reading the rest of the body of a refused request. */
const DRAIN_BYTES = 512 * 1024 * 1024
const DRAIN_MS = 5_000

/** Limits of a body. */
export interface BodyLimits {
  /** Maximum size of one body, uncompressed. */
  readonly maxBytes: number
  /** Memory for all bodies that are being read or processed. */
  readonly budget: MemoryBudget
  /** If the body is JSON, the limits of its structure. */
  readonly json?: JsonLimits | undefined
  /** What the body is, for messages. Default: a report. */
  readonly subject?: 'report' | 'decision' | 'request' | undefined
}

/** The memory that all requests share. */
export class MemoryBudget {
  readonly #capacity: number
  #used = 0

  constructor(capacityBytes: number) {
    this.#capacity = capacityBytes
  }

  /** Reserves memory; false when there is not enough left. */
  reserve(bytes: number): boolean {
    if (this.#used + bytes > this.#capacity) return false
    this.#used += bytes
    return true
  }

  /** Releases reserved memory. */
  release(bytes: number): void {
    this.#used -= bytes
  }
}

/**
 * A body in memory. It counts against the budget until it is released.
 *
 * It is in blocks, which can be transferred to a worker thread: to copy 100 MB into one array takes longer than a response may wait.
 */
export interface HeldBody {
  readonly sizeBytes: number
  readonly blocks: readonly Uint8Array<ArrayBuffer>[]
  /** All blocks in one array. */
  readonly bytes: Uint8Array
  release(): void
}

/** Returns the bytes of a body. Copies them only if there are several blocks. */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array {
  const [only] = blocks
  return blocks.length === 1 && only !== undefined ? only : Buffer.concat(blocks)
}

/**
 * Reads a whole body.
 *
 * @throws {HttpError} 413 when the body is too large, compressed or uncompressed; 400 when it is incomplete or not gzip, or JSON with too
 *   many parts; 415 for any other Content-Encoding; 503 when other requests use too much memory
 */
export async function readBody(request: Request, limits: BodyLimits): Promise<HeldBody> {
  const firstBlockBytes = Math.max(MIN_BLOCK_BYTES, Math.min(MAX_FIRST_BLOCK_BYTES, declaredBytes(request)))
  const collector = new BodyCollector(limits, firstBlockBytes)
  await fill(collector, request, limits)
  return collector.body()
}

/** What receives the uncompressed bytes of a body. `release` is called when it fails. */
export interface Sink {
  /** @throws {HttpError} when it refuses the body */
  add(chunk: Uint8Array): void
  release(): void
}

/**
 * Reads a body into a sink, uncompressed.
 *
 * @throws {HttpError} as `readBody`
 */
export async function fill(
  sink: Sink,
  request: Request,
  limits: Pick<BodyLimits, 'maxBytes' | 'subject'>,
): Promise<void> {
  if (declaredBytes(request) > limits.maxBytes) throw tooLarge(limits)
  // x-gzip is another name of gzip (RFC 9110, section 8.4.1.3).
  const encoding = (request.headers.get('content-encoding') ?? 'identity')
    .trim()
    .toLowerCase()
    .replace(/^x-gzip$/, 'gzip')
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new HttpError(415, `the Content-Encoding "${encoding.slice(0, 40)}" is not supported`, {
      suggestions: ['send the body without Content-Encoding, or with Content-Encoding: gzip'],
    })
  }
  const source = request.body?.getReader()
  try {
    if (source !== undefined) {
      await (encoding === 'gzip' ? gunzip(source, sink) : eachChunk(source, (chunk) => sink.add(chunk)))
    }
  } catch (cause) {
    sink.release()
    if (cause instanceof HttpError) throw cause
    const message = encoding === 'gzip' ? 'the body is not valid gzip data' : 'the body is incomplete'
    throw new HttpError(400, message, { cause })
  } finally {
    source?.releaseLock()
  }
}

function declaredBytes(request: Request): number {
  return Number(request.headers.get('content-length') ?? 0)
}

/**
 * Reads and drops the rest of the body of a refused request. A client that is still sending would not read the response.
 *
 * @returns false when the rest is too large or takes too long
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
    // The client closed the connection.
    return true
  }
}

/** Collects a body in blocks. */
export class BodyCollector implements Sink {
  readonly #limits: BodyLimits
  readonly #guard: JsonGuard | undefined
  readonly #blocks: Uint8Array<ArrayBuffer>[] = []
  readonly #firstBlockBytes: number
  /** Number of bytes in the last block. */
  #filled = 0
  #size = 0

  constructor(limits: BodyLimits, firstBlockBytes: number) {
    this.#limits = limits
    this.#firstBlockBytes = firstBlockBytes
    this.#guard = limits.json && new JsonGuard(limits.json)
  }

  add(chunk: Uint8Array): void {
    if (this.#size + chunk.length > this.#limits.maxBytes) throw tooLarge(this.#limits)
    if (!this.#limits.budget.reserve(chunk.length)) throw outOfMemory()
    this.#size += chunk.length
    this.#guard?.add(chunk)
    for (let from = 0; from < chunk.length; ) from += this.#append(chunk.subarray(from))
  }

  body(): HeldBody {
    const blocks = this.#blocks.map((block, index) =>
      index === this.#blocks.length - 1 ? block.subarray(0, this.#filled) : block,
    )
    return {
      sizeBytes: this.#size,
      blocks,
      get bytes() {
        return joinBlocks(blocks)
      },
      release: () => this.release(),
    }
  }

  release(): void {
    this.#limits.budget.release(this.#size)
    this.#size = 0
    this.#blocks.length = 0
  }

  // Fills the last block, and returns the number of bytes that it took.
  #append(bytes: Uint8Array): number {
    let block = this.#blocks.at(-1)
    if (block === undefined || this.#filled === block.length) {
      block = new Uint8Array(block === undefined ? this.#firstBlockBytes : Math.min(MAX_BLOCK_BYTES, block.length * 2))
      this.#blocks.push(block)
      this.#filled = 0
    }
    const taken = bytes.subarray(0, block.length - this.#filled)
    block.set(taken, this.#filled)
    this.#filled += taken.length
    return taken.length
  }
}

type Source = ReadableStreamDefaultReader<Uint8Array>

async function eachChunk(source: Source, handle: (chunk: Uint8Array) => void): Promise<void> {
  for (;;) {
    const { done, value } = await source.read()
    if (done) return
    handle(value)
  }
}

// The limit applies to each uncompressed chunk, so that a gzip bomb never fills the memory.
async function gunzip(source: Source, sink: Sink): Promise<void> {
  const compressed = async function* () {
    for (;;) {
      const { done, value } = await source.read()
      if (done) return
      yield value
    }
  }
  const input = Readable.from(compressed(), { objectMode: false })
  const decoder = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES })
  input.on('error', (error) => decoder.destroy(error))
  try {
    for await (const chunk of input.pipe(decoder)) sink.add(chunk)
  } finally {
    decoder.destroy()
    input.unpipe()
  }
}

/** The error of a body for which the memory of all bodies has no room. */
export function outOfMemory(): HttpError {
  return new HttpError(503, 'too many reports are arriving at once', {
    headers: { 'Retry-After': '1' },
    suggestions: ['submit again in a moment'],
  })
}

function tooLarge({ maxBytes, subject = 'report' }: Pick<BodyLimits, 'maxBytes' | 'subject'>): HttpError {
  return new HttpError(413, `the ${subject} is larger than ${maxBytes} bytes, the limit of this server`, {
    details: { max_bytes: maxBytes },
    // Only the limit of reports can be set.
    suggestions:
      subject === 'report' ? ['split the run into several reports', 'start the server with a larger --max-size'] : [],
  })
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}
