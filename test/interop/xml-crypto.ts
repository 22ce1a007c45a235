/**
 * Verifies reports with xml-crypto.
 *
 * @module
 */
import { createHash, verify as verifyBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { C14nCanonicalization, SignedXml } from 'xml-crypto'
import { CANONICALIZATION_URIS, DIGEST_URIS, signatureMethod } from '../../src/sign/algorithms.js'
import { failureOf, type Job, type Peer } from './peer.js'

/** xml-crypto as a peer, used as in its README. Missing algorithms are registered: ECDSA, SHA-384, Canonical XML 1.1. */
export function xmlCrypto(): Peer {
  return {
    name: 'xml-crypto',
    version: JSON.parse(readFileSync(new URL('../../node_modules/xml-crypto/package.json', import.meta.url), 'utf8'))
      .version,
    verify: (jobs) => jobs.map((job) => failureOf(() => verifyWithXmlCrypto(job))),
  }
}

/** Whether xml-crypto verifies this report without registered algorithms. */
export function isPlain({ identity, digest, canonicalization }: Job): boolean {
  return identity.kind === 'rsa' && digest !== 'sha384' && canonicalization === 'exclusive'
}

function verifyWithXmlCrypto(job: Job): void {
  const xml = readFileSync(job.file, 'utf8')
  const signature = xml.slice(xml.lastIndexOf('<ds:Signature '), xml.lastIndexOf('</ds:Signature>') + 15)
  const publicPem = job.identity.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signed = new SignedXml({ publicCert: publicPem })
  if (!isPlain(job)) register(signed, job)
  signed.loadSignature(signature)
  if (!signed.checkSignature(xml)) throw new Error('refused')
}

function register(signed: SignedXml, { identity, digest }: Job): void {
  const method = signatureMethod(identity.kind === 'rsa' ? 'rsa' : 'ecdsa', digest)
  const key = { key: identity.pair.publicKey, dsaEncoding: 'ieee-p1363' as const }
  signed.CanonicalizationAlgorithms[CANONICALIZATION_URIS.c14n11] = class extends C14nCanonicalization {
    override getAlgorithmName = () => CANONICALIZATION_URIS.c14n11
  }
  signed.HashAlgorithms[DIGEST_URIS[digest]] = class {
    getAlgorithmName = () => DIGEST_URIS[digest]
    getHash = (xml: string) => createHash(digest).update(xml).digest('base64')
  }
  signed.SignatureAlgorithms[method.uri] = class {
    getAlgorithmName = () => method.uri
    getSignature = () => ''
    verifySignature = (material: string, _: unknown, value: string) =>
      verifyBytes(digest, Buffer.from(material), key, Buffer.from(value, 'base64'))
  }
}
