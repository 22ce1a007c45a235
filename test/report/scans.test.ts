import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { verifyReport, verifySignature } from '../../src/sign/verify.js'
import { openQueue } from '../../src/store/queue.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { sharedFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { newKeyPair } from '../support/keys.js'
import { countScans, PADDING } from '../support/scans.js'
import { signedReport, URIS } from '../support/signatures.js'

const PROPERTIES =
  '<properties><property name="jux:client" value="jux-reporter"/><property name="git:commit" value="1a2b"/></properties>'
const PLAIN = `<testsuites><testsuite name="s">${PROPERTIES}<testcase name="t"><system-out>${PADDING}</system-out></testcase></testsuite></testsuites>`
/** With namespaces, the canonical forms differ. */
const NAMESPACED = PLAIN.replace('<testsuites>', '<testsuites xmlns:d="urn:d" xmlns:u="urn:u">')

const BODY = '<t:testsuite name="s"><t:testcase name="a"/><t:testcase name="b"><t:failure/></t:testcase></t:testsuite>'

const folder = sharedFolder()
const jux = (...argv: string[]) => runJux(argv, { system: { cwd: folder } })
const scansOf = async (...argv: string[]) => {
  const { scans, result } = await countScans(() => jux(...argv))
  expect(result).toMatchObject({ code: 0, err: expect.not.stringContaining('error') })
  return scans
}

beforeAll(async () => {
  writeFileSync(join(folder, 'plain.xml'), PLAIN)
  writeFileSync(join(folder, 'namespaced.xml'), NAMESPACED)
  await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem')
  for (const [name, ...flags] of [
    ['plain'],
    ['namespaced'],
    ['inclusive', '--canonicalization', 'c14n11'],
    ['sha384', '--digest', 'sha384'],
  ]) {
    const input = name === 'plain' ? 'plain.xml' : 'namespaced.xml'
    await jux('sign', input, '--key', 'key.pem', '--output', `signed-${name}.xml`, ...flags)
  }
})

describe('jux and the library, counting scans of a whole report', () => {
  it.each([
    ['jux inspect', 1, ['inspect', 'signed-plain.xml']],
    ['jux sign', 1, ['sign', 'plain.xml', '--key', 'key.pem', '--output', 'new.xml']],
    ['jux sign, with namespaces', 1, ['sign', 'namespaced.xml', '--key', 'key.pem', '--output', 'new.xml']],
    [
      'jux sign --digest sha512 --canonicalization c14n11',
      1,
      [
        'sign',
        'namespaced.xml',
        '--key',
        'key.pem',
        '-o',
        'new.xml',
        '--digest',
        'sha512',
        '--canonicalization',
        'c14n11',
      ],
    ],
    ['jux sign --replace', 2, ['sign', '--replace', 'signed-plain.xml', '--key', 'key.pem', '--output', 'new.xml']],
    ['jux verify', 1, ['verify', 'signed-plain.xml', '--cert', 'key.crt']],
    ['jux verify --expect', 1, ['verify', 'signed-plain.xml', '--cert', 'key.crt', '--expect', 'git:commit=1a2b']],
    ['jux verify of an inclusive form', 1, ['verify', 'signed-inclusive.xml', '--cert', 'key.crt']],
    [
      'jux verify --expect of an exclusive form with namespaces',
      2,
      ['verify', 'signed-namespaced.xml', '--cert', 'key.crt', '--expect', 'git:commit=1a2b'],
    ],
    [
      'jux verify --expect of another digest',
      2,
      ['verify', 'signed-sha384.xml', '--cert', 'key.crt', '--expect', 'git:commit=1a2b'],
    ],
    ['jux publish --dry-run', 1, ['publish', 'plain.xml', '--dry-run', '--api-url', 'http://127.0.0.1:9']],
  ] as const)('%s scans the report %i time(s)', async (_, expected, argv) => {
    expect(await scansOf(...argv)).toBe(expected)
  })

  it('jux publish scans a report once, by name and from the queue', async () => {
    const server = await startServer(created)
    const bytes = Buffer.from(PLAIN)
    const queue = openQueue(join(folder, 'store'))
    const target = ['--api-url', server.url, '--storage-path', 'store']

    expect(await scansOf('publish', 'plain.xml', ...target)).toBe(1)
    queue.put([bytes], contentHash(bytes))
    expect(await scansOf('publish', '--queue', '--dry-run', ...target)).toBe(1)
    expect(await scansOf('publish', '--queue', ...target)).toBe(1)
    expect(server.received).toHaveLength(2)
  })

  it('readReport and three verifySignature scan once together, twice if the signature has another canonical form', async () => {
    const count = (name: string) =>
      countScans(() => {
        const { signature } = readReport(readFileSync(join(folder, name)), { cases: true })
        for (let time = 0; time < 3; time++) verifySignature(signature, 'embedded')
      })

    expect((await count('signed-plain.xml')).scans).toBe(1)
    expect((await count('signed-namespaced.xml')).scans).toBe(2)
  })

  it('verifyReport scans once more when the canonical bytes are read', async () => {
    const { scans } = await countScans(
      () => verifyReport(readFileSync(join(folder, 'signed-plain.xml')), 'embedded').canonical,
    )

    expect(scans).toBe(2)
  })
})

describe('verifyReport, reading the results', () => {
  const keys = newKeyPair('P-256')
  const trust = { publicKeys: [keys.publicKey] }
  const sign = (settings: Parameters<typeof signedReport>[0]) => Buffer.from(signedReport(settings))
  const root = '<t:testsuites xmlns:t="urn:t">'

  it.each([
    ['with the exclusive form', {}],
    [
      'with the inclusive form',
      {
        form: { exclusive: false },
        canonicalizationMethod: URIS.c14n11,
        transforms: `<ds:Transform Algorithm="${URIS.enveloped}"/><ds:Transform Algorithm="${URIS.c14n11}"/>`,
      },
    ],
  ])('returns the same as readReport for the signed bytes, %s', (_, settings) => {
    const report = sign({ key: keys.privateKey, root, body: BODY, ...settings })

    const verified = verifyReport(report, trust, { summary: true, cases: true })
    const read = readReport(verified.canonical, { cases: true })

    expect(verified.summary).toEqual({ ...read.summary, signed: true })
    expect(verified.cases).toEqual(read.cases)
    expect(verified.summary).toMatchObject({ tests: 2, failures: 1 })
    expect(verified.contentHash).toBe(read.contentHash)
  })

  it('reads no results without the option, so that a document that is not JUnit can be verified', () => {
    const html = sign({ key: keys.privateKey, root: '<html>', body: '<body/>' })

    expect(verifyReport(html, trust)).toMatchObject({ trusted: true, summary: undefined, cases: undefined })
    expect(() => verifyReport(html, trust, { summary: true })).toThrow(
      expect.objectContaining({ code: 'XML_INVALID_STRUCTURE', reason: 'not-junit' }),
    )
  })

  it('refuses a document that is changed and not JUnit because of its signature', () => {
    const html = sign({ key: keys.privateKey, root: '<html>', body: '<body/>' })
    const changed = Buffer.from(html.toString().replace('<body/>', '<head/>'))

    expect(() => verifyReport(changed, trust, { summary: true })).toThrow(
      expect.objectContaining({ reason: 'digest-mismatch' }),
    )
  })
})

describe('readReport, for a signed report', () => {
  it('ignores test cases inside the Signature', () => {
    const keys = newKeyPair('P-256')
    const root = '<t:testsuites xmlns:t="urn:t">'
    const report = signedReport({ key: keys.privateKey, root, body: BODY })
    const decoy = report.replace('<ds:KeyInfo>', '<ds:KeyInfo><t:testcase/>')

    expect(readReport(Buffer.from(decoy)).summary).toMatchObject({ tests: 2, failures: 1, signed: true })
  })
})
