/**
 * Whom we trust and who we are, at the other end of a TLS connection.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import type { PartialSettings } from '../config/table.js'
import { errnoOf, JuxError } from '../errors.js'
import type { Environment } from '../system.js'

/** Files for TLS, PEM. */
export interface TlsSettings extends PartialSettings<'caFile' | 'clientCertFile' | 'clientKeyFile'> {}

/** Options for `tls.connect`. */
export interface TlsOptions {
  readonly rejectUnauthorized: true
  readonly ca?: string[]
  readonly cert?: Buffer
  readonly key?: Buffer
}

/**
 * Reads the files.
 *
 * Certificates are always checked, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says: a private authority belongs in `caFile`.
 *
 * @throws {JuxError} `CERT_NOT_FOUND`, `CERT_INVALID_FORMAT`, `KEY_NOT_FOUND`, `KEY_INVALID_FORMAT`, `CONFIG_MISSING_REQUIRED`
 */
export function tlsOptions(settings: TlsSettings, env: Environment): TlsOptions {
  const { caFile, clientCertFile, clientKeyFile } = settings
  if (clientKeyFile && !clientCertFile) throw incomplete('JUX_CLIENT_KEY_FILE', 'JUX_CLIENT_CERT_FILE')
  const cert = clientCertFile ? readPem(clientCertFile, 'JUX_CLIENT_CERT_FILE', 'CERT') : undefined
  const keyFile = clientKeyFile || clientCertFile
  const key = keyFile
    ? readPem(keyFile, clientKeyFile ? 'JUX_CLIENT_KEY_FILE' : 'JUX_CLIENT_CERT_FILE', 'KEY')
    : undefined
  const options: TlsOptions = {
    rejectUnauthorized: true,
    ...(caFile ? { ca: [...usualAuthorities(env), readPem(caFile, 'JUX_CA_FILE', 'CERT').toString('latin1')] } : {}),
    ...(cert && key ? { cert, key } : {}),
  }
  checkUsable(options)
  return options
}

// Naming any authority replaces all of the runtime's, so they are named again; tls.getCACertificates is of Node 22.15.
function usualAuthorities(env: Environment): string[] {
  const getCertificates: unknown = Reflect.get(tls, 'getCACertificates')
  const listed: unknown = typeof getCertificates === 'function' ? getCertificates('default') : undefined
  if (Array.isArray(listed)) return listed.filter((certificate) => typeof certificate === 'string')
  const extra = env.NODE_EXTRA_CA_CERTS
  return extra
    ? [...tls.rootCertificates, readPem(extra, 'NODE_EXTRA_CA_CERTS', 'CERT').toString('latin1')]
    : [...tls.rootCertificates]
}

function readPem(path: string, setting: string, kind: 'CERT' | 'KEY'): Buffer {
  const what = kind === 'CERT' ? 'certificate' : 'private key'
  try {
    const pem = readFileSync(path)
    if (pem.includes(kind === 'CERT' ? '-----BEGIN CERTIFICATE-----' : 'PRIVATE KEY-----')) return pem
  } catch (cause) {
    throw new JuxError(`${kind}_NOT_FOUND`, {
      message: `cannot read the ${what} ${path} (${setting}): ${errnoOf(cause) ?? 'it failed'}`,
      suggestions: [`set ${setting} to an existing PEM file`],
      reason: 'tls-file',
      cause,
    })
  }
  throw new JuxError(`${kind}_INVALID_FORMAT`, {
    message: `${path} (${setting}) holds no ${what} in PEM form`,
    suggestions: [`set ${setting} to a PEM file`],
    reason: 'tls-file',
  })
}

function checkUsable(options: TlsOptions): void {
  if (options.ca === undefined && options.cert === undefined) return
  try {
    tls.createSecureContext(options)
  } catch (cause) {
    throw new JuxError('CERT_INVALID_FORMAT', {
      message: 'the files for TLS (JUX_CA_FILE, JUX_CLIENT_CERT_FILE, JUX_CLIENT_KEY_FILE) cannot be used',
      suggestions: ['check that the key belongs to the certificate and has no passphrase'],
      reason: 'tls-file',
      cause,
    })
  }
}

function incomplete(present: string, missing: string): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', {
    message: `${present} is set, but ${missing} is not`,
    suggestions: [`set ${missing} to the certificate of that key`],
    reason: 'tls-file',
  })
}
