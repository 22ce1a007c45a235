/**
 * Sinks for reports: digests that are taken while bytes go by, and a buffer in memory.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** Digest algorithms in use, by the names node:crypto has for them. */
export type DigestName = 'sha256' | 'sha384' | 'sha512'

/** Takes bytes in order; they may be reused by the caller once `write` has returned. */
export interface ReportSink {
  write(bytes: Uint8Array): void
}

/** Several digests over one stream. */
export interface Digester extends ReportSink {
  /** Ends the stream; to be called once. */
  digests(): ReadonlyMap<DigestName, Uint8Array>
}

/** A digester for the named algorithms; each is computed once, however often it is named. */
export function createDigester(names: readonly DigestName[]): Digester {
  const hashes = [...new Set(names)].map((name) => [name, createHash(name)] as const)
  return {
    write: (bytes) => {
      for (const [, hash] of hashes) hash.update(bytes)
    },
    digests: () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
  }
}

const CHUNK_BYTES = 256 * 1024

/** Bytes in memory, in chunks, so that growing never copies what is already there. */
export interface ByteBuffer extends ReportSink {
  chunks(): readonly Uint8Array[]
}

/** An empty buffer. Copies what it is given, as `ReportSink` allows the caller to reuse its bytes. */
export function createByteBuffer(): ByteBuffer {
  const full: Uint8Array[] = []
  let current = new Uint8Array(CHUNK_BYTES)
  let used = 0
  return {
    write: (bytes) => {
      for (let from = 0; from < bytes.length; ) {
        if (used === current.length) {
          full.push(current)
          current = new Uint8Array(CHUNK_BYTES)
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
