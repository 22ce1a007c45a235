/**
 * A time-stamping authority of OpenSSL on a free port of this machine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startServer, type TestServer } from './http-server.js'
import { type TestAuthority, testAuthority } from './timestamps.js'

const QUERY_TYPE = 'application/timestamp-query'

/** Writes what `openssl ts` needs to a folder, and returns a function that answers requests. */
export function opensslAuthority(folder: string, authority: TestAuthority, identifier: 'sha1' | 'sha256' = 'sha256') {
  const path = (name: string) => join(folder, name)
  writeFileSync(path('root.crt'), authority.root.toString())
  writeFileSync(path('tsa.crt'), authority.certificate.toString())
  writeFileSync(path('tsa.pem'), authority.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  writeFileSync(path('tsa-serial'), '01\n')
  const settings = {
    serial: path('tsa-serial'),
    signer_cert: path('tsa.crt'),
    signer_key: path('tsa.pem'),
    signer_digest: 'sha256',
    default_policy: '1.2.3.4',
    digests: 'sha256',
    ess_cert_id_alg: identifier,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  writeFileSync(path('tsa.cnf'), `[tsa]\ndefault_tsa = one\n[one]\n${lines.join('\n')}\n`)
  return (query: Uint8Array): Buffer => {
    writeFileSync(path('query.tsq'), query)
    const files = ['-queryfile', path('query.tsq'), '-out', path('reply.tsr')]
    execFileSync('openssl', ['ts', '-reply', '-config', path('tsa.cnf'), ...files], { stdio: 'pipe' })
    return readFileSync(path('reply.tsr'))
  }
}

/**
 * Starts the authority.
 *
 * @param change what becomes of an answer before it is sent
 */
export async function startAuthority(
  folder: string,
  change: (answer: Buffer, query: Buffer) => Buffer = (answer) => answer,
  authority = testAuthority(),
): Promise<TestServer> {
  const answer = opensslAuthority(folder, authority)
  return startServer((response, { headers, body }) => {
    const isQuery = headers['content-type'] === QUERY_TYPE
    response.writeHead(isQuery ? 200 : 415, { 'content-type': 'application/timestamp-reply' })
    response.end(isQuery ? change(answer(body), body) : '')
  })
}
