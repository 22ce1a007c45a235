/**
 * Certificates for servers and clients of tests: an authority, and what it signed.
 *
 * @module
 */
import { makeCertificate } from './certificates.js'
import { newKeyPair, privatePem } from './keys.js'

/** PEM texts. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

const HOUR_MS = 3_600_000

/** An authority, a server's certificate for 127.0.0.1 and a client's, both signed by it; valid for an hour from now. */
export function makeCertificates(): { ca: Identity; server: Identity; client: Identity } {
  const validity = { from: new Date(Date.now() - HOUR_MS), to: new Date(Date.now() + HOUR_MS) }
  const authority = { subject: 'CN=Test Authority', keys: newKeyPair('P-256') }
  const root = makeCertificate({ ...authority, ...validity, ca: true, usage: 'keyCertSign' })
  const sign = (subject: string): Identity => {
    const keys = newKeyPair('P-256')
    const cert = makeCertificate({ subject, keys, issuer: authority, ...validity, address: [127, 0, 0, 1] })
    return { cert: cert.toString(), key: privatePem(keys) }
  }
  return {
    ca: { cert: root.toString(), key: privatePem(authority.keys) },
    server: sign('CN=server'),
    client: sign('CN=client'),
  }
}
