/**
 * Counts the scans of documents.
 *
 * @module
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

const CHANNEL = 'jux-reporter:scan'
/** Shorter documents are fragments, such as SignedInfo, and not counted. */
const MIN_DOCUMENT_BYTES = 8 * 1024

/** A text that makes a report long enough to be counted. */
export const PADDING = 'x'.repeat(MIN_DOCUMENT_BYTES)

/** Counts the scans of whole documents during an action. */
export async function countScans<T>(action: () => T | Promise<T>): Promise<{ scans: number; result: T }> {
  let scans = 0
  const listener = (message: unknown) => {
    const sizeBytes = typeof message === 'object' && message !== null ? Reflect.get(message, 'sizeBytes') : undefined
    if (typeof sizeBytes === 'number' && sizeBytes >= MIN_DOCUMENT_BYTES) scans++
  }
  subscribe(CHANNEL, listener)
  try {
    const result = await action()
    return { scans, result }
  } finally {
    unsubscribe(CHANNEL, listener)
  }
}
