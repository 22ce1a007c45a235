/**
 * Reads stored reports, and checks that their content matches their names.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { type ReadReport, readReport } from '../report/read.js'

/** The property that all reports of this package have. */
const OWN_MARK = 'jux:client'

/**
 * Reads a report. A report of this package is checked against the content hash in its name; other tools use other
 * hashes in names, so their reports are not checked.
 *
 * @param bytes the report, UTF-8
 * @throws {JuxError} `XML_INVALID_STRUCTURE`, `content-differs`, when it was changed or damaged since it was stored
 * @throws {JuxError} `XML_PARSE_ERROR`, `XML_INVALID_STRUCTURE` when it is neither a report of this package nor another
 *   report
 */
export function readIntact(bytes: Uint8Array, hash: string): ReadReport {
  let report: ReadReport
  try {
    report = readReport(bytes)
  } catch (error) {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    throw view.includes(`"${OWN_MARK}"`) ? differs(hash, error) : error
  }
  const isOwn = report.summary.properties.some(({ name }) => name === OWN_MARK)
  if (isOwn && report.contentHash !== hash) throw differs(hash)
  return report
}

/** Whether an error of `readIntact` means that a report of ours is damaged. */
export function isDamaged(error: unknown): boolean {
  return error instanceof JuxError && error.reason === 'content-differs'
}

function differs(hash: string, cause?: unknown): JuxError {
  return new JuxError('XML_INVALID_STRUCTURE', {
    message: `the report ${hash} was changed or damaged since it was stored`,
    suggestions: [
      `npx jux cache show ${hash}  # its content hash should be the one in its name`,
      'look at the disk and at who can write to the store',
    ],
    reason: 'content-differs',
    cause,
  })
}
