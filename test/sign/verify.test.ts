import { describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import { type Trust, type VerifyOptions, verifyReport } from '../../src/sign/verify.js'
import { createDigester } from '../../src/xml/digest.js'
import { KEY_KINDS, type KeyPair, newKeyPair, privatePem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'

const BODY = '<testsuites tests="1"><testsuite name="a &amp; b"><testcase name="é"></testcase></testsuite>'
const END = '</testsuites>'

async function signed(
  keys: KeyPair,
  settings: { digest?: 'sha256' | 'sha384' | 'sha512'; canonicalization?: 'exclusive' | 'c14n11' } = {},
): Promise<Uint8Array> {
  const signer = await loadSigner({ key: privatePem(keys), ...settings }, fixedSystem())
  const digester = createDigester(['sha256', signer.digest])
  digester.write(Buffer.from(BODY + END))
  return Buffer.from(`<?xml version="1.0"?>\n${BODY}${signatureElement(digester.digests(), signer)}${END}\n`)
}

function reasonOf(bytes: Uint8Array, trust: Trust, options?: VerifyOptions): string {
  try {
    verifyReport(bytes, trust, options)
    return 'accepted'
  } catch (error) {
    if (error instanceof Error && 'reason' in error) return String(error.reason)
    throw error
  }
}

describe('verifyReport', () => {
  it.each(KEY_KINDS)('verifies what was signed with a key of kind %s', async (kind) => {
    const keys = newKeyPair(kind)

    const verified = verifyReport(await signed(keys), { publicKeys: [keys.publicKey] })

    expect(Buffer.from(verified.canonical).toString()).toBe(BODY + END)
    expect(verified).toMatchObject({ trusted: true, basis: 'public-key', digest: 'sha256' })
  })

  it('refuses a report that was changed, and one by a key it does not know', async () => {
    const [keys, others] = [newKeyPair('P-256'), newKeyPair('P-256')]
    const good = await signed(keys)
    const changed = Buffer.from(Buffer.from(good).toString().replace('tests="1"', 'tests="2"'))

    expect(reasonOf(good, { publicKeys: [keys.publicKey] })).toBe('accepted')
    expect(reasonOf(changed, { publicKeys: [keys.publicKey] })).toBe('digest-mismatch')
    expect(reasonOf(good, { publicKeys: [others.publicKey] })).toBe('untrusted-key')
    expect(reasonOf(good, {})).toBe('untrusted-key')
    expect(reasonOf(Buffer.from(BODY + END), {})).toBe('signature-missing')
  })
})
