import { createPublicKey } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { verifyReport } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'

const FOLDER = fileURLToPath(new URL('../../fixtures/signed/', import.meta.url))
const SIGNED = readdirSync(FOLDER).filter((name) => /^(xmlsec1|py-juxlib|signxml|jdk)-.*\.xml$/.test(name))
/** The hash that py-juxlib computes for the unsigned report. */
const CONTENT_HASH = '0582f374f7791c37c6e4584f3a18815d2a8d57ba986be6dbe0a8c80937963757'

function publicKeyFor(name: string) {
  const key = name.includes('p256') ? 'P-256' : name.includes('p384') ? 'P-384' : 'rsa'
  return createPublicKey(readFileSync(`${FOLDER}${key}.pub.pem`))
}

describe('verifyReport, for reports signed by other programs', () => {
  it('finds the seven fixtures', () => {
    expect(SIGNED).toHaveLength(7)
  })

  it.each(SIGNED)('accepts %s, with the content hash that py-juxlib computes', (name) => {
    const verified = verifyReport(readFileSync(`${FOLDER}${name}`), { publicKeys: [publicKeyFor(name)] })

    expect(verified).toMatchObject({ trusted: true, basis: 'public-key', contentHash: CONTENT_HASH })
  })

  it.each(SIGNED)('refuses %s after its failure count was edited', (name) => {
    const edited = readFileSync(`${FOLDER}${name}`, 'utf8').replace('failures="1"', 'failures="0"')

    expect(() => verifyReport(Buffer.from(edited), { publicKeys: [publicKeyFor(name)] })).toThrow(
      expect.objectContaining({ code: 'XML_SIGNATURE_INVALID', reason: 'digest-mismatch' }),
    )
  })
})

describe('contentHash', () => {
  it('is the same as in py-juxlib for the unsigned report', () => {
    expect(contentHash(readFileSync(`${FOLDER}unsigned.xml`))).toBe(CONTENT_HASH)
  })
})
