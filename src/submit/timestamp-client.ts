/**
 * Asks a time-stamping authority for a time stamp: RFC 3161 over HTTP (§3.4).
 *
 * @module
 */
import { JuxError, messageOf } from '../errors.js'
import type { System } from '../system.js'
import { PROGRAM } from './advice.js'
import { bytesBody } from './body.js'
import { Connection } from './connection.js'

/** Parses the address of an authority; `undefined` for what is no http or https URL, or has a login. */
export function parseAuthorityUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:'
  return isWeb && url.username === '' && url.password === '' ? url : undefined
}

/**
 * Sends a request to an authority. The answer is not verified.
 *
 * @param request a TimeStampReq in DER
 * @param timeoutMs for connecting, sending and receiving together
 * @returns the body of the answer
 * @throws {JuxError} `API_CONNECTION_ERROR`, `API_INVALID_RESPONSE`
 */
export async function requestTimestamp(
  url: URL,
  request: Uint8Array,
  { system, timeoutMs }: { readonly system: System; readonly timeoutMs: number },
): Promise<Uint8Array> {
  const connection = new Connection(url, {}, { limits: { connections: 1, timeoutMs }, system, advisee: PROGRAM })
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' }
  try {
    const content = { headers, body: bytesBody([request]) }
    const { status, bytes } = await connection.send({ url, content, timeoutMs })
    if (status === 200) return bytes
    throw new JuxError('API_INVALID_RESPONSE', {
      message: `the time-stamping authority ${url.origin} answers with the status ${status}`,
      reason: `http-${status}`,
    })
  } catch (cause) {
    if (cause instanceof JuxError) throw cause
    throw new JuxError('API_CONNECTION_ERROR', {
      message: `the time-stamping authority ${url.origin} cannot be reached: ${messageOf(cause)}`,
      cause,
    })
  } finally {
    await connection.close()
  }
}
