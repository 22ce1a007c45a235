/**
 * What would be sent to where, for a dry run: opens no socket.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import { messageOf } from '../errors.js'
import { resolveEndpoints } from './base-url.js'
import { runMetadata } from './metadata.js'
import { buildMessage, type Credentials, type Submission } from './protocols.js'

/** What a preview depends on; no address and no key are needed. */
export interface PreviewSettings extends Credentials, PartialSettings<'apiUrl' | 'protocol' | 'project'> {}

/** A preview as rows, and whether the report is fit to be sent. */
export interface Preview {
  readonly rows: readonly (readonly [label: string, value: string])[]
  readonly problem: string | undefined
}

/** Describes the submission of a report. */
export function previewSubmission(report: Submission, settings: PreviewSettings): Preview {
  const metadata = runMetadata(report.properties, settings.project)
  const { branch, commit_sha: commit, tags, environment, ci_metadata: ci } = metadata
  const problem = problemOf(report, settings)
  return {
    problem,
    rows: [
      ...destination(settings),
      ['project', metadata.project],
      ['branch', branch ?? 'unknown'],
      ['commit', commit ?? 'unknown'],
      ['tags', tags.length === 0 ? 'none' : tags.join(', ')],
      ['environment', environment],
      ...Object.entries(ci ?? {}).map(([field, value]) => [`ci ${field}`, value] as const),
      ['report', `${report.bytes.length} bytes, sha256 ${report.contentHash}`],
      ['xml', problem ?? 'well-formed JUnit XML'],
      ['sent', 'nothing: this is a dry run'],
    ],
  }
}

function destination({ apiUrl, protocol, apiKey, bearerToken }: PreviewSettings): (readonly [string, string])[] {
  const credentials = apiKey ? 'an API key (set)' : bearerToken ? 'a bearer token (set)' : 'none'
  if (!apiUrl) return [['server', 'none is configured (JUX_API_URL)']]
  const endpoints = resolveEndpoints(apiUrl, protocol)
  return [
    ['server', endpoints.submit.href],
    ['protocol', endpoints.protocol],
    ['credentials', credentials],
  ]
}

function problemOf(report: Submission, { apiUrl, protocol }: PreviewSettings): string | undefined {
  try {
    buildMessage(apiUrl ? resolveEndpoints(apiUrl, protocol).protocol : (protocol ?? 'json'), report)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
