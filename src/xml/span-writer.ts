/**
 * Writes parts of a document to a sink with few copies.
 *
 * @module
 */
import type { ReportSink } from './digest.js'

/** Size of the buffer for short pieces. */
const BUFFER_BYTES = 16 * 1024
/** Pieces of this length or longer go directly to the sink; shorter ones are buffered. */
const DIRECT_BYTES = 4 * 1024
/** Up to this length a loop is faster than a call. */
const SHORT_BYTES = 64

/**
 * Writes spans of a source and other bytes to a sink. Call `finish` at the end.
 *
 * Spans that follow each other in the source are joined without a copy: a document that is already canonical goes to its
 * digest in a few large pieces.
 */
export class SpanWriter {
  /** Bytes written so far. */
  sizeBytes = 0
  private readonly source: Uint8Array
  private readonly sink: ReportSink
  private readonly buffer = new Uint8Array(BUFFER_BYTES)
  private used = 0
  private spanStart = 0
  private spanEnd = 0

  constructor(source: Uint8Array, sink: ReportSink) {
    this.source = source
    this.sink = sink
  }

  /** Writes the bytes of the source from `start` up to, but not including, `end`. */
  copy(start: number, end: number): void {
    this.sizeBytes += end - start
    if (start !== this.spanEnd) {
      this.endSpan()
      this.spanStart = start
    }
    this.spanEnd = end
  }

  /** Writes bytes that are not from the source. */
  write(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length
    this.endSpan()
    this.append(bytes)
  }

  /** Writes the buffered bytes to the sink. */
  finish(): void {
    this.endSpan()
    this.flush()
  }

  private endSpan(): void {
    const { source, spanStart, spanEnd } = this
    if (spanEnd === spanStart) return
    this.spanStart = spanEnd
    if (spanEnd - spanStart > SHORT_BYTES) {
      this.append(source.subarray(spanStart, spanEnd))
      return
    }
    if (this.used + SHORT_BYTES > BUFFER_BYTES) this.flush()
    for (let at = spanStart; at < spanEnd; at++) this.buffer[this.used++] = source[at] ?? 0
  }

  private append(bytes: Uint8Array): void {
    if (bytes.length >= DIRECT_BYTES) {
      this.flush()
      this.sink.write(bytes)
      return
    }
    if (this.used + bytes.length > BUFFER_BYTES) this.flush()
    if (bytes.length > SHORT_BYTES) {
      this.buffer.set(bytes, this.used)
      this.used += bytes.length
    } else for (let i = 0; i < bytes.length; i++) this.buffer[this.used++] = bytes[i] ?? 0
  }

  private flush(): void {
    if (this.used > 0) this.sink.write(this.buffer.subarray(0, this.used))
    this.used = 0
  }
}
