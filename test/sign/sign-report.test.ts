import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSigner, type SignerSettings } from '../../src/sign/keys.js'
import { signReport } from '../../src/sign/sign-report.js'
import { verifyReport } from '../../src/sign/verify.js'
import { canonicalizeReport } from '../../src/xml/canonical.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem, publicPem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const PAIR = newKeyPair('P-256')
const SIGNATURE = /<ds:Signature .*<\/ds:Signature>/s

/** Reports in the forms that other programs write. */
const REPORTS = {
  'with an empty root': '<testsuites/>',
  'with an empty root and attributes': '<testsuites a="1/2"\n b=\'x > y/>\' />\n',
  'with single quotes, white space and empty tags':
    "<?xml version='1.0'?>\n<testsuite  name='a'>\n <testcase/>\n</testsuite >\n",
  'with CDATA and references': '<testsuite><system-out><![CDATA[a<b]]>&#x1F600;&lt;\r\n</system-out></testsuite>',
  'in namespaces':
    '<j:testsuites xmlns:j="urn:j" xmlns="urn:d" j:a="1"><testsuite xmlns:k="urn:k" k:b="2"/></j:testsuites>',
  'with a byte order mark': '\ufeff<testsuites><testsuite/></testsuites>',
  'with another prefix named ds': '<testsuites xmlns:ds="urn:x"><ds:y/></testsuites>',
}

function signer(settings: SignerSettings = {}) {
  return loadSigner({ key: privatePem(PAIR), ...settings }, fixedSystem())
}

const trust = { publicKeys: [PAIR.publicKey] }

describe('signReport', () => {
  it.each(Object.entries(REPORTS))('inserts the signature and changes no other byte of a report %s', async (_, xml) => {
    const signed = signReport(Buffer.from(xml), await signer())

    // The empty-element tag of an empty root becomes a start tag and an end tag.
    const spread = xml.replace(/ ?\/>(\s*)$/, (tag, end) =>
      xml.includes('</') ? tag : `${tag.startsWith(' ') ? ' ' : ''}></testsuites>${end}`,
    )
    expect(signed.toString('utf8').replace(SIGNATURE, '')).toBe(spread)
    expect(verifyReport(signed, trust).trusted).toBe(true)
  })

  it('inserts the signature as the last child of the root', async () => {
    const signed = signReport(Buffer.from('<r:testsuites xmlns:r="urn:r"> <a/> </r:testsuites>\n'), await signer())

    expect(signed.toString('utf8')).toMatch(
      /^<r:testsuites xmlns:r="urn:r"> <a\/> <ds:Signature .*<\/ds:Signature><\/r:testsuites>\n$/,
    )
  })

  it('refuses a signed report without the option replace, and replaces the signature with it', async () => {
    const other = newKeyPair('rsa')
    const first = signReport(Buffer.from('<testsuites> <testsuite/>\n</testsuites>'), await signer())

    const replaced = signReport(first, await signer({ key: privatePem(other) }), { replace: true })

    await expect(async () => signReport(first, await signer())).rejects.toMatchObject({ reason: 'already-signed' })
    expect(replaced.toString('utf8').match(/<ds:Signature /g)).toHaveLength(1)
    expect(verifyReport(replaced, { publicKeys: [other.publicKey] }).keyDescription).toBe('RSA 2048')
    expect(replaced.toString('utf8').replace(SIGNATURE, '')).toBe('<testsuites> <testsuite/>\n</testsuites>')
  })

  it.each([
    ['a comment', '<testsuites><!-- x --></testsuites>'],
    ['a comment outside the root', '<!-- x --><testsuites></testsuites>'],
    ['a processing instruction', '<testsuites><?x y?></testsuites>'],
    ['a DOCTYPE', '<!DOCTYPE a><testsuites></testsuites>'],
    ['two roots', '<testsuites/><testsuites/>'],
    ['no end', '<testsuites>'],
    ['nothing', ''],
  ])('refuses to sign a report with %s', async (_, xml) => {
    const key = await signer()

    expect(() => signReport(Buffer.from(xml), key)).toThrow(expect.objectContaining({ code: 'XML_PARSE_ERROR' }))
  })

  it('refuses to sign a report that verifyReport would refuse', async () => {
    const decoy = '<testsuites><a><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></a></testsuites>'
    const key = await signer()

    expect(() => signReport(Buffer.from(decoy), key)).toThrow(
      expect.objectContaining({ code: 'XML_INVALID_STRUCTURE' }),
    )
  })

  it('refuses to sign a root with xml:… attributes with inclusive canonicalization', async () => {
    const xml = Buffer.from('<testsuites xml:lang="en"/>')
    const inclusive = await signer({ canonicalization: 'c14n11' })

    expect(() => signReport(xml, inclusive)).toThrow(expect.objectContaining({ code: 'XML_INVALID_STRUCTURE' }))
    expect(verifyReport(signReport(xml, await signer()), trust).trusted).toBe(true)
  })

  it.each(['urn:b&amp;c', 'urn:&quot;', 'urn:a b', 'urn:é', 'http://[::1]/'])(
    'refuses to sign a report with the namespace %s, which xmlsec1 and signxml do not verify, and says so',
    async (namespace) => {
      const xml = Buffer.from(`<testsuite xmlns:b="${namespace}"/>`)
      const inclusive = await signer({ canonicalization: 'c14n11' })

      expect(() => signReport(xml, inclusive)).toThrow(
        expect.objectContaining({ code: 'XML_INVALID_STRUCTURE', message: expect.stringContaining('the namespace "') }),
      )
    },
  )

  it('refuses with exclusive canonicalization a report whose inclusive form, of the content hash, is too large', async () => {
    const declarations = Array.from({ length: 20 }, (_, i) => ` xmlns:p${i}="urn:${'x'.repeat(1_000)}"`).join('')
    const report = (quotes: number) =>
      Buffer.from(`<testsuite${declarations}><a b='${'"'.repeat(quotes)}'/></testsuite>`)
    // A quote takes six bytes in the canonical form, which may be four times the report and 64 KiB: the exclusive form, without
    // the declarations, just fits.
    const xml = report((4 * report(0).length + 64 * 1024) / 2 - 100)
    const key = await signer()

    expect(() => canonicalizeReport(xml, { write: () => {} }, { exclusive: true })).not.toThrow()
    expect(() => signReport(xml, key)).toThrow(
      expect.objectContaining({ code: 'XML_INVALID_STRUCTURE', reason: 'canonical-too-large' }),
    )
  })

  it('orders the namespaces of SignedInfo by code points, not as a language sorts them', async () => {
    const xml = Buffer.from('<testsuite xmlns:a="urn:a" xmlns:B="urn:b"/>')

    expect(verifyReport(signReport(xml, await signer({ canonicalization: 'c14n11' })), trust).trusted).toBe(true)
  })

  it('refuses to replace a signature between two brackets and a ">", which would become the end of a CDATA section', async () => {
    const first = signReport(Buffer.from('<testsuites>]]</testsuites>'), await signer()).toString()
    const between = Buffer.from(first.replace('</testsuites>', '></testsuites>'))
    const key = await signer()

    expect(() => signReport(between, key, { replace: true })).toThrow(expect.objectContaining({ reason: 'cdata-end' }))
  })

  describe.skipIf(!hasTool('xmlsec1'))('compared with xmlsec1', () => {
    const cases = Object.keys(REPORTS).flatMap((name) => [
      { name, canonicalization: 'exclusive' as const },
      { name, canonicalization: 'c14n11' as const },
    ])

    it.each(cases)(
      'signs a report $name with $canonicalization so that xmlsec1 accepts it',
      async ({ name, canonicalization }) => {
        const folder = temporaryFolder()
        const xml = Object.entries(REPORTS).find(([key]) => key === name)?.[1] ?? ''
        writeFileSync(join(folder, 'report.xml'), signReport(Buffer.from(xml), await signer({ canonicalization })))
        writeFileSync(join(folder, 'public.pem'), publicPem(PAIR))

        const args = ['--verify', '--pubkey-pem', 'public.pem', 'report.xml']
        expect(() => execFileSync('xmlsec1', args, { cwd: folder, stdio: 'pipe' })).not.toThrow()
      },
    )
  })
})
