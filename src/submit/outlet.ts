/**
 * All that a run needs to send its report, or to show what it would send: loaded by runs that do.
 *
 * @module
 */
import { readReport } from '../report/read.js'
import type { Submission } from './protocols.js'

export { previewSubmission } from './preview.js'
export { submitReport } from './submit.js'

/** A finished report to be sent. Its metadata are read from the report itself, so that it is sent as "jux publish" would send it. */
export function submissionOf(report: {
  readonly chunks: readonly Uint8Array[]
  readonly contentHash: string
  readonly counts: Submission['counts']
}): Submission {
  const { chunks, contentHash, counts } = report
  const bytes = Buffer.concat(chunks)
  return { bytes, contentHash, properties: readReport(bytes).summary.properties, counts }
}
