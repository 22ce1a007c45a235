import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { REPORT, signedScene } from '../support/signed-scene.js'

describe('jux verify', () => {
  it.each([
    ['--cert', 'key.crt', 'CN=Ann'],
    ['--public-key', 'key.pub.pem', 'the trusted key'],
    ['--trust', '.', 'the trusted key'],
  ])('prints the signer of a report that %s trusts', async (flag, value, signer) => {
    const { jux } = await signedScene()

    const { code, out, err } = await jux('verify', flag, value, 'good.xml')

    expect(code).toBe(0)
    expect(out).toMatch(/^valid +good\.xml/)
    expect(out).toContain(signer)
    expect(err).toBe('')
  })

  it('gives the same result for a file, for -i and for standard input', async () => {
    const { cwd, jux } = await signedScene()
    const trust = ['--cert', 'key.crt', '--json']

    const [file, flag, stdin] = await Promise.all([
      jux('verify', ...trust, 'good.xml'),
      jux('verify', ...trust, '-i', 'good.xml'),
      runJux(['verify', ...trust], { system: { cwd }, stdin: readFileSync(join(cwd, 'good.xml')) }),
    ])

    expect(JSON.parse(file.out)).toEqual(JSON.parse(flag.out))
    expect({ ...JSON.parse(stdin.out), file: 'good.xml' }).toEqual(JSON.parse(file.out))
    expect([file.code, flag.code, stdin.code]).toEqual([0, 0, 0])
  })

  it('exits with 1 for a changed report, and says why', async () => {
    const { jux } = await signedScene()

    const text = await jux('verify', '--cert', 'key.crt', 'bad.xml')
    const json = await jux('verify', '--cert', 'key.crt', '--json', 'bad.xml')

    expect(text.code).toBe(1)
    expect(text.out).toMatch(/^invalid +bad\.xml/)
    expect(text.err).toContain('XML_SIGNATURE_INVALID (304) digest-mismatch')
    expect(json.code).toBe(1)
    expect(Object.entries(JSON.parse(json.out)).slice(0, 2)).toEqual([
      ['valid', false],
      ['error', 'the report was changed after it was signed'],
    ])
  })

  it('reports an unsigned report as XML_SIGNATURE_MISSING', async () => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', '--cert', 'key.crt', '--json', 'report.xml')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, code: 'XML_SIGNATURE_MISSING' })
  })

  it('prints a line for each report in files and folders, and a summary', async () => {
    const { cwd, jux } = await signedScene()
    mkdirSync(join(cwd, 'store/deep'), { recursive: true })
    writeFileSync(join(cwd, 'store/deep/a.xml'), readFileSync(join(cwd, 'good.xml')))
    writeFileSync(join(cwd, 'store/b.xml'), REPORT)
    writeFileSync(join(cwd, 'store/notes.txt'), 'no report')

    const { code, out } = await jux('verify', '--cert', 'key.crt', 'good.xml', 'store', 'none.xml')

    const lines = out.trimEnd().split('\n')
    expect(lines.map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'valid good.xml',
      `invalid ${join('store', 'b.xml')}`,
      `valid ${join('store', 'deep', 'a.xml')}`,
      'invalid none.xml',
      '4 reports:',
    ])
    expect(lines.at(-1)).toBe('4 reports: 2 valid, 2 invalid')
    expect(code).toBe(1)
  })

  it('prints one JSON object for several reports', async () => {
    const { jux } = await signedScene()

    const { out } = await jux('verify', '--cert', 'key.crt', '--json', 'good.xml', 'bad.xml')

    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      total: 2,
      accepted: 1,
      refused: 1,
      results: [
        { file: 'good.xml', valid: true },
        { file: 'bad.xml', valid: false },
      ],
    })
  })

  it('exits with 1 for a folder without reports', async () => {
    const { cwd, jux } = await signedScene()
    mkdirSync(join(cwd, 'empty'))

    expect(await jux('verify', '--cert', 'key.crt', 'empty')).toMatchObject({ code: 1 })
  })

  it('prints nothing with --quiet, for valid and for changed reports', async () => {
    const { jux } = await signedScene()

    expect(await jux('verify', '-q', '--cert', 'key.crt', 'good.xml')).toEqual({ code: 0, out: '', err: '' })
    expect(await jux('verify', '-q', '--cert', 'key.crt', 'bad.xml')).toEqual({ code: 1, out: '', err: '' })
  })

  it('accepts a signed document that is no JUnit report, with and without --quiet', async () => {
    const { cwd, jux } = await signedScene()
    writeFileSync(join(cwd, 'plain.xml'), '<other><a/></other>')
    await jux('sign', 'plain.xml', '--key', 'key.pem', '--cert', 'key.crt', '-o', 'other.xml')

    expect((await jux('verify', '--cert', 'key.crt', 'other.xml')).code).toBe(0)
    expect((await jux('verify', '-q', '--cert', 'key.crt', 'other.xml')).code).toBe(0)
  })

  it('prints the JSON also with --quiet', async () => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', '-q', '--json', '--cert', 'key.crt', 'bad.xml')

    expect([code, JSON.parse(out).valid]).toEqual([1, false])
  })

  it('shows the project, the commit and the time of a report only if its signature is valid', async () => {
    const { cwd, jux } = await signedScene()
    const facts = {
      project: 'my \u202eshop',
      'git:commit': 'c'.repeat(40),
      'jux:timestamp': '2026-01-01T00:00:00.000Z',
    }
    const properties = Object.entries(facts).map(([name, value]) => `<property name="${name}" value="${value}"/>`)
    const report = `<testsuites><testsuite name="s"><properties>${properties.join('')}</properties></testsuite></testsuites>`
    writeFileSync(join(cwd, 'plain.xml'), report)
    await jux('sign', 'plain.xml', '--key', 'key.pem', '--cert', 'key.crt', '-o', 'facts.xml')
    const changed = readFileSync(join(cwd, 'facts.xml'), 'utf8').replace('2026-01-01', '2026-01-02')
    writeFileSync(join(cwd, 'changed.xml'), changed)

    const valid = await jux('verify', '--cert', 'key.crt', 'facts.xml')
    const json = await jux('verify', '--cert', 'key.crt', '--json', 'facts.xml')
    const invalid = await jux('verify', '--cert', 'key.crt', 'changed.xml')

    expect(valid.out).toContain('facts.xml  my \\u202eshop cccccccccccc 2026-01-01T00:00:00.000Z  signed by')
    expect(JSON.parse(json.out)).toMatchObject({ project: facts.project, commit: facts['git:commit'] })
    expect(invalid.out).toMatch(/^invalid/)
    expect(invalid.out).not.toContain('shop')
  })

  it('exits with 1 for an intact report with --embedded, and with 0 if --accept-untrusted is given too', async () => {
    const { jux } = await signedScene()

    const refused = await jux('verify', '--embedded', 'good.xml')
    const accepted = await jux('verify', '--embedded', '--accept-untrusted', '--json', 'good.xml')
    const changed = await jux('verify', '--embedded', '--accept-untrusted', 'bad.xml')

    expect(refused.code).toBe(1)
    expect(refused.out).toMatch(/^intact/)
    expect(refused.err).toContain('--embedded does not check who signed')
    expect(accepted.code).toBe(0)
    expect(JSON.parse(accepted.out)).toMatchObject({ valid: true, trusted: false })
    expect(changed.code).toBe(1)
  })

  it('refuses an expired certificate, unless --at names a time at which it was valid', async () => {
    const { cwd } = await signedScene()
    const later = { system: { cwd, now: '2030-01-01T00:00:00Z' } }

    const now = await runJux(['verify', '--cert', 'key.crt', 'good.xml', '--json'], later)
    const then = await runJux(['verify', '--cert', 'key.crt', 'good.xml', '--at', '2026-06-01'], later)

    expect(JSON.parse(now.out)).toMatchObject({ code: 'CERT_EXPIRED', reason: 'certificate-expired' })
    expect(now.code).toBe(1)
    expect(then.code).toBe(0)
  })

  it('uses JUX_CERT_PATH only if no other trust is given, and not if it is empty', async () => {
    const { cwd, jux } = await signedScene()
    await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'other.pem')
    const env = { JUX_CERT_PATH: 'key.crt' }

    const byEnvironment = await runJux(['verify', 'good.xml'], { system: { cwd, env } })
    const byFlag = await runJux(['verify', 'good.xml', '--cert', 'other.crt'], { system: { cwd, env } })
    const empty = await runJux(['verify', 'good.xml'], { system: { cwd, env: { JUX_CERT_PATH: '' } } })

    expect([byEnvironment.code, byFlag.code, empty.code]).toEqual([0, 1, 64])
  })

  it('names the public key beside JUX_KEY_PATH in the command that it suggests when no signer is named', async () => {
    const { cwd } = await signedScene()
    const env = { JUX_KEY_PATH: './key.pem' }

    const { err } = await runJux(['verify', 'good.xml'], { system: { cwd, env } })
    const [, line = ''] = /for example: npx jux (.*)/.exec(err) ?? []
    const suggested = await runJux(line.split(' '), { system: { cwd, env } })

    expect([line, suggested.code]).toEqual(['verify --public-key ./key.pub.pem good.xml', 0])
    expect((await runJux(['verify'], { system: { cwd } })).err).toContain(
      'for example: npx jux verify --public-key key.pub.pem REPORT\n',
    )
  })

  it('prints a missing certificate as JSON with the fields of the Python tools', async () => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', '--cert', 'none.crt', '--json', 'good.xml')

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, error: expect.any(String), code: 'CERT_NOT_FOUND' })
  })

  it.each([
    [['good.xml']],
    [['--cert', 'key.crt', '']],
    [['--cert', 'key.crt', '-', '-']],
    [['--cert', 'key.crt']],
    [['--cert', 'key.crt', '--embedded', 'good.xml']],
    [['--cert', 'key.crt', '--accept-untrusted', 'good.xml']],
    [['--cert', '', 'good.xml']],
    [['--cert', 'key.crt', '--at', 'yesterday', 'good.xml']],
    [['--cert', 'key.crt', '--at', '2026-01-01T00:00:00', 'good.xml']],
    [['--cert', 'key.crt', '--at', '2026-13-01', 'good.xml']],
    [['--unknown', 'good.xml']],
  ])('exits with 64 for the arguments %j', async (flags) => {
    const { jux } = await signedScene()

    const { code, out } = await jux('verify', ...flags)

    expect(code).toBe(64)
    expect(out).toBe('')
  })

  it('escapes control characters in file names', async () => {
    const { jux } = await signedScene()

    const { out, err } = await jux('verify', '--cert', 'key.crt', '\u001b[2Jevil\n\u202e\u009b.xml', 'good.xml')

    expect(out.split('\n')[0]).toMatch(/^invalid +\\u001b\[2Jevil\\u000a\\u202e\\u009b\.xml/)
    expect(out + err).not.toMatch(/[\u001b\u009b\u202e]/)
  })

  it('works as the built program, with a report from standard input', async () => {
    const { cwd } = await signedScene()
    const bin = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))

    const out = execFileSync(process.execPath, [bin, 'verify', '--cert', 'key.crt', '--at', '2026-06-01'], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd },
      input: readFileSync(join(cwd, 'good.xml')),
      encoding: 'utf8',
    })

    expect(out).toMatch(/^valid +\(standard input\)/)
  })
})

/** Signs a report with these properties and test cases, and verifies it with an expectation. */
async function expectIn(facts: Readonly<Record<string, string>>, content: string, expectation: string) {
  const { cwd, jux } = await signedScene()
  const properties = Object.entries(facts).map(
    ([name, value]) => `<property name="${name}" value="${value}"></property>`,
  )
  const suite = `<testsuite name="s"><properties>${properties.join('')}</properties>${content}</testsuite>`
  writeFileSync(join(cwd, 'facts.xml'), `<testsuites>${suite}</testsuites>`)
  await jux('sign', 'facts.xml', '--key', 'key.pem', '--output', 'signed.xml')
  return jux('verify', '--cert', 'key.crt', '--expect', expectation, 'signed.xml')
}

describe('jux verify --expect', () => {
  it.each([
    ['accepts a property of the report', ['git:commit=1a2b'], 0, ''],
    ['accepts several properties of the report', ['git:commit=1a2b', 'jux:outcome=failed', 'note=a=b'], 0, ''],
    ['refuses another value', ['git:commit=9f8e'], 1, 'git:commit is 1a2b, expected 9f8e'],
    ['refuses the beginning of a value', ['git:commit=1a'], 1, 'git:commit is 1a2b, expected 1a'],
    ['refuses a property that the report does not have', ['ci:build_id=7'], 1, 'ci:build_id is not set, expected 7'],
    ['refuses a property with two values', ['twice=yes'], 1, 'twice is yes and no, expected yes'],
    ['refuses one wrong value among several', ['git:commit=1a2b', 'note=c'], 1, 'note is a=b, expected c'],
    [
      'refuses an outcome that the test cases contradict',
      ['jux:outcome=passed'],
      1,
      'jux:outcome is failed, expected passed',
    ],
  ])('%s: %j', async (_what, expectations, expected, message) => {
    const { cwd, jux } = await signedScene()
    const facts = { 'git:commit': '1a2b', 'jux:outcome': 'passed', note: 'a=b', other: 'z' }
    const properties = [...Object.entries(facts), ['twice', 'yes'], ['twice', 'no']]
      .map(([name, value]) => `<property name="${name}" value="${value}"></property>`)
      .join('')
    const failing = `<testsuite name="s"><properties>${properties}</properties><testcase name="t"><failure></failure></testcase></testsuite>`
    writeFileSync(join(cwd, 'facts.xml'), failing)
    await jux('sign', 'facts.xml', '--key', 'key.pem', '--output', 'signed.xml')

    const flags = expectations.flatMap((expectation) => ['--expect', expectation])
    const { code, out, err } = await jux('verify', '--cert', 'key.crt', ...flags, 'signed.xml')

    expect(code).toBe(expected)
    expect(out).toContain(expected === 0 ? 'valid    signed.xml' : `invalid  signed.xml  ${message}`)
    expect(err).toMatch(expected === 0 ? /^$/ : /OPERATION_FAILED \(902\) not-as-expected/)
  })

  it.each([
    [
      'refuses a commit that differs from the detected one',
      'git:commit=1a2b',
      1,
      'git:detected_commit is 9f8e, expected 1a2b',
    ],
    [
      'refuses a detected commit that differs from the stated one',
      'git:commit=9f8e',
      1,
      'git:commit is 1a2b, expected 9f8e',
    ],
    [
      'refuses a branch that differs from the detected one',
      'git:branch=main',
      1,
      'git:detected_branch is topic, expected main',
    ],
    ['names the whole property that a short name may mean', 'outcome=passed', 1, 'outcome is not set, expected passed'],
    [
      'refuses passed if the run states a word that is no outcome',
      'jux:outcome=passed',
      1,
      'the stated jux:outcome is fine, expected passed',
    ],
  ])('%s: %s', async (_what, expectation, expected, message) => {
    const facts = {
      'git:commit': '1a2b',
      'git:detected_commit': '9f8e',
      'git:branch': 'main',
      'git:detected_branch': 'topic',
      'jux:outcome': 'fine',
    }
    const { code, out, err } = await expectIn(facts, '<testcase name="t"></testcase>', expectation)

    expect([code, out]).toEqual([expected, expect.stringContaining(`invalid  signed.xml  ${message}`)])
    if (expectation.startsWith('outcome')) expect(err).toContain('write --expect jux:outcome=passed')
  })

  it.each([
    ['passed test cases', '<testcase name="t"></testcase>', 0],
    ['no test case', '', 1],
    [
      'a failure in an unknown element',
      '<testcase name="t"></testcase><group><testcase><failure></failure></testcase></group>',
      1,
    ],
  ])(
    'exits for jux:outcome=passed of a signed report that states passed and has %s as it should',
    async (_what, content, expected) => {
      const { code } = await expectIn({ 'jux:outcome': 'passed' }, content, 'jux:outcome=passed')

      expect(code).toBe(expected)
    },
  )

  it.each(['git:commit=', '=1a2b', 'git:commit'])('exits with 64 for the value %s', async (text) => {
    const { jux } = await signedScene()

    const { code, err } = await jux('verify', '--cert', 'key.crt', '--expect', text, 'good.xml')

    expect(code).toBe(64)
    expect(err).toContain('It must be NAME=VALUE')
  })
})
