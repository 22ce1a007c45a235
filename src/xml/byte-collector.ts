/**
 * Bytes that arrive in pieces, as one piece.
 *
 * @module
 */
import type { ReportSink } from './digest.js'

/** Grows by doubling, so that it holds what came once and not twice. */
export class ByteCollector implements ReportSink {
  private buffer: Uint8Array
  private used = 0

  /** @param expectedBytes how much will come, if nothing is odd */
  constructor(expectedBytes: number) {
    this.buffer = new Uint8Array(expectedBytes)
  }

  write(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.buffer.length) {
      const larger = new Uint8Array(2 * (this.used + bytes.length))
      larger.set(this.buffer.subarray(0, this.used))
      this.buffer = larger
    }
    this.buffer.set(bytes, this.used)
    this.used += bytes.length
  }

  /** All that has come. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.used)
  }
}
