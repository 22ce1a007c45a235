/**
 * How often documents are scanned.
 *
 * @module
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

const CHANNEL = 'jux-reporter:scan'
/** Fragments, such as SignedInfo, are shorter than the reports of tests that count. */
const MIN_DOCUMENT_BYTES = 8 * 1024

/** A text that makes a report longer than any fragment. */
export const PADDING = 'x'.repeat(MIN_DOCUMENT_BYTES)

/** Runs an action, and counts the scans of whole documents during it. */
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
