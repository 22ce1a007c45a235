import { describe, expect, it } from 'vitest'
import { JSON_LIMITS, JsonGuard } from '../src/ingest/json-guard.js'

const LONG = 'x'.repeat(2 * JSON_LIMITS.bytes)

// Scans a text in chunks of every given size.
function scan(text: string, chunkBytes = 7_919): void {
  const guard = new JsonGuard()
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; from += chunkBytes) guard.add(bytes.subarray(from, from + chunkBytes))
}

const reasonOf = (text: string, chunkBytes?: number) => {
  try {
    scan(text, chunkBytes)
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'parts' in error ? JSON.stringify(error.parts) : String(error)
  }
}

describe('JsonGuard', () => {
  it.each([1, 2, 3, 10, 100_000])(
    'accepts a long report with escapes in every member for it, in chunks of %i',
    (size) => {
      for (const member of ['xml_content', 'report']) {
        const text = JSON.stringify({ metadata: { a: ['"[{\\'] }, [member]: `${LONG}"\\[{,${LONG}`, tail: 1 })
        expect(reasonOf(text, size)).toBe('accepted')
      }
    },
  )

  it.each([
    ['arrays in arrays', '['.repeat(1_000), 'json-depth'],
    ['objects in objects', '{"a":'.repeat(1_000), 'json-depth'],
    ['many small values', `[${'{},'.repeat(10_000)}`, 'json-values'],
    ['many numbers', `{"a":[${'1,'.repeat(10_000)}`, 'json-values'],
    ['white space', ' '.repeat(LONG.length), 'json-bytes'],
    ['a long member name', `{"${LONG}":1}`, 'json-bytes'],
    ['a long text in metadata', `{"metadata":{"report":"${LONG}"}}`, 'json-bytes'],
    ['a long text in another member', `{"xml_contents":"${LONG}"}`, 'json-bytes'],
    ['a long text in an array of the report', `{"report":["${LONG}"]}`, 'json-bytes'],
    ['a long member name after the report', `{"report":1,"${LONG}":1}`, 'json-bytes'],
    ['a long escaped text', `{"a":"${'\\\\"'.repeat(LONG.length)}"}`, 'json-bytes'],
    ['a long text alone', `"${LONG}"`, 'json-bytes'],
    ['a long number', `{"report":${'1'.repeat(LONG.length)}}`, 'json-bytes'],
  ])('refuses %s', (_name, text, reason) => {
    for (const size of [1, 13, 65_536, text.length]) expect(reasonOf(text, size)).toContain(reason)
  })
})
