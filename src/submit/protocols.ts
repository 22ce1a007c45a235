/**
 * What is sent: one body and one set of headers per protocol.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import { JuxError } from '../errors.js'
import type { Property, TestCounts } from '../model.js'
import { isLoopback, type Protocol } from './base-url.js'
import { machineMetadata, runMetadata } from './metadata.js'
import { reportText, signatureAlgorithm } from './report-text.js'

/** A report that is to be submitted. */
export interface Submission {
  /** Exactly as it was signed and stored. */
  readonly bytes: Uint8Array
  /** SHA-256 of its canonical form without the signature: 64 hexadecimal digits. */
  readonly contentHash: string
  /** Of the report itself. */
  readonly properties: readonly Property[]
  /** To be compared with what the server counts. */
  readonly counts?: TestCounts | undefined
}

/** Who is asking. */
export interface Credentials extends PartialSettings<'apiKey' | 'bearerToken'> {}

/** A request's own part; what every request has (user agent, length) is added when it is sent. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/**
 * The request for a report.
 *
 * @param project for a report that does not name its own
 * @throws {JuxError} `XML_SIGNATURE_MISSING` for an unsigned report under `reports`, which has no form for it;
 *   `XML_PARSE_ERROR` for a report whose encoding is not what it says
 */
export function buildMessage(protocol: Protocol, report: Submission, project?: string): Message {
  const headers = { 'idempotency-key': report.contentHash }
  if (protocol === 'xml') return { headers: { ...headers, 'content-type': 'application/xml' }, body: report.bytes }
  const body = protocol === 'json' ? jsonBody(report, project) : envelope(report)
  return { headers: { ...headers, 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) }
}

/** The header that carries the credentials: a bearer token, or `X-API-Key` for a key under `reports`. */
export function authorization(
  protocol: Protocol,
  { apiKey, bearerToken }: Credentials,
): Readonly<Record<string, string>> {
  if (apiKey && protocol === 'reports') return { 'x-api-key': apiKey }
  const token = apiKey || bearerToken
  return token ? { authorization: `Bearer ${token}` } : {}
}

/**
 * Refuses to send credentials where others can read them.
 *
 * @throws {JuxError} `CONFIG_INVALID_VALUE` for plain http to another machine, and for a credential no header can carry
 */
export function checkCredentials(url: URL, credentials: Credentials, allowInsecureHttp: boolean): void {
  const secret = credentials.apiKey || credentials.bearerToken
  if (!secret) return
  const name = credentials.apiKey ? 'JUX_API_KEY' : 'JUX_BEARER_TOKEN'
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    throw new JuxError('CONFIG_INVALID_VALUE', {
      message: `${name} holds characters that no header can carry`,
      suggestions: [`set ${name} again, without spaces and line breaks`],
      reason: 'credential-characters',
    })
  }
  if (url.protocol === 'https:' || isLoopback(url) || allowInsecureHttp) return
  throw new JuxError('CONFIG_INVALID_VALUE', {
    message: `${name} is not sent over plain http to ${url.host}, where others could read it`,
    suggestions: [`set JUX_API_URL to https://${url.host}`, 'JUX_ALLOW_INSECURE_HTTP=true in a network that you trust'],
    reason: 'insecure-http',
  })
}

function jsonBody(report: Submission, project: string | undefined) {
  return { xml_content: reportText(report.bytes), metadata: runMetadata(report.properties, project) }
}

function envelope(report: Submission) {
  const algorithm = signatureAlgorithm(report.bytes)
  if (algorithm === undefined) {
    throw new JuxError('XML_SIGNATURE_MISSING', {
      message: 'the protocol "reports" carries signed reports only, and this one is not signed',
      suggestions: ['jux keygen --output key.pem, then set JUX_KEY_PATH=key.pem', 'set JUX_PROTOCOL=json'],
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
