import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { signWaiver, type WaiverContent } from '../../src/gate/waivers.js'
import { loadSigner } from '../../src/sign/keys.js'
import { newKeyPair, privatePem, publicPem } from '../support/keys.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'
import { fixedSystem } from '../support/system.js'

const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url))
const [RUN, LEAD, OTHER] = [newKeyPair('P-256'), newKeyPair('P-256'), newKeyPair('P-256')]
const signerOf = (pair: typeof LEAD) => loadSigner({ key: privatePem(pair) }, fixedSystem())

const VITEST_SPEC = (body: string) => `import { afterAll, expect, test } from 'vitest'\nvoid afterAll\n${body}`
const FAILS = "test('pays', () => { expect(1).toBe(2) })\n"
const PASSES = "test('ships', () => {})\n"

interface Part {
  readonly test?: string
  readonly expires?: string
  readonly project?: string
  readonly by?: typeof LEAD
}

/** A project with tests, and the folder `waivers`. */
async function project(files: Readonly<Record<string, string>>, waivers: readonly Part[]): Promise<ScratchProject> {
  const scratch = scratchProject({ 'package.json': '{"name":"scratch"}', 'lead.pub.pem': publicPem(LEAD), ...files })
  mkdirSync(join(scratch.dir, 'waivers'))
  for (const [at, { by = LEAD, ...part }] of waivers.entries()) {
    const content: WaiverContent = {
      version: 1,
      test: 'a.test.mjs > pays',
      reason: 'the bank is down',
      owner: 'payments',
      expires: '2999-12-31',
      created: '2026-01-01T00:00:00.000Z',
      ...part,
    }
    const text = JSON.stringify(signWaiver(content, await signerOf(by)))
    writeFileSync(join(scratch.dir, 'waivers', `${at}.waiver.json`), text)
  }
  return scratch
}

const vitest = (
  body: string,
  waivers: readonly Part[] = [{}],
  test = '',
  rest: Readonly<Record<string, string>> = {},
) =>
  project(
    {
      'a.test.mjs': VITEST_SPEC(body),
      'vitest.config.mjs': `export default { test: { reporters: ['default', 'jux-reporter/vitest'], ${test} } }\n`,
      ...rest,
    },
    waivers,
  )

/** The reason for a process that failed again after its tests. */
const FAILED_LATE = expect.stringMatching(
  /\(error\) CommandFailed.* is no test but an error of the run, which cannot be waived$/,
)

const FLAGS = ['--waivers', 'waivers', '--approver', 'lead.pub.pem']
const VITEST = [process.execPath, join(MODULES, 'vitest', 'vitest.mjs'), 'run']
const JEST = [process.execPath, join(MODULES, 'jest', 'bin', 'jest.js')]

const run = (scratch: ScratchProject, words: readonly string[] = VITEST, flags: readonly string[] = FLAGS) =>
  scratch.jux(['run', ...flags, '--', ...words], { JUX_KEY: privatePem(RUN) })

/** Runs, and returns the exit code and the line that says why the waivers did not apply. */
async function refusal(scratch: ScratchProject, words?: readonly string[], flags?: readonly string[]) {
  const { status, stderr } = await run(scratch, words, flags)
  return [status, /the waivers do not apply: (.*)/.exec(stderr)?.[1]]
}

describe('jux run --waivers with Vitest', () => {
  it('ends with 0 if each failed test has a waiver, names them, and leaves the report failed', async () => {
    const scratch = await vitest(FAILS + PASSES)

    const { status, stderr } = await run(scratch)

    expect(stderr).toContain('waived: a.test.mjs > pays until 2999-12-31: the bank is down (payments)')
    expect(stderr).toContain('jux run ends with 0; the exit code of the command was 1')
    expect(status).toBe(0)
    const [report = ''] = scratch.reports().map((path) => readFileSync(path, 'utf8'))
    expect(report).toContain('<property name="jux:outcome" value="failed">')
    expect(report).toContain('<property name="jux:exit_code" value="1">')
  })

  it('passes the exit code through without the flag', async () => {
    expect((await run(await vitest(FAILS), VITEST, [])).status).toBe(1)
  })

  it.each<[string, string, readonly Part[], string]>([
    [
      'another test failed',
      `${FAILS}test('sells', () => { throw new Error('no') })`,
      [{}],
      'a.test.mjs > sells has no waiver',
    ],
    [
      'its waiver has expired',
      FAILS,
      [{ expires: '2026-01-01' }],
      'the waiver for a.test.mjs > pays expired on 2026-01-01',
    ],
    ['the key of the report signed it', FAILS, [{ by: RUN }], 'a.test.mjs > pays has no waiver'],
    ['a stranger signed it', FAILS, [{ by: OTHER }], 'a.test.mjs > pays has no waiver'],
    ['it is of another project', FAILS, [{ project: 'web' }], 'a.test.mjs > pays has no waiver'],
    [
      'a hook fails, too',
      `${FAILS}afterAll(() => { throw new Error('hook') })`,
      [{}],
      'a.test.mjs > (afterAll) is no test but an error of the run, which cannot be waived',
    ],
  ])('ends with the code of the command if %s', async (_, body, waivers, reason) => {
    expect(await refusal(await vitest(body, waivers))).toEqual([1, reason])
  })

  it('does not accept the key that signs the report as an approver', async () => {
    const scratch = await vitest(FAILS, [{ by: RUN }])
    writeFileSync(join(scratch.dir, 'lead.pub.pem'), publicPem(RUN))

    expect(await refusal(scratch)).toEqual([
      1,
      'the waiver for a.test.mjs > pays is signed with the key that signs the report',
    ])
  })

  it('names a file that is no waiver in one line, and goes on with the others', async () => {
    const scratch = await vitest(FAILS)
    writeFileSync(join(scratch.dir, 'waivers', 'bad.waiver.json'), 'nothing')

    const { status, stderr } = await run(scratch)

    expect(stderr.match(/no waiver: bad\.waiver\.json: .+/g)).toHaveLength(1)
    expect(status).toBe(0)
  })

  it('takes no waiver and no key that a test has written', async () => {
    const forged = await vitest(FAILS, [{ by: OTHER }])
    writeFileSync(join(forged.dir, 'other.pub.pem'), publicPem(OTHER))
    const writes = "import { copyFileSync } from 'node:fs'\ncopyFileSync('other.pub.pem', 'lead.pub.pem')\n"
    writeFileSync(join(forged.dir, 'a.test.mjs'), VITEST_SPEC(writes + FAILS))

    expect(await refusal(forged)).toEqual([1, 'a.test.mjs > pays has no waiver'])
    expect(readFileSync(join(forged.dir, 'lead.pub.pem'), 'utf8')).toBe(publicPem(OTHER))
  })

  it.each([
    ['globalSetup', "globalSetup: './setup.mjs'"],
    ['coverage', 'coverage: { enabled: true, reporter: [] }'],
    ['bail, which leaves tests out', 'bail: 1'],
  ])('ends with the code of the command where it may be due to %s', async (cause, config) => {
    const scratch = await vitest(FAILS, [{}], config, {
      'setup.mjs': "export const teardown = () => { throw new Error('teardown') }\nexport const setup = () => {}\n",
    })

    expect(await refusal(scratch)).toEqual([1, `the exit code may be due to ${cause}`])
  })

  it('ends with the code of the command if that is more than a runner, or another code', async () => {
    const scratch = await vitest(FAILS)
    writeFileSync(
      join(scratch.dir, 'both.mjs'),
      `import { spawnSync } from 'node:child_process'
const [program, ...words] = ${JSON.stringify(VITEST)}
spawnSync(program, words, { stdio: 'inherit' })
process.exitCode = Number(process.argv[2])
`,
    )

    expect(await refusal(scratch, [process.execPath, 'both.mjs', '1'])).toEqual([
      1,
      'the command is more than a test runner; name the runner itself',
    ])
    expect(await refusal(scratch, [process.execPath, 'both.mjs', '3'])).toEqual([
      3,
      'exit code 3 is not that of failed tests',
    ])
  })

  it('ends with the code of the command if an error happened outside of the tests', async () => {
    const body = `${FAILS}test('later', async () => { setTimeout(() => { throw new Error('late') }, 0); await new Promise((r) => setTimeout(r, 50)) })`

    const [code, reason] = await refusal(await vitest(body))

    expect(code).toBe(1)
    expect(reason).toMatch(/^the outcome of the run is error$|cannot be waived$/)
  })

  it('ends with the code of the command if a .only that is not allowed has left tests out', async () => {
    const body = `test.only('pays', () => {})\ntest('sells', () => { throw new Error('no') })`

    const scratch = await vitest(body, [{}], 'allowOnly: false')

    expect(await refusal(scratch)).toEqual([
      1,
      'the exit code may be due to .only, which is not allowed and leaves tests out',
    ])
    const [report = ''] = scratch.reports().map((path) => readFileSync(path, 'utf8'))
    expect(report).toContain('<property name="jux:only" value="possible">')
  })

  it('ends with the code of the command if another reporter has failed after the tests', async () => {
    const scratch = await vitest(FAILS, [{}], '', {
      'vitest.config.mjs': `const late = { onTestRunEnd: async () => { await new Promise((r) => setTimeout(r, 200)); throw new Error('no disk') } }
export default { test: { reporters: ['default', 'jux-reporter/vitest', late] } }
`,
    })

    const [code, reason] = await refusal(scratch)

    expect([code, reason]).toEqual([1, FAILED_LATE])
  })

  it('ends with the code of the command that is a script with the name of a runner', async () => {
    const scratch = await vitest(FAILS, [{}], '', {
      'scripts/vitest.mjs': `import { spawnSync } from 'node:child_process'
const [program, ...words] = ${JSON.stringify(VITEST)}
spawnSync(program, words, { stdio: 'inherit' })
process.exitCode = 1
`,
    })

    expect(await refusal(scratch, [process.execPath, 'scripts/vitest.mjs'])).toEqual([
      1,
      'the command is more than a test runner; name the runner itself',
    ])
  })

  it('ends with the code of the command if no key of an approver can be read', async () => {
    const scratch = await vitest(FAILS)

    const { status, stderr } = await run(scratch, VITEST, ['--waivers', 'waivers', '--approver', 'absent.pem'])

    expect(stderr).toMatch(/no waivers of waivers: .*absent\.pem/)
    expect(status).toBe(1)
  })

  it('fails under strict although each failure is waived, if there is no report', async () => {
    const scratch = await vitest(FAILS)

    const { status, stderr } = await scratch.jux(['run', '--strict', ...FLAGS, '--', ...VITEST], {
      JUX_KEY: 'no key',
    })

    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('the waivers do not apply: there is no report of the run'),
    ])
  })

  it.each([
    [['--waivers', 'waivers'], '--waivers needs --approver'],
    [['--approver', 'lead.pub.pem'], '--approver needs --waivers'],
    [[...FLAGS, '--junit', 'a.xml'], '--waivers cannot be used with --junit'],
  ])('refuses %j before anything runs', async (flags, message) => {
    const scratch = await vitest(FAILS)

    const { status, stderr } = await run(scratch, VITEST, flags)

    expect([status, stderr]).toEqual([64, expect.stringContaining(message)])
    expect(readdirSync(scratch.dir)).not.toContain('jux')
  })
})

describe('jux run --waivers with Jest', () => {
  const jest = (config: string, body = FAILS, rest: Readonly<Record<string, string>> = {}) =>
    project(
      {
        'a.test.js': body,
        'jest.config.js': `module.exports = { reporters: ['default', 'jux-reporter/jest'], ${config} }\n`,
        ...rest,
      },
      [{ test: 'a.test.js > pays' }],
    )

  it('ends with 0 if each failed test has a waiver', async () => {
    const { status, stderr } = await run(await jest(''), JEST)

    expect(stderr).toContain('waived: a.test.js > pays until 2999-12-31')
    expect(status).toBe(0)
  })

  it.each([
    ['globalTeardown', "globalTeardown: './teardown.js'"],
    ['globalTeardown', "projects: [{ displayName: 'one', globalTeardown: '<rootDir>/teardown.js' }]"],
    ['collectCoverage', 'collectCoverage: true, coverageReporters: []'],
    ['bail, which leaves tests out', 'bail: 1'],
  ])('ends with the code of the command where it may be due to %s (%s)', async (cause, config) => {
    const teardown = { 'teardown.js': "module.exports = () => { throw new Error('teardown') }\n" }

    const [code, reason] = await refusal(await jest(config, FAILS, teardown), JEST)

    expect(code).toBe(1)
    expect(reason).toBe(`the exit code may be due to ${cause}`)
  })

  it.each<[string, string, string, readonly string[], unknown]>([
    [
      'a timer that a test has left behind throws',
      '',
      `${FAILS}test('leaves', () => { setTimeout(() => { throw new Error('late') }, 800) })`,
      ['--runInBand'],
      FAILED_LATE,
    ],
    ['the results cannot be written', '', FAILS, ['--json', '--outputFile=absent/results.json'], FAILED_LATE],
    [
      'another reporter has failed',
      "reporters: ['default', 'jux-reporter/jest', '<rootDir>/late.js'],",
      FAILS,
      [],
      FAILED_LATE,
    ],
    [
      'something else decides the result',
      "testResultsProcessor: '<rootDir>/process.js',",
      FAILS,
      [],
      'the exit code may be due to testResultsProcessor',
    ],
    [
      'process.exitCode was set before the tests',
      "globalSetup: '<rootDir>/setup.js',",
      FAILS,
      [],
      'the exit code may be due to process.exitCode, which was set before the end of the run',
    ],
  ])('ends with the code of the command if %s', async (_, config, body, args, reason) => {
    const scratch = await jest(config, body, {
      'late.js': "module.exports = class { async onRunComplete() { throw new Error('no disk') } }\n",
      'process.js': 'module.exports = (results) => results\n',
      'setup.js': 'module.exports = () => { process.exitCode = 1 }\n',
    })

    expect(await refusal(scratch, [...JEST, ...args])).toEqual([1, reason])
  })

  it.each([[['--forceExit']], [['--runInBand']], [['--json', '--outputFile=results.json']]])(
    'ends with 0 with %j, too',
    async (args) => {
      expect((await run(await jest(''), [...JEST, ...args])).status).toBe(0)
    },
  )

  it('ends with the code of the command if a test has set process.exitCode', async () => {
    const body = `${FAILS}test('sets', () => { process.exitCode = 1 })`

    expect(await refusal(await jest('', body), [...JEST, '--runInBand'])).toEqual([
      1,
      'the exit code may be due to process.exitCode, which was set before the end of the run',
    ])
  })
})
