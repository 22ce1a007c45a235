import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startFacts } from '../src/enrich/facts.js'
import { JuxError } from '../src/errors.js'
import { composeForeignReport, type ForeignFile, type ForeignReport } from '../src/foreign-report.js'
import type { Materials, PipelineSettings } from '../src/pipeline.js'
import { readReport } from '../src/report/read.js'
import { loadSigner, type Signer } from '../src/sign/keys.js'
import { signReport } from '../src/sign/sign-report.js'
import { verifyReport } from '../src/sign/verify.js'
import type { Environment } from '../src/system.js'
import { canonicalizeReport } from '../src/xml/canonical.js'
import { sharedFolder } from './support/folders.js'
import { foreignXml } from './support/foreign-xml.js'
import { newKeyPair, privatePem, publicPem } from './support/keys.js'
import { git, repository } from './support/repository.js'
import { countScans } from './support/scans.js'
import { fixedSystem } from './support/system.js'
import { hasTool } from './support/tools.js'
import { moreIn, partsOf } from './support/xml-parts.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/foreign/', import.meta.url))
const FILES = readdirSync(FIXTURES).filter((name) => name.endsWith('.xml'))
const RUNS = Number(process.env.JUX_FOREIGN_RUNS ?? 300)

const PAIR = newKeyPair('P-256')
const TRUST = { publicKeys: [PAIR.publicKey] }
const folder = sharedFolder()
const signer = await loadSigner({ key: privatePem(PAIR) }, fixedSystem())

interface Scene {
  readonly settings?: Partial<PipelineSettings>
  readonly env?: Environment
  readonly signer?: Signer | undefined
  readonly cwd?: string
}

/** Facts about a commit that no file can know. */
async function materials({ settings = {}, env = {}, cwd = '/repo', ...rest }: Scene = {}): Promise<Materials> {
  const system = fixedSystem({ env, cwd })
  const facts = await startFacts({ project: 'shop', branch: 'main', commitSha: 'a'.repeat(40), tags: ['e2e'] }, system)
  return { settings: { storageMode: 'local', ...settings }, facts, signer: undefined, system, ...rest }
}

const plain = await materials()
const signing = await materials({ signer })

const compose = (xml: string | Uint8Array, file: Partial<ForeignFile> = {}, how: Materials = plain): ForeignReport =>
  composeForeignReport({ bytes: Buffer.from(xml), ...file }, how)
const textOf = ({ chunks }: ForeignReport) => Buffer.concat(chunks).toString('utf8')
const bytesOf = ({ chunks }: ForeignReport) => Buffer.concat(chunks)
const factsOf = ({ properties }: ForeignReport) =>
  Object.fromEntries(properties.map(({ name, value }) => [name, value]))

function failureOf(action: () => unknown): Pick<JuxError, 'code' | 'reason' | 'message'> {
  try {
    action()
  } catch (error) {
    if (error instanceof JuxError) return error
    throw error
  }
  throw new Error('it did not fail')
}

const suite = (content: string, attributes = '') => `<testsuite name="s"${attributes}>${content}</testsuite>`
const root = (content: string, attributes = '') => `<testsuites${attributes}>${content}</testsuites>`
const PASSED = '<testcase name="t"/>'

describe('composeForeignReport, for the file of each program', () => {
  it.each(FILES)('keeps every element, attribute and text of %s, and adds one suite with the facts', (name) => {
    const original = readFileSync(join(FIXTURES, name), 'utf8')
    const report = compose(original, { name: `results/${name}` })
    const [before, after] = [partsOf(original), partsOf(textOf(report))]
    const added = moreIn(after, before)

    expect(moreIn(before, after)).toEqual([])
    expect(added).toContain('["attribute","{}testsuite","name","(run)"]')
    expect(added.filter((part) => part.startsWith('["element"')).length).toBe(
      report.properties.length + 2 + (/<testsuites[ >]/.test(original) ? 0 : 1),
    )
    expect(added.filter((part) => part.startsWith('["text"'))).toEqual([])
  })

  it.each(FILES)('states the facts, and the counts and the outcome of %s', (name) => {
    const original = readFileSync(join(FIXTURES, name))
    const before = readReport(original).summary
    const report = compose(original, { name: `results/${name}` })
    const { summary, contentHash } = readReport(bytesOf(report))
    const { tests, failures, errors, skipped, passed, seconds, startedAtMs } = before

    expect(summary).toMatchObject({ tests, failures, errors, skipped, passed, startedAtMs })
    if (before.root === 'testsuites') expect(summary.seconds).toBe(seconds)
    expect(contentHash).toBe(report.contentHash)
    expect(factsOf(report)).toMatchObject({
      project: 'shop',
      'git:commit': 'a'.repeat(40),
      'jux:tags': 'e2e',
      'jux:outcome': name.includes('-green') ? 'passed' : 'failed',
      'jux:source_file': `results/${name}`,
      'jux:source_sha256': createHash('sha256').update(original).digest('hex'),
    })
    expect(summary.outcome).toBe(name.includes('-green') ? 'passed' : 'failed')
  })

  it.each(FILES)('writes %s in canonical form, so that its content hash is that of its bytes', (name) => {
    const report = compose(readFileSync(join(FIXTURES, name)))
    const [declaration = '', ...rest] = textOf(report).split('\n')

    expect(declaration).toBe('<?xml version="1.0" encoding="UTF-8"?>')
    expect(createHash('sha256').update(rest.join('\n')).digest('hex')).toBe(report.contentHash)
  })

  it.each(FILES)('signs %s so that verifyReport accepts it', (name) => {
    const report = compose(readFileSync(join(FIXTURES, name)), {}, signing)

    expect(verifyReport(bytesOf(report), TRUST, { summary: true })).toMatchObject({
      trusted: true,
      contentHash: report.contentHash,
      summary: { properties: report.properties },
    })
  })

  it.skipIf(!hasTool('xmlsec1'))('signs all files so that xmlsec1 accepts them', async () => {
    const key = join(folder, 'key.pub.pem')
    writeFileSync(key, publicPem(PAIR))
    for (const canonicalization of ['exclusive', 'c14n11'] as const) {
      const how = await materials({
        signer: await loadSigner({ key: privatePem(PAIR), canonicalization }, fixedSystem()),
      })
      for (const name of FILES) {
        const path = join(folder, `${canonicalization}-${name}`)
        writeFileSync(path, bytesOf(compose(readFileSync(join(FIXTURES, name)), {}, how)))
        expect(() => execFileSync('xmlsec1', ['--verify', '--pubkey-pem', key, path], { stdio: 'pipe' })).not.toThrow()
      }
    }
  })

  it('names the program if the file does, else the file', () => {
    const sources = Object.fromEntries(
      FILES.filter((name) => name.endsWith('-green.xml')).map((name) => [
        name.replace('-green.xml', ''),
        compose(readFileSync(join(FIXTURES, name)), { name: `results/${name}` }).source,
      ]),
    )

    expect(sources).toEqual({
      bun: 'bun',
      cypress: 'mocha-junit-reporter',
      deno: 'deno',
      gotestsum: 'go test',
      'maven-surefire': 'maven-surefire',
      mocha: 'mocha-junit-reporter',
      'node-test': 'node-test-green.xml',
      phpunit: 'phpunit-green.xml',
      playwright: 'playwright-green.xml',
      pytest: 'pytest',
      rspec: 'rspec',
    })
    expect(compose(root(suite(PASSED))).source).toBe('standard input')
    expect(compose(root(suite(PASSED)), { name: 'a.xml', source: 'ctest' }).source).toBe('ctest')
  })
})

describe('composeForeignReport', () => {
  it('reads a file once, and the report once, and signs it in one more scan', async () => {
    const xml = root(suite(`<testcase name="t"><system-out>${'x'.repeat(10_000)}</system-out></testcase>`))

    expect((await countScans(() => compose(xml))).scans).toBe(2)
    expect((await countScans(() => compose(xml, {}, signing))).scans).toBe(3)
  })

  it('writes a root testsuite into a new root, with its name, time and start', () => {
    const report = compose(
      `<testsuite name="a &amp; b" time="1.5" timestamp="2026-01-02T03:04:05" tests="1" failures="0">${PASSED}</testsuite>`,
    )
    const { summary } = readReport(bytesOf(report))

    expect(textOf(report)).toContain(
      '<testsuites errors="0" failures="0" name="a &amp; b" skipped="0" tests="1" time="1.5" timestamp="2026-01-02T03:04:05">\n<testsuite',
    )
    expect(summary).toMatchObject({ root: 'testsuites', name: 'a & b', seconds: 1.5, tests: 1, outcome: 'passed' })
    expect(summary.suites.map(({ name }) => name)).toEqual(['(run)', 'a & b'])
  })

  it.each([
    ['no suite', root('')],
    ['no suite, in an empty-element tag', '<testsuites/>'],
    ['test cases outside all suites', root(PASSED)],
    ['properties of the root', root(`<properties><property name="a" value="b"/></properties>${suite(PASSED)}`)],
    ['nested suites', root(suite(suite(suite(PASSED))))],
    ['a suite with properties', root(suite(`<properties><property name="a" value="b"/></properties>${PASSED}`))],
  ])('states only its own facts for a file with %s', (_, xml) => {
    const report = compose(xml)
    const { summary } = readReport(bytesOf(report))

    expect(summary.suites[0]?.name).toBe('(run)')
    expect(summary.properties.map(({ name }) => name)).not.toContain('a')
    expect(summary.facts).toEqual(summary.properties)
    expect(moreIn(partsOf(xml), partsOf(textOf(report)))).toEqual([])
  })

  it('renames every property of the file that has the name of a fact, and says so', () => {
    const stated = [
      'git:commit',
      'JUX:outcome',
      ' ci:provider',
      'env:HOME',
      'jux.git_commit',
      'project',
      'hostname',
      'own',
    ]
    const properties = stated.map((name) => `<property name="${name}" value="forged"/>`).join('')
    const report = compose(
      root(
        `<properties>${properties}</properties>${suite(`<properties>${properties}</properties><x:y xmlns:x="urn:x"><x:property name="git:branch" value="z"/></x:y>${PASSED}`)}`,
      ),
    )
    const text = textOf(report)

    expect(factsOf(report)).toMatchObject({ project: 'shop', 'git:commit': 'a'.repeat(40), 'jux:renamed': '8' })
    for (const name of stated.slice(0, -1)) {
      expect(text).not.toContain(`<property name="${name}" value="forged">`)
      expect(text.split(`<property name="source:${name}" value="forged">`).length).toBe(3)
    }
    expect(text).toContain('<property name="own" value="forged">')
    expect(text).toContain('<x:property name="source:git:branch" value="z">')
    expect(report.notices.join()).toContain('git:commit, JUX:outcome')
  })

  it('renames in a test case only what has the name of a fact about a test', () => {
    const names = ['platform', 'git:commit', 'jux:flaky']
    const properties = names.map((name) => `<property name="${name}" value="own"/>`).join('')
    const text = textOf(compose(root(suite(`<testcase name="t"><properties>${properties}</properties></testcase>`))))

    expect([...text.matchAll(/<property name="([^"]*)" value="own">/g)].map(([, name]) => name)).toEqual([
      'platform',
      'git:commit',
      'source:jux:flaky',
    ])
  })

  it('never has an outcome that is better than the one that the file states', () => {
    const stated = (outcome: string) =>
      root(suite(`<properties><property name="jux:outcome" value="${outcome}"/></properties>${PASSED}`))

    expect(['passed', 'failed', 'interrupted'].map((outcome) => compose(stated(outcome)).outcome)).toEqual([
      'passed',
      'failed',
      'interrupted',
    ])
  })

  it('replaces secrets in attributes, texts, CDATA sections and between them', () => {
    const secret = 'Xk9-vQ2_mZ7-pL4_wR8'
    const xml = root(
      suite(
        `<testcase name="uses ${secret}" a="${secret}"><failure message="${secret}">at ${secret.slice(0, 9)}<![CDATA[${secret.slice(9)} end]]></failure>` +
          `<system-out><![CDATA[token <${secret}>]]></system-out><x y="${secret.replace('-', '&#45;')}">${secret.slice(0, 4)}<!-- -->${secret.slice(4)}</x></testcase>`,
      ),
    )
    const clean = textOf(compose(xml, {}, { ...plain, system: fixedSystem({ env: { API_TOKEN: secret } }) }))

    expect(clean).not.toContain(secret)
    expect(clean).not.toContain(secret.slice(9))
    expect(clean.split('[secret:env:API_TOKEN]').length - 1).toBe(7)
    expect(clean).toContain('<property name="jux:scrubbed" value="env=7">')
    expect(clean).toContain('<system-out>token &lt;[secret:env:API_TOKEN]&gt;</system-out>')
  })

  it('replaces the value of a property whose name says that it is a secret', () => {
    const properties = '<properties><property name="db.password" value="hunter2-Zq81"/></properties>'
    const text = textOf(compose(root(suite(properties + PASSED))))

    expect(text).toContain('<property name="db.password" value="[secret:password]">')
  })

  it('gives no digest of a file with secrets, because a short secret could be found out with it', () => {
    const xml = root(suite('<testcase name="hunter2-Zq81"/>'))
    const env = { DB_PASSWORD: 'hunter2-Zq81' }

    expect(factsOf(compose(xml))).toHaveProperty('jux:source_sha256')
    expect(factsOf(compose(xml, {}, { ...plain, system: fixedSystem({ env }) }))).not.toHaveProperty(
      'jux:source_sha256',
    )
  })

  it('keeps names apart whose secrets are replaced', () => {
    const xml = root(suite('<testcase name="login hunter2-Zq81"/><testcase name="login Sommer-2031x"/>'))
    const env = { A_PASSWORD: 'hunter2-Zq81', B_PASSWORD: 'Sommer-2031x' }
    const [first, second] = [
      ...textOf(compose(xml, {}, { ...plain, system: fixedSystem({ env }) })).matchAll(/login ([^"]*)/g),
    ]

    expect(first?.[1]).not.toBe(second?.[1])
  })

  it('leaves secrets in the report if scrub is false', async () => {
    const how = await materials({ settings: { scrub: false }, env: { API_TOKEN: 'Xk9-vQ2_mZ7-pL4_wR8' } })

    expect(textOf(compose(root(suite('<testcase name="Xk9-vQ2_mZ7-pL4_wR8"/>')), {}, how))).toContain(
      'Xk9-vQ2_mZ7-pL4_wR8',
    )
  })

  it('keeps namespaces, unknown elements and mixed content', () => {
    const xml =
      '<testsuites xmlns:a="urn:a" xmlns:unused="urn:u"><a:meta a:k="v" k="w">x<b xmlns="urn:b">y</b>z</a:meta>' +
      `<testsuite name="s" a:z="1" b="2">${PASSED}</testsuite></testsuites>`
    const text = textOf(compose(xml, {}, signing))

    expect(text).toContain('<testsuites xmlns:a="urn:a" xmlns:unused="urn:u">')
    expect(text).toContain('<a:meta k="w" a:k="v">x<b xmlns="urn:b">y</b>z</a:meta>')
    expect(text).toContain('<testsuite b="2" name="s" a:z="1">')
  })

  it('leaves out comments and processing instructions, counts them, and says so', () => {
    const report = compose(
      `<?xml-stylesheet href="x"?><!-- a -->${root(suite(`<!-- b -->${PASSED}<?c d?>`))}`,
      {},
      signing,
    )

    expect(textOf(report)).not.toMatch(/<!--|<\?(?!xml )/)
    expect(factsOf(report)).toMatchObject({ 'jux:left_out': 'comments=2 instructions=2' })
    expect(report.notices).toEqual([
      'left out: 2 comments, which a signature would not cover',
      'left out: 2 processing instructions, which jux verify refuses',
    ])
  })

  it('refuses a signed file without replace, and leaves its signature out with it', () => {
    const signed = signReport(Buffer.from(root(suite(PASSED))), signer)
    const report = compose(signed, { replace: true }, signing)

    expect(failureOf(() => compose(signed))).toMatchObject({ code: 'OPERATION_FAILED', reason: 'already-signed' })
    expect(textOf(report).split('<ds:Signature ').length).toBe(2)
    expect(factsOf(report)).toMatchObject({ 'jux:left_out': 'signature=1' })
    expect(report.notices).toEqual(['left out: the signature that the file had, as --replace says'])
    expect(textOf(compose(signed, { replace: true }))).not.toContain('Signature')
  })

  it.each([
    ['is not JUnit', '<html/>', 'XML_INVALID_STRUCTURE', 'not-junit'],
    ['has its root in a namespace', '<testsuites xmlns="urn:x"/>', 'XML_INVALID_STRUCTURE', 'not-junit'],
    ['is not XML', '{}', 'XML_PARSE_ERROR', 'content-outside-root'],
    ['is cut', '<testsuites><testsuite name="s">', 'XML_PARSE_ERROR', 'unclosed'],
    ['is empty', '', 'XML_PARSE_ERROR', 'empty'],
    ['has a document type declaration', `<!DOCTYPE a [<!ENTITY b "c">]>${root('')}`, 'XML_PARSE_ERROR', 'doctype'],
    [
      'is nested deeper than a report may be',
      `<testsuites>${'<a>'.repeat(63)}${'</a>'.repeat(63)}</testsuites>`,
      'XML_PARSE_ERROR',
      'too-deep',
    ],
    [
      'has a signature inside a suite',
      root(suite('<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>')),
      'XML_INVALID_STRUCTURE',
      undefined,
    ],
  ])('refuses a file that %s', (_, xml, code, reason) => {
    expect(failureOf(() => compose(xml, { replace: true }, signing))).toMatchObject({ code, reason })
  })

  it('accepts a file that is as deep as a report may be, with either root', () => {
    const inner = `${'<a>'.repeat(62)}${'</a>'.repeat(62)}`

    expect(compose(root(inner), {}, signing).outcome).toBe('no-tests')
    expect(compose(suite(inner), {}, signing).outcome).toBe('no-tests')
  })

  it.each([
    ['passed', { exitCode: 0 }, 'passed', { 'jux:exit_code': '0' }],
    [
      'passed',
      { exitCode: 3 },
      'error',
      { 'jux:exit_code': '3', 'jux:outcome_reason': 'the command that wrote the file ended with exit code 3' },
    ],
    [
      'passed',
      { signal: 'SIGKILL' as const },
      'error',
      { 'jux:signal': 'SIGKILL', 'jux:outcome_reason': 'the command that wrote the file was ended by SIGKILL' },
    ],
    ['passed', {}, 'error', { 'jux:outcome_reason': 'the command that wrote the file ended with exit code unknown' }],
    ['passed', undefined, 'passed', {}],
    ['failed', { exitCode: 1 }, 'failed', { 'jux:exit_code': '1' }],
    ['failed', { exitCode: 0 }, 'failed', { 'jux:exit_code': '0' }],
    ['no-tests', { exitCode: 5 }, 'no-tests', { 'jux:exit_code': '5' }],
  ])('of a file that says %s, written by a command that ended with %j, says %s', (said, commandEnd, outcome, facts) => {
    const results = { passed: PASSED, failed: '<testcase name="t"><failure/></testcase>' }[said] ?? ''
    const report = compose(root(suite(results)), { commandEnd }, signing)
    const stated = Object.entries(factsOf(report)).filter(([name]) =>
      /^jux:(?:exit_code|signal|outcome_reason)$/.test(name),
    )

    expect(report.outcome).toBe(outcome)
    expect(readReport(bytesOf(report)).summary.outcome).toBe(outcome)
    expect(Object.fromEntries(stated)).toEqual(facts)
  })

  it('says what a report of a Jux tool loses', () => {
    const xml = root(suite(`<properties><property name="jux:client" value="jux-reporter"/></properties>${PASSED}`))

    expect(compose(xml).notices.at(-1)).toContain('jux sign')
  })

  it('has the commit of the repository', async () => {
    const cwd = repository()
    const system = fixedSystem({ cwd, exec: plain.system.exec })
    const facts = await startFacts({ rootDir: cwd }, system)

    expect(factsOf(compose(root(suite(PASSED)), {}, { ...plain, facts }))).toMatchObject({
      'git:commit': git(cwd, 'rev-parse', 'HEAD'),
    })
  })
})

describe('composeForeignReport, for any document', () => {
  it('either says why it makes no report, or changes nothing but what canonical form and the facts change', () => {
    const refusals = new Map<string, number>()
    let made = 0
    fc.assert(
      fc.property(foreignXml, fc.boolean(), fc.boolean(), (xml, isSuite, signs) => {
        const document = isSuite ? xml.replaceAll('testsuites', 'testsuite') : xml
        let report: ForeignReport
        try {
          report = compose(document, { replace: true }, signs ? signing : plain)
        } catch (error) {
          if (!(error instanceof JuxError)) throw error
          expect(error.code).not.toBe('UNEXPECTED_ERROR')
          const why = error.reason ?? error.code
          refusals.set(why, (refusals.get(why) ?? 0) + 1)
          return
        }
        made++
        const canonical = canonicalOf(bytesOf(report)).replace(
          /\n<testsuite errors="0" failures="0" name="\(run\)".*?<\/testsuite>/s,
          '',
        )
        const expected = canonicalOf(Buffer.from(document)).replaceAll(/<\?instruction data\?>/g, '')

        expect(
          isSuite ? canonical.replace(/^<testsuites(?: [a-z]+="[^"]*")*>(.*)<\/testsuites>$/s, '$1') : canonical,
        ).toBe(expected)
        if (signs) expect(verifyReport(bytesOf(report), TRUST, { summary: true }).trusted).toBe(true)
      }),
      { numRuns: RUNS, seed: 20_260_102 },
    )

    expect(made, JSON.stringify([...refusals])).toBeGreaterThan(RUNS / 4)
  })
})

function canonicalOf(bytes: Uint8Array): string {
  const chunks: Buffer[] = []
  canonicalizeReport(bytes, { write: (part) => chunks.push(Buffer.from(part)) })
  return Buffer.concat(chunks).toString('utf8')
}
