/**
 * A sink that keeps what it is given.
 *
 * @module
 */
import type { ReportSink } from './digest.js'

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
