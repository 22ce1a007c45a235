/**
 * Signs and verifies reports with xmlsec1.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CANONICALIZATION_URIS, DIGEST_URIS, signatureMethod } from '../../src/sign/algorithms.js'
import { publicPem } from '../support/keys.js'
import { hasTool } from '../support/tools.js'
import { failureOf, type Peer, run, type SigningJob, spki, WORK } from './peer.js'
import type { Identity } from './reports.js'

/** xmlsec1 as a peer, with one process for each file. */
export function findXmlsec(): Peer | undefined {
  if (!hasTool('xmlsec1')) return undefined
  return {
    name: 'xmlsec1',
    version: run('xmlsec1', ['--version']).split(' ')[1] ?? '',
    verify: (jobs) =>
      jobs.map(({ file, identity }) =>
        failureOf(() => run('xmlsec1', ['--verify', '--pubkey-pem', keyFile(identity), file])),
      ),
    sign: (jobs) => jobs.map((job) => failureOf(() => signWithXmlsec(job))),
  }
}

function signWithXmlsec({ file, output, identity, withCertificate, ...job }: SigningJob): void {
  const p = job.prefix === '' ? '' : `${job.prefix}:`
  const c14n = CANONICALIZATION_URIS[job.canonicalization]
  const method = signatureMethod(identity.kind === 'rsa' ? 'rsa' : 'ecdsa', job.digest)
  // xmlsec1 cannot write the KeyValue of an EC key.
  const named = withCertificate ? `<${p}X509Data/>` : identity.kind === 'rsa' ? `<${p}KeyValue/>` : undefined
  const keyInfo = named === undefined ? '' : `<${p}KeyInfo>${named}</${p}KeyInfo>`
  const template =
    `<${p}Signature xmlns${job.prefix === '' ? '' : `:${job.prefix}`}="http://www.w3.org/2000/09/xmldsig#">` +
    `<${p}SignedInfo><${p}CanonicalizationMethod Algorithm="${c14n}"/><${p}SignatureMethod Algorithm="${method.uri}"/>` +
    `<${p}Reference URI=""><${p}Transforms>` +
    `<${p}Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><${p}Transform Algorithm="${c14n}"/>` +
    `</${p}Transforms><${p}DigestMethod Algorithm="${DIGEST_URIS[job.digest]}"/><${p}DigestValue/></${p}Reference>` +
    `</${p}SignedInfo><${p}SignatureValue/>${keyInfo}</${p}Signature>`
  const xml = readFileSync(file, 'utf8')
  const at = job.place === 'first' ? xml.indexOf('>', xml.search(/<[^?!]/)) + 1 : xml.lastIndexOf('</')
  writeFileSync(`${output}.template`, xml.slice(0, at) + template + xml.slice(at))
  const keys = [privateFile(identity), ...(withCertificate ? [certificateFile(identity)] : [])].join(',')
  run('xmlsec1', ['--sign', '--privkey-pem', keys, '--output', output, `${output}.template`])
}

function keyFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.pub`, () => publicPem(identity.pair))
}

function privateFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.pem`, () => identity.privatePem)
}

function certificateFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.crt`, () => identity.certificatePem)
}

function once(name: string, text: () => string): string {
  const path = join(WORK, name)
  if (!existsSync(path)) writeFileSync(path, text(), { mode: 0o600 })
  return path
}

function fingerprint(identity: Identity): string {
  return createHash('sha256').update(spki(identity)).digest('hex').slice(0, 16)
}
