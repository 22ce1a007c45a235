/**
 * Sinks for the bytes of a report: one computes digests, one buffers the bytes in memory.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** Digest algorithms, by their names in node:crypto. */
export type DigestName = 'sha256' | 'sha384' | 'sha512'

/** Receives bytes in order. The caller may reuse them after `write` has returned. */
export interface ReportSink {
  write(bytes: Uint8Array): void
}

/** Several digests over one stream. */
export interface Digester extends ReportSink {
  /** Ends the stream. Call it once. */
  digests(): ReadonlyMap<DigestName, Uint8Array>
}

/** Creates a digester; it computes each algorithm once, even if it is named several times. */
export function createDigester(names: readonly DigestName[]): Digester {
  const hashes = [...new Set(names)].map((name) => [name, createHash(name)] as const)
  return {
    write: (bytes) => {
      for (const [, hash] of hashes) hash.update(bytes)
    },
    digests: () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
  }
}

/** Sizes of the chunks: each is twice as large as the one before. A signed part of a report has less than a kilobyte. */
const MIN_CHUNK_BYTES = 4 * 1024
const MAX_CHUNK_BYTES = 256 * 1024

/** Bytes in memory, in chunks, so that growing copies nothing. */
export interface ByteBuffer extends ReportSink {
  chunks(): readonly Uint8Array[]
}

/** Creates an empty buffer. It copies the bytes, because the caller may reuse them. */
export function createByteBuffer(): ByteBuffer {
  const full: Uint8Array[] = []
  let current = new Uint8Array(MIN_CHUNK_BYTES)
  let used = 0
  return {
    write: (bytes) => {
      for (let from = 0; from < bytes.length; ) {
        if (used === current.length) {
          full.push(current)
          current = new Uint8Array(Math.min(MAX_CHUNK_BYTES, 2 * current.length))
          used = 0
        }
        const part = bytes.subarray(from, from + current.length - used)
        current.set(part, used)
        used += part.length
        from += part.length
      }
    },
    chunks: () => [...full, current.subarray(0, used)],
  }
}

/** SHA-256 of bytes in lower-case hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
