/**
 * The body of a request: bytes in parts, with their size, that can be sent several times.
 *
 * A JSON body with a report in it is made part by part while it is sent. `JSON.stringify` would hold the report as a
 * string, the body as a string, and the body as bytes at the same time.
 *
 * @module
 */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
// Not the global one, which a test suite may have replaced.
import { setImmediate } from 'node:timers'
import { createGzip } from 'node:zlib'
import { toJuxError } from '../errors.js'

/** The bytes of a body. */
export interface Body {
  readonly sizeBytes: number
  /**
   * The bytes in order, from the beginning at each call. A part is valid until two more have been requested: then its
   * memory may be used again.
   */
  parts(): Iterable<Uint8Array>
}

/** Room for one part. Larger than the buffer of a socket, so that a sender waits until each part is sent. */
const PART_BYTES = 128 * 1024
/** Input that is escaped between two checks of the room that is left. */
const PIECE_BYTES = 8 * 1024
/** A byte becomes at most `\u001f`. */
const MAX_FORM_BYTES = 6
/** One part is sent while the next one is made; another one is a margin. */
const BUFFERS = 3

const ASCII = 128
const BACKSLASH = 0x5c

/** What JSON.stringify writes for each ASCII character. In UTF-8 it writes all others unchanged. */
const FORMS: readonly Uint8Array[] = Array.from({ length: ASCII }, (_, code) =>
  Buffer.from(JSON.stringify(String.fromCharCode(code)).slice(1, -1)),
)
/** How many bytes each byte becomes. */
const LENGTHS = Uint8Array.from({ length: 256 }, (_, byte) => FORMS[byte]?.length ?? 1)
/** The second byte of a form of two bytes. */
const SECONDS = Uint8Array.from({ length: ASCII }, (_, code) => FORMS[code]?.[1] ?? 0)

/** A body of these bytes, unchanged. */
export function bytesBody(chunks: readonly Uint8Array[]): Body {
  return { sizeBytes: sizeOf(chunks), parts: () => chunks }
}

/**
 * A JSON object with a text as its first field: the bytes of `JSON.stringify({ [field]: text, ...others })`.
 *
 * @param text valid UTF-8
 * @param others at least one field with a value
 */
export function jsonBody(field: string, text: readonly Uint8Array[], others: Readonly<Record<string, unknown>>): Body {
  const before = Buffer.from(`{${JSON.stringify(field)}:"`)
  const after = Buffer.from(`",${JSON.stringify(others).slice(1)}`)
  const textBytes = text.reduce((sum, chunk) => sum + escapedBytes(chunk), 0)
  return {
    sizeBytes: before.length + textBytes + after.length,
    *parts() {
      yield before
      yield* escaped(text)
      yield after
    },
  }
}

/** The body, compressed. Compressed reports are small, so all of it is in memory. */
export async function gzipped(body: Body): Promise<Body> {
  const chunks: Uint8Array[] = []
  await pipeline(streamOf(body), createGzip(), async (compressed: AsyncIterable<Uint8Array>) => {
    for await (const chunk of compressed) chunks.push(chunk)
  })
  return bytesBody(chunks)
}

/**
 * A stream of the parts, from the beginning. It makes a part when its receiver asks for it, and holds none.
 *
 * Before each part the process receives what has arrived: a server may answer, and close the connection, while the body
 * is sent. After a write to a closed connection its answer could not be read.
 */
export function streamOf(body: Body): Readable {
  const parts = body.parts()[Symbol.iterator]()
  return new Readable({
    objectMode: true,
    highWaterMark: 0,
    read() {
      setImmediate(() => {
        if (this.destroyed) return
        try {
          const { value, done } = parts.next()
          this.push(done ? null : value)
        } catch (error) {
          this.destroy(toJuxError(error))
        }
      })
    },
  })
}

/** The size of several chunks together. */
export function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}

function escapedBytes(bytes: Uint8Array): number {
  let size = 0
  for (let at = 0; at < bytes.length; at++) size += LENGTHS[bytes[at] ?? 0] ?? 0
  return size
}

// The buffers are used in turn: new ones for each part would be garbage as large as the body until it is collected.
function* escaped(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  const buffers = Array.from({ length: BUFFERS }, () => new Uint8Array(PART_BYTES))
  let turn = 0
  let buffer = buffers[0] ?? new Uint8Array(PART_BYTES)
  let used = 0
  for (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      if (used + PIECE_BYTES * MAX_FORM_BYTES > PART_BYTES) {
        yield buffer.subarray(0, used)
        turn = (turn + 1) % BUFFERS
        buffer = buffers[turn] ?? buffer
        used = 0
      }
      used = escapePiece(chunk, start, buffer, used)
    }
  }
  yield buffer.subarray(0, used)
}

/** @returns how much of the buffer is used then */
function escapePiece(from: Uint8Array, start: number, to: Uint8Array, used: number): number {
  const end = Math.min(from.length, start + PIECE_BYTES)
  let next = used
  for (let at = start; at < end; at++) {
    const byte = from[at] ?? 0
    const length = LENGTHS[byte]
    if (length === 1) {
      to[next++] = byte
    } else if (length === 2) {
      to[next++] = BACKSLASH
      to[next++] = SECONDS[byte] ?? 0
    } else {
      to.set(FORMS[byte] ?? [], next)
      next += MAX_FORM_BYTES
    }
  }
  return next
}
