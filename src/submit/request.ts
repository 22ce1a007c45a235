/**
 * The request that submits a report: its headers and its content, for each protocol.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import { JuxError } from '../errors.js'
import type { Property, TestCounts } from '../model.js'
import { type ReadReport, readReport } from '../report/read.js'
import { type Advisee, changeFor, nameFor, note, PROGRAM, signingCures } from './advice.js'
import { type Body, bytesBody, jsonBody } from './body.js'
import { reportText, textBytes, utf8Of } from './encoding.js'
import { isLoopback, type Protocol } from './endpoints.js'
import { machineMetadata, runMetadata } from './metadata.js'

/** A report to submit, as it was rendered or read. */
export interface Submission {
  /** Exactly as it was signed and stored, in one piece or in several. */
  readonly bytes: Uint8Array | readonly Uint8Array[]
  /** SHA-256 of its canonical form without the signature: 64 hexadecimal digits. */
  readonly contentHash: string
  /** The facts about the run, as they are in the report. */
  readonly properties: readonly Property[]
  /** Compared with the counts of the server. */
  readonly counts?: TestCounts | undefined
}

/** What identifies the client to the server. */
export interface Credentials extends PartialSettings<'apiKey' | 'bearerToken'> {}

/** What is specific to one request; the user agent and the length are added when it is sent. */
export interface RequestContent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

const SIGNATURE_METHOD = /^SignatureMethod\s+Algorithm\s*=\s*["'][^"'#]{0,100}#([\w-]{1,40})["']/
/** Longer than an element that matches. */
const SIGNATURE_METHOD_BYTES = 256

/**
 * Reads a report for sending.
 *
 * @param read the result of `readReport`, if the report was read before
 * @throws {JuxError} `XML_*` when it is not a JUnit report
 */
export function toSubmission(bytes: Uint8Array, read: ReadReport = readReport(utf8Of(bytes))): Submission {
  const { properties, tests, failures, errors, skipped } = read.summary
  return { bytes, contentHash: read.contentHash, properties, counts: { tests, failures, errors, skipped } }
}

/**
 * Builds the request for a report.
 *
 * @param project for a report that does not name its own
 * @param advisee for the message about a report that is not signed
 * @throws {JuxError} `XML_SIGNATURE_MISSING` for an unsigned report under `reports`, which accepts signed reports only;
 *   `XML_PARSE_ERROR` for a report that is not in the encoding it declares
 */
export function buildRequest(
  protocol: Protocol,
  report: Submission,
  project?: string,
  advisee: Advisee = PROGRAM,
): RequestContent {
  const headers = { 'idempotency-key': report.contentHash }
  if (protocol === 'xml') {
    return { headers: { ...headers, 'content-type': 'application/xml' }, body: bytesBody(chunksOf(report)) }
  }
  const body = protocol === 'json' ? submissionBody(report, project) : envelope(report, advisee)
  return { headers: { ...headers, 'content-type': 'application/json' }, body }
}

/**
 * The line of a report in a batch: the JSON body of a single submission, with the Idempotency-Key that is a header there.
 *
 * The whole text is in memory, so it is for small reports.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` as `buildRequest`
 */
export function batchLine(report: Submission, project?: string): Buffer {
  const line = JSON.stringify({
    xml_content: reportText(Buffer.concat(chunksOf(report))),
    metadata: runMetadata(report.properties, project),
    idempotency_key: report.contentHash,
  })
  return Buffer.from(`${line}\n`)
}

/** The bytes of a report, in order. */
export function chunksOf({ bytes }: Pick<Submission, 'bytes'>): readonly Uint8Array[] {
  return bytes instanceof Uint8Array ? [bytes] : bytes
}

/** The header with the credentials: a bearer token, or `X-API-Key` for a key under `reports`. */
export function authorization(
  protocol: Protocol,
  { apiKey, bearerToken }: Credentials,
): Readonly<Record<string, string>> {
  if (apiKey && protocol === 'reports') return { 'x-api-key': apiKey }
  const token = apiKey || bearerToken
  return token ? { authorization: `Bearer ${token}` } : {}
}

/** The setting of the credential that is sent: a key is preferred to a token. */
export function credentialOf({ apiKey, bearerToken }: Credentials): 'apiKey' | 'bearerToken' | undefined {
  if (apiKey) return 'apiKey'
  return bearerToken ? 'bearerToken' : undefined
}

/**
 * Refuses to send credentials where others can read them.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` for plain http to another machine, and for a credential that no header can
 *   hold
 */
export function checkCredentials(
  url: URL,
  settings: Credentials & PartialSettings<'allowInsecureHttp'>,
  advisee: Advisee = PROGRAM,
): void {
  const credential = credentialOf(settings)
  if (credential === undefined) return
  const name = nameFor(advisee, credential)
  if (!/^[\x21-\x7e]+$/.test(settings[credential] ?? '')) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      message: `${name} contains characters that are not allowed in an HTTP header`,
      suggestions: [`set ${name} again, without spaces and line breaks`],
      reason: 'credential-characters',
    })
  }
  if (url.protocol === 'https:' || isLoopback(url) || settings.allowInsecureHttp) return
  throw new JuxError('CONFIG_INVALID_VALUE', {
    message: `${name} is not sent over plain http to ${url.host}, because others could read it`,
    suggestions: [
      `use https in ${nameFor(advisee, 'apiUrl')}, if the server supports it`,
      note(changeFor(advisee, 'allowInsecureHttp', 'true'), 'only in a network that you trust'),
    ],
    reason: 'insecure-http',
  })
}

function submissionBody(report: Submission, project: string | undefined): Body {
  return jsonBody('xml_content', textBytes(chunksOf(report)), { metadata: runMetadata(report.properties, project) })
}

/** Whether a report contains a signature, by its looks: for advice only. */
export function looksSigned(report: Submission): boolean {
  return signatureAlgorithm(chunksOf(report)) !== undefined
}

function envelope(report: Submission, advisee: Advisee): Body {
  const algorithm = signatureAlgorithmFor(report, advisee)
  return jsonBody('report', textBytes(chunksOf(report)), {
    canonical_hash: `sha256:${report.contentHash}`,
    signature_algorithm: algorithm,
    metadata: machineMetadata(report.properties),
  })
}

/**
 * Finds out why a protocol cannot carry a report, without the body that `buildRequest` makes.
 *
 * @throws {JuxError} `XML_SIGNATURE_MISSING` as `buildRequest`
 */
export function checkProtocol(protocol: Protocol, report: Submission, advisee: Advisee = PROGRAM): void {
  if (protocol === 'reports') signatureAlgorithmFor(report, advisee)
}

function signatureAlgorithmFor(report: Submission, advisee: Advisee): string {
  const algorithm = signatureAlgorithm(chunksOf(report))
  if (algorithm === undefined) {
    throw new JuxError('XML_SIGNATURE_MISSING', {
      message: 'the protocol "reports" accepts signed reports only, and this report is not signed',
      suggestions: [
        ...signingCures(advisee),
        note(changeFor(advisee, 'protocol', 'json'), 'for a server that accepts unsigned reports'),
      ],
      reason: 'protocol-reports',
    })
  }
  return algorithm
}

// As the "reports" protocol names it, for example RSA-SHA256. A label for the server, which this package does not use.
// The signature is usually at the end of a report.
function signatureAlgorithm(chunks: readonly Uint8Array[]): string | undefined {
  let after: Uint8Array = new Uint8Array()
  for (const chunk of chunks.toReversed()) {
    const bytes = after.length === 0 ? viewOf(chunk) : Buffer.concat([chunk, after])
    for (let end = bytes.length; end > 0; ) {
      const at = bytes.lastIndexOf('SignatureMethod', end - 1)
      if (at === -1) break
      const element = bytes.toString('latin1', at, at + SIGNATURE_METHOD_BYTES)
      const name = SIGNATURE_METHOD.exec(element)?.[1]
      if (name !== undefined) return name.toUpperCase()
      end = at
    }
    // An element may begin in the chunk before.
    after = Uint8Array.from(bytes.subarray(0, SIGNATURE_METHOD_BYTES))
  }
  return undefined
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
