import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const REPORT =
  '<testsuites name="all"><testsuite name="s"><properties><property name="git:commit" value="abc"/></properties>' +
  '<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><error/></testcase>' +
  '<testcase name="d"><skipped/></testcase></testsuite></testsuites>'

describe('jux inspect', () => {
  it('prints JSON with the keys of the Python tools first, in the same order', async () => {
    const { code, out } = await runJux(['inspect', '--json'], { stdin: REPORT })

    expect(code).toBe(0)
    expect(Object.entries(JSON.parse(out)).slice(0, 7)).toEqual([
      ['tests', 4],
      ['failures', 1],
      ['errors', 1],
      ['skipped', 1],
      ['passed', 1],
      ['canonical_hash', expect.stringMatching(/^[0-9a-f]{64}$/)],
      ['signed', false],
    ])
  })

  it('prints of each suite its name, path, properties and counts, and nothing else', async () => {
    const { out } = await runJux(['inspect', '--json'], { stdin: REPORT })

    expect(JSON.parse(out).suites).toEqual([
      {
        name: 's',
        path: [],
        properties: [{ name: 'git:commit', value: 'abc' }],
        tests: 4,
        failures: 1,
        errors: 1,
        skipped: 1,
        passed: 1,
      },
    ])
  })

  it('shows the facts of the run and those of the first file under their own headings', async () => {
    const property = (name: string) => `<property name="${name}" value="v"/>`
    const properties = ['project', 'mine', 'jux:timeout_ms', 'jux:timing:setup_ms', 'of-the-file']
      .map(property)
      .join('')
    const stdin = `<testsuites><testsuite name="a.test.ts"><properties>${properties}</properties></testsuite></testsuites>`

    const { out } = await runJux(['inspect'], { stdin })

    expect(out.split('\n\n').slice(1)).toEqual(
      [
        'Facts of the run\nproject  v\nmine     v\n',
        'Facts of the first file, a.test.ts\njux:timeout_ms       v\njux:timing:setup_ms  v\nof-the-file          v\n',
      ].map((text, index) => (index === 0 ? text.trimEnd() : text)),
    )
  })

  it('prints the same for a file, for -i and for standard input', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'report.xml'), REPORT)

    const [file, flag, stdin] = await Promise.all([
      runJux(['inspect', 'report.xml'], { system: { cwd } }),
      runJux(['inspect', '-i', 'report.xml'], { system: { cwd } }),
      runJux(['inspect'], { system: { cwd }, stdin: REPORT }),
    ])

    expect(file.out).toContain('git:commit')
    expect([flag.out, stdin.out]).toEqual([file.out, file.out])
  })

  it('prints the beginning and the end of the hash, the counts, and whether there is a signature', async () => {
    const json = await runJux(['inspect', '--json'], { stdin: REPORT })
    const { out } = await runJux(['inspect'], { stdin: REPORT })

    const hash: string = JSON.parse(json.out).canonical_hash
    expect(out.split('\n').slice(0, 9)).toEqual([
      'JUnit report all',
      'Tests:           4',
      'Failures:        1',
      'Errors:          1',
      'Skipped:         1',
      'Passed:          1',
      'Outcome:         failed',
      `Canonical Hash:  ${hash.slice(0, 16)}...${hash.slice(-16)}`,
      'Signature:       None',
    ])
  })

  it('exits with 1 for a file it cannot read, with the error as text or as JSON', async () => {
    const text = await runJux(['inspect'], { stdin: 'no xml' })
    const json = await runJux(['inspect', '--json', 'none.xml'])

    expect(text).toMatchObject({ code: 1, out: '' })
    expect(text.err).toContain('XML_PARSE_ERROR (301)')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({ error: 'file not found: none.xml', code: 'FILE_NOT_FOUND' })
  })

  it('colors its output on a terminal but not in a pipe, unless NO_COLOR or FORCE_COLOR says otherwise', async () => {
    const outputs = await Promise.all([
      runJux(['inspect'], { stdin: REPORT, terminal: true }),
      runJux(['inspect'], { stdin: REPORT }),
      runJux(['inspect'], { stdin: REPORT, terminal: true, system: { env: { NO_COLOR: '1' } } }),
      runJux(['inspect'], { stdin: REPORT, system: { env: { FORCE_COLOR: '1' } } }),
    ])

    expect(outputs.map(({ out }) => out.includes('\u001b['))).toEqual([true, false, false, true])
  })

  it('escapes control characters of a report, as text and as JSON', async () => {
    const evil =
      '<testsuites name="&#x9b;2J"><testsuite><properties><property name="a&#10;b" value="&#x202e;x&#x85;"/></properties></testsuite></testsuites>'

    const text = await runJux(['inspect'], { stdin: evil })
    const json = await runJux(['inspect', '--json'], { stdin: evil })

    expect(text.out + json.out).not.toMatch(/[\u0080-\u009f\u202e]/)
    expect(text.out).toContain('a\\u000ab')
    expect(JSON.parse(json.out)).toMatchObject({ name: '\u009b2J' })
  })

  it.each([[[]], [['a.xml', 'b.xml']], [['a.xml', '-i', 'b.xml']]])(
    'exits with 64 for the arguments %j',
    async (flags) => {
      expect(await runJux(['inspect', ...flags])).toMatchObject({ code: 64, out: '' })
    },
  )
})
