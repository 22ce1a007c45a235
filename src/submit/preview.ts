/**
 * What would be submitted, for a dry run. Opens no connection.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import { messageOf } from '../errors.js'
import type { ReadReport } from '../report/read.js'
import { sizeOf } from './body.js'
import { type Protocol, resolveEndpoints } from './endpoints.js'
import { runMetadata } from './metadata.js'
import { type Credentials, checkProtocol, chunksOf, type Submission } from './request.js'
import { checkXml, type XmlCheck } from './xml-check.js'

/** The settings that a preview shows; a server and a key are optional. */
export interface PreviewSettings extends Credentials, PartialSettings<'apiUrl' | 'protocol' | 'project'> {}

/** A preview as rows, and the problem if the report cannot be submitted. */
export interface Preview {
  readonly rows: readonly (readonly [label: string, value: string])[]
  readonly problem: string | undefined
}

/**
 * Describes the submission of a report.
 *
 * @param read what a reader found in the report; absent: the report was just rendered, and a parser that is not ours
 *   checks it
 */
export function previewSubmission(report: Submission, settings: PreviewSettings, read?: ReadReport): Preview {
  const endpoints = settings.apiUrl ? resolveEndpoints(settings.apiUrl, settings.protocol) : undefined
  const metadata = runMetadata(report.properties, settings.project)
  const { branch, commit_sha: commit, tags, environment, ci_metadata: ci } = metadata
  const xml = read === undefined ? checkXml(report) : checkRead(read)
  const xmlProblem = 'problem' in xml ? xml.problem : undefined
  const problem = xmlProblem ?? problemOf(report, endpoints?.protocol ?? settings.protocol ?? 'json')
  const destination = [
    ['server', endpoints?.submit.href ?? 'none is configured (JUX_API_URL)'],
    ...(endpoints === undefined
      ? []
      : [['protocol', endpoints.protocol] as const, ['credentials', describeCredentials(settings)] as const]),
  ] as const
  return {
    problem,
    rows: [
      ...destination,
      ['project', metadata.project],
      ['branch', branch ?? 'unknown'],
      ['commit', commit ?? 'unknown'],
      ['tags', tags.length === 0 ? 'none' : tags.join(', ')],
      ['environment', environment],
      ...Object.entries<string | undefined>({ ...ci }).flatMap(([field, value]) =>
        value === undefined ? [] : [[`ci ${field}`, value] as const],
      ),
      ['report', `${sizeOf(chunksOf(report))} bytes, sha256 ${report.contentHash}`],
      ['xml', 'found' in xml ? xml.found : xml.problem],
      ...(problem === undefined || problem === xmlProblem ? [] : [['problem', problem] as const]),
      ['sent', 'nothing: this is a dry run'],
    ],
  }
}

// The scan of the reader refused everything that is not well-formed JUnit XML.
function checkRead({ summary, signature }: ReadReport): XmlCheck {
  if (signature?.objections.some(({ reason }) => reason === 'several-signatures')) {
    return { problem: 'the report has more than one signature' }
  }
  if (signature !== undefined && signature.element === undefined) {
    return { problem: 'the signature is not in the root element, but inside another one' }
  }
  const { tests, failures, errors, skipped } = summary
  const results = `${tests} tests, ${failures} failures, ${errors} errors, ${skipped} skipped`
  return { found: `well-formed JUnit XML: ${results}, ${signature === undefined ? 'no' : 'one'} signature` }
}

function describeCredentials({ apiKey, bearerToken }: Credentials): string {
  if (apiKey) return 'an API key (set)'
  return bearerToken ? 'a bearer token (set)' : 'none'
}

function problemOf(report: Submission, protocol: Protocol): string | undefined {
  try {
    checkProtocol(protocol, report)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}
