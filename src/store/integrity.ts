/**
 * Reading stored reports, and whether they are what their names say.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { type ReadReport, readReport } from '../report/read.js'

/** The property that marks our own reports. */
const OWN_MARK = 'jux:client'

/**
 * Reads a report, and checks one of our own against the content hash that names it. Other tools name theirs by other
 * hashes: those are not judged.
 *
 * @param bytes the report, UTF-8
 * @throws {JuxError} `XML_INVALID_STRUCTURE`, `content-differs`, when it was changed or damaged since it was stored
 * @throws {JuxError} `XML_PARSE_ERROR`, `XML_INVALID_STRUCTURE` when it is not ours, and no report at all
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
      `compare with "jux inspect": its content hash should be ${hash}`,
      'look at the disk and at who can write to the store',
    ],
    reason: 'content-differs',
    cause,
  })
}
