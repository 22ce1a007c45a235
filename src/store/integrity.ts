/**
 * Whether a stored report is what its name says.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { contentHash } from '../xml/canonical.js'
import { readJunit } from '../xml/junit-reader.js'

/** The property by which our own reports are known. */
const OWN_MARK = 'jux:client'

/**
 * Checks one of our own reports against the content hash that names it. Other tools name theirs by other hashes: those are
 * not judged.
 *
 * @param bytes the report, UTF-8
 * @throws {JuxError} `XML_INVALID_STRUCTURE`, `content-differs`, when it was changed or damaged since it was stored
 * @throws {JuxError} `XML_PARSE_ERROR`, `XML_INVALID_STRUCTURE` when it is not ours, and no report at all
 */
export function checkContent(bytes: Uint8Array, hash: string): void {
  try {
    if (!readJunit(bytes).properties.some(({ name }) => name === OWN_MARK)) return
  } catch (error) {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(`"${OWN_MARK}"`))
      throw differs(hash, error)
    throw error
  }
  if (contentHash(bytes) !== hash) throw differs(hash)
}

/** Whether an error of `checkContent` means that a report of ours is damaged. */
export function isDamaged(error: unknown): boolean {
  return error instanceof JuxError && error.reason === 'content-differs'
}

function differs(hash: string, cause?: unknown): JuxError {
  return new JuxError('XML_INVALID_STRUCTURE', {
    message: `the report ${hash} was changed or damaged since it was stored`,
    suggestions: [
      `compare with "jux inspect": its content hash should be ${hash}`,
      'look at the disk and at who can write to the store',
    ],
    reason: 'content-differs',
    cause,
  })
}
