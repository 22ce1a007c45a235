/**
 * The token of a GitHub App's installation. Only such a token may write check runs; it is valid for an hour, so each delivery asks for one.
 *
 * @module
 */
import { createPrivateKey, createSign, type KeyObject } from 'node:crypto'
import { JuxError } from 'jux-reporter'

/** An app that is installed in an account. */
export interface GithubApp {
  readonly appId: number
  readonly installationId: number
}

/** The clock of GitHub may be behind by this much. */
const CLOCK_SKEW_SECONDS = 60
/** GitHub accepts up to 10 minutes. */
const LIFETIME_SECONDS = 540

/**
 * Reads the private key of an app.
 *
 * @throws {JuxError} `KEY_INVALID_FORMAT`
 */
export function readAppKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    // A variable of the environment often has its line feeds escaped.
    key = createPrivateKey(pem.replaceAll('\\n', '\n'))
  } catch (cause) {
    throw invalidKey(cause)
  }
  if (key.asymmetricKeyType !== 'rsa') throw invalidKey()
  return key
}

/** Creates the token with which an app asks for the token of an installation (RFC 7519, RS256). */
export function appToken(appId: number, pem: string, nowMs: number): string {
  const nowSeconds = Math.floor(nowMs / 1_000)
  const claims = { iat: nowSeconds - CLOCK_SKEW_SECONDS, exp: nowSeconds + LIFETIME_SECONDS, iss: String(appId) }
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createSign('RSA-SHA256').update(text).sign(readAppKey(pem)).toString('base64url')}`
}

function invalidKey(cause?: unknown): JuxError {
  return new JuxError('KEY_INVALID_FORMAT', {
    message: 'the secret of a GitHub App must be its private key: RSA, in PEM format, without a passphrase',
    suggestions: ['--token-file app.private-key.pem, as GitHub generated it'],
    cause,
  })
}
