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
import { isLoopback, type Protocol } from './endpoints.js'
import { machineMetadata, runMetadata } from './metadata.js'

/** A report to submit, as it was rendered or read. */
export interface Submission {
  /** Exactly as it was signed and stored. */
  readonly bytes: Uint8Array
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
  readonly body: Uint8Array
}

/** An XML declaration with its encoding. Long enough for any declaration of ours and of other writers. */
const DECLARATION = /^<\?xml\s[^?]*?(\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["'])[^?]*\?>/
const DECLARATION_BYTES = 200

const SIGNATURE_METHOD = /SignatureMethod\s+Algorithm\s*=\s*["'][^"'#]{0,100}#([\w-]{1,40})["']/g

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
  if (protocol === 'xml') return { headers: { ...headers, 'content-type': 'application/xml' }, body: report.bytes }
  const body = protocol === 'json' ? jsonBody(report, project) : envelope(report, advisee)
  return { headers: { ...headers, 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) }
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

/**
 * Decodes a report, for a JSON string.
 *
 * Removes a declaration of another encoding than UTF-8, because it would be wrong in the new body.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` when the bytes are not in the encoding that they declare
 */
export function reportText(bytes: Uint8Array): string {
  const encoding = declaredEncoding(bytes)
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    const [, declared = ''] = (encoding === 'utf-8' ? null : DECLARATION.exec(text)) ?? []
    return declared === '' ? text : text.replace(declared, '')
  } catch (cause) {
    throw new JuxError('XML_PARSE_ERROR', {
      message: `the report is not in the encoding that it declares (${encoding})`,
      suggestions: ['write the report in the encoding that its XML declaration names'],
      reason: 'encoding',
      cause,
    })
  }
}

/**
 * Converts a report to UTF-8, for readers that accept nothing else.
 *
 * @returns the same bytes when they are UTF-8 already
 * @throws {JuxError} `XML_PARSE_ERROR` as `reportText`
 */
export function utf8Of(bytes: Uint8Array): Uint8Array {
  return declaredEncoding(bytes) === 'utf-8' ? bytes : Buffer.from(reportText(bytes))
}

function jsonBody(report: Submission, project: string | undefined) {
  return { xml_content: reportText(report.bytes), metadata: runMetadata(report.properties, project) }
}

/** Whether a report contains a signature, by its looks: for advice only. */
export function looksSigned({ bytes }: Submission): boolean {
  return signatureAlgorithm(bytes) !== undefined
}

function envelope(report: Submission, advisee: Advisee) {
  const algorithm = signatureAlgorithm(report.bytes)
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
  return {
    report: reportText(report.bytes),
    canonical_hash: `sha256:${report.contentHash}`,
    signature_algorithm: algorithm,
    metadata: machineMetadata(report.properties),
  }
}

// As the "reports" protocol names it, for example RSA-SHA256. A label for the server, which this package does not use.
function signatureAlgorithm(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return [...text.matchAll(SIGNATURE_METHOD)].at(-1)?.[1]?.toUpperCase()
}

function declaredEncoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES))
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
  return (DECLARATION.exec(head)?.[2] ?? 'utf-8').toLowerCase()
}
