import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onProcessExit, quietly } from '../../src/reporters/runner-events.js'
import { temporaryFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { newKeyPair, privatePem, writeSecret } from '../support/keys.js'
import { exitNow } from '../support/reporting.js'
import { RUN, sessionScene } from '../support/session-scene.js'

let exitCodeBefore: typeof process.exitCode
beforeEach(() => {
  exitCodeBefore = process.exitCode
})
afterEach(() => {
  process.exitCode = exitCodeBefore
})

describe('ReporterSession', () => {
  it('compares the two ways of rendering under JUX_CHECK_RENDERING=1, and says how many files ended early', async () => {
    const { session, written, reports } = await sessionScene({}, { JUX_CHECK_RENDERING: '1' })
    const early = RUN.modules.flatMap((module) => session.renderEarly(module, RUN.rootDir) ?? [])

    await session.finish((isKept) => (isKept === undefined ? RUN : { ...RUN, modules: early.filter(isKept) }))
    await session.finish(() => RUN)

    expect(reports()).toHaveLength(1)
    expect(written()).toContain('rendering checked: 1 of 1 files were rendered early, the same bytes')
    expect(written()).toContain('rendering checked: 0 of 1 files were rendered early, not compared')
  })

  it('says DIFFERENT BYTES under JUX_CHECK_RENDERING=1 if they are, and stores the whole run', async () => {
    const { session, written, reports } = await sessionScene({ verbose: true }, { JUX_CHECK_RENDERING: '1' })
    const early = RUN.modules.flatMap((module) => session.renderEarly(module, RUN.rootDir) ?? [])

    await session.finish((isKept) => (isKept === undefined ? { ...RUN, durationMs: 1 } : { ...RUN, modules: early }))

    expect(written()).toContain('DIFFERENT BYTES')
    expect(readFileSync(reports()[0] ?? 'none', 'utf8')).toContain('time="0.001"')
  })

  it('writes the paths of files relative to the repository, in both ways of rendering, before git has answered', async () => {
    const { session, written, reports } = await sessionScene({}, { JUX_CHECK_RENDERING: '1' }, 'packages/api')
    const early = RUN.modules.flatMap((module) => session.renderEarly(module, RUN.rootDir) ?? [])

    await session.finish((isKept) => (isKept === undefined ? RUN : { ...RUN, modules: early.filter(isKept) }))

    expect(written()).toContain('1 of 1 files were rendered early, the same bytes')
    const xml = readFileSync(reports()[0] ?? 'none', 'utf8')
    expect(xml).toContain('<testcase classname="test/a.test.ts" file="packages/api/test/a.test.ts"')
    expect(xml).toContain('<testsuite errors="0" failures="0" file="packages/api/test/a.test.ts"')
  })

  it.each([
    [{ filePaths: 'project' }, 'packages/api', 'test/a.test.ts'],
    [{ filePaths: 'apps/web/' }, 'packages/api', 'apps/web/test/a.test.ts'],
    [{ filePaths: 'apps/web/' }, undefined, 'apps/web/test/a.test.ts'],
    [{ filePaths: 'repository' }, '', 'test/a.test.ts'],
    [{}, undefined, 'test/a.test.ts'],
  ])('with the options %j in the folder %j of a repository writes the file %s', async (options, repository, file) => {
    const { session, reports } = await sessionScene(options, {}, repository)

    await session.finish(() => RUN)

    expect(readFileSync(reports()[0] ?? 'none', 'utf8')).toContain(
      `<testcase classname="test/a.test.ts" file="${file}"`,
    )
  })

  it.each([
    ['JUX_FILE_PATHS', 'packages', 'repository, project, or a path that ends with /'],
    ['JUX_FILE_PATHS', '../other/', 'repository, project, or a path that ends with /'],
    ['JUX_NOTHING_TO_RUN', 'fine', 'auto, error or skipped'],
  ])('says what %s must be instead of %j', async (name, value, form) => {
    const { written } = await sessionScene({}, { [name]: value })

    expect(written()).toContain(`${name} must be ${form}, not "${value}"`)
  })

  it('replaces a secret in the path of the project in its repository', async () => {
    const secret = 'split-secret-0123456789'
    const { session, reports } = await sessionScene({}, { API_TOKEN: secret }, `packages/${secret}`)

    await session.finish(() => RUN)

    const xml = readFileSync(reports()[0] ?? 'none', 'utf8')
    expect(xml).not.toContain(secret)
    expect(xml).toMatch(/file="packages\/\[secret:[^"/]+\]\/test\/a\.test\.ts"/)
  })

  it.each([
    [true, 'none ran: the outcome is no-tests, which is not passed'],
    [undefined, 'none ran, which is an error in the report; JUX_NOTHING_TO_RUN=skipped changes that'],
  ])('says in the receipt that no test ran if nothingToRunIsFine is %s', async (nothingToRunIsFine, text) => {
    const { session, written } = await sessionScene()

    await session.finish(() => ({ ...RUN, modules: [], outcome: 'no-tests', nothingToRunIsFine }))

    expect(written()).toMatch(/\n {7}tests {3}none ran/)
    expect(written()).toContain(text)
  })

  it('renders no file early without a report', async () => {
    const { session } = await sessionScene({ enabled: false })

    expect(RUN.modules.map((module) => session.renderEarly(module, RUN.rootDir))).toEqual([undefined])
  })

  it('stores the report of its run and prints where', async () => {
    const { session, reports, written } = await sessionScene()

    await session.finish(() => RUN)

    expect(reports()).toHaveLength(1)
    expect(readFileSync(reports()[0] ?? 'none', 'utf8')).toContain('name="adds"')
    expect(written()).toMatch(/jux {2}report {2}store\/reports\/[0-9a-f]{64}\.xml\n/)
    expect(written()).toContain('signed  no')
    expect(session.strictError()).toBeUndefined()
  })

  it('makes one report for two calls of finish at a time, and another one for the next run', async () => {
    const { session, reports } = await sessionScene()

    await Promise.all([session.finish(() => RUN), session.finish(() => RUN)])
    expect(reports()).toHaveLength(1)
    await session.finish(() => ({ ...RUN, runId: 'another' }))

    expect(reports()).toHaveLength(2)
  })

  it('makes no report and prints nothing when enabled is false', async () => {
    const { session, reports, written } = await sessionScene({ enabled: false })

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect([session.settings, session.strictError(), reports(), written()]).toEqual([undefined, undefined, [], ''])
  })

  it.each([
    ['makes no report and prints nothing in a mutation worker of Stryker', {}, {}, 0],
    ['makes the report of a mutation worker if JUX_ENABLED asks for it', {}, { JUX_ENABLED: 'true' }, 1],
    ['makes the report of a mutation worker if the option enabled asks for it', { enabled: true }, {}, 1],
  ] as const)('%s', async (_title, options, env, count) => {
    const { session, reports, written } = await sessionScene(options, { STRYKER_MUTATOR_WORKER: '0', ...env })

    await session.finish(() => RUN)

    expect(reports()).toHaveLength(count)
    if (count === 0) expect([session.settings, session.strictError(), written()]).toEqual([undefined, undefined, ''])
  })

  it('prints at once what is wrong with its options, and at the end that there is no report', async () => {
    const { session, reports, written } = await sessionScene({ dialect: 'junit' })
    const atOnce = written()

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect(atOnce).toContain('CONFIG_INVALID_VALUE (403)')
    expect(written().slice(atOnce.length)).toMatch(/^\n {2}jux {2}no report of this run: dialect .*must be common/)
    expect(reports()).toEqual([])
    expect([session.strictError(), process.exitCode]).toEqual([undefined, exitCodeBefore])
  })

  it('fails the run for invalid options under strict', async () => {
    const { session } = await sessionScene({ dialect: 'junit', strict: true })

    expect(session.strictError()).toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    expect(process.exitCode).toBe(1)
  })

  it.each([
    [{ storageMode: 'both', apiUrl: 'nowhere' }, 'apiUrl (reporter options) must be an http'],
    [{ submit: true, storageMode: 'local' }, 'submit (reporter options) asks to send reports, but storageMode'],
    [{ storageMode: 'bth' }, 'storageMode (reporter options) must be local, api, both or cache'],
    [{ storageMode: 'api', caFile: 'absent.pem' }, 'caFile (reporter options) names'],
    [{ storageMode: 'api', apiUrl: 'http://jux.example.com', apiKey: 'k' }, 'plain http to jux.example.com'],
    [{ storageMode: 'both', submitTimeout: 10, apiTimeout: 20 }, 'set apiTimeout to different values'],
  ])('stores the report in spite of a mistake that concerns only its submission: %j', async (options, message) => {
    const { session, reports, written } = await sessionScene(options)
    const atOnce = written()

    await session.finish(() => RUN)

    const atEnd = written().slice(atOnce.length)
    expect(atOnce).toContain(message)
    expect(atOnce).toMatch(/^\nerror {2}/)
    expect(reports()).toHaveLength(1)
    expect(atEnd).not.toContain('error')
    expect(atEnd.match(/not submitted: /g)).toHaveLength(1)
    expect([session.strictError(), process.exitCode]).toEqual([undefined, exitCodeBefore])
  })

  it('fails the run for a mistake that concerns only the submission under strict, and stores the report', async () => {
    const { session, reports } = await sessionScene({ storageMode: 'both', apiUrl: 'nowhere', strict: true })

    await session.finish(() => RUN)

    expect(session.strictError()).toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    expect(process.exitCode).toBe(1)
    expect(reports()).toHaveLength(1)
  })

  it('does not say that a report is not submitted when nothing was to be submitted', async () => {
    const { session, reports, written } = await sessionScene({ apiTimeout: 'soon' })

    await session.finish(() => RUN)

    expect(written()).toContain('apiTimeout (reporter options) must be a number of seconds')
    expect(written()).not.toContain('not submitted')
    expect(reports()).toHaveLength(1)
  })

  it('lists in the job summary why the report is not submitted', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    const { session } = await sessionScene({ storageMode: 'api', apiUrl: 'nowhere' }, { GITHUB_STEP_SUMMARY: file })

    await session.finish(() => RUN)

    expect(readFileSync(file, 'utf8')).toContain('not submitted: apiUrl (reporter options) must be')
  })

  it('names the place of a key that cannot be used, and stores no unsigned report', async () => {
    const noise = writeSecret(temporaryFolder(), 'noise.pem', 'no key')
    const { session, reports, written } = await sessionScene({ keyPath: noise })

    await session.finish(() => RUN)

    expect(written()).toContain(`keyPath (reporter options) cannot be used: ${noise} is not a private key`)
    expect(written()).toContain('export JUX_SIGN=false')
    expect(reports()).toEqual([])
  })

  it('prints which file of its options is missing', async () => {
    const { written } = await sessionScene({ keyPath: 'absent.pem' })

    expect(written()).toContain('keyPath (reporter options) names')
    expect(written()).toContain('KEY_NOT_FOUND (201)')
  })

  it.each([false, true])(
    'changes the exit code for a store that cannot be written only under strict: %s',
    async (strict) => {
      const { session, store, written } = await sessionScene({ strict })
      writeFileSync(store, 'a file where the folder should be')

      await session.finish(() => RUN)

      expect(written()).toMatch(/error {2}.*\n[\s\S]*STORAGE_/)
      expect(session.strictError()?.message === undefined).toBe(!strict)
      expect(process.exitCode).toBe(strict ? 1 : exitCodeBefore)
    },
  )

  it('prints an error for a run that cannot be gathered, and does not throw', async () => {
    const { session, written } = await sessionScene()
    const fail = () => {
      throw new Error('what the runner gave cannot be read')
    }

    await session.finish(fail)
    session.flush(fail)

    expect(written().match(/error {2}unexpected error: what the runner gave cannot be read\n/g)).toHaveLength(2)
  })

  it('stores the report of a process that exits, synchronously', async () => {
    const { session, reports, written } = await sessionScene({ storageMode: 'both', apiUrl: 'https://jux.example.com' })

    session.flush(() => RUN)

    expect(reports()).toHaveLength(1)
    expect(written()).toContain('the process ended before the report could be submitted; the report is stored at ')
  })

  it('stores no second report when the process exits while the first one is submitted', async () => {
    const server = await startServer(created)
    const { session, reports } = await sessionScene({ storageMode: 'both', apiUrl: server.url })

    const finishing = session.finish(() => RUN)
    while (reports().length === 0) await new Promise((resolve) => setImmediate(resolve))
    session.flush(() => ({ ...RUN, runId: 'another' }))
    await finishing

    expect(reports()).toHaveLength(1)
  })

  it('prints in a dry run what it would submit, even when the process exits, and stores nothing', async () => {
    const { session, reports, written } = await sessionScene({
      storageMode: 'api',
      apiUrl: 'https://jux.example.com',
      dryRun: true,
    })

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect(written().match(/https:\/\/jux\.example\.com\S*/g)).toHaveLength(2)
    expect(reports()).toEqual([])
  })

  it('prints its requests under verbose only', async () => {
    const server = await startServer(created)
    const settings = { storageMode: 'api', apiUrl: server.url }
    const quiet = await sessionScene(settings)
    const verbose = await sessionScene({ ...settings, verbose: true })

    await quiet.session.finish(() => RUN)
    await verbose.session.finish(() => RUN)

    expect(verbose.written()).toContain(`jux  POST ${server.url}`)
    expect(quiet.written()).not.toContain('POST')
  })

  it('prints no secret of the environment, wherever the text comes from', async () => {
    const secret = 'hunter2hunter2hunter2'
    const { session, written } = await sessionScene(
      { storageMode: 'api', apiUrl: 'http://127.0.0.1:1', apiMaxRetries: 0 },
      { MY_TOKEN: secret },
    )

    await session.finish(() => {
      throw new Error(`cannot read ${secret}`)
    })

    expect(written()).toContain('cannot read [secret:env:MY_TOKEN]')
    expect(written()).not.toContain(secret)
  })

  it('prints the causes of an error with JUX_DEBUG=1', async () => {
    const { session, written } = await sessionScene({}, { JUX_DEBUG: '1' })

    await session.finish(() => {
      throw new Error('outer', { cause: new Error('inner') })
    })

    expect(written()).toMatch(/Error: inner\n +at /)
  })
})

describe('ReporterSession in a GitHub job', () => {
  it('appends a summary with the signer and the verify command, and keeps the text of the file', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    writeFileSync(file, 'from another step\n')
    const key = writeSecret(temporaryFolder(), 'my key.pem', privatePem(newKeyPair('P-256')))
    const { session, written } = await sessionScene({ keyPath: key }, { GITHUB_STEP_SUMMARY: file })

    await session.finish(() => RUN)

    const text = readFileSync(file, 'utf8')
    expect(written()).toMatch(/signed {2}ECDSA P-256, key [0-9a-f]{16}\n/)
    expect(text).toMatch(/^from another step\n/)
    expect(text).toMatch(/npx jux-reporter verify [0-9a-f]{64}\.xml --public-key &#39;[^']*my key\.pub\.pem&#39;/)
  })

  it('prints why there is no summary when the file is full or cannot be written, and stores its report', async () => {
    const full = join(temporaryFolder(), 'full.md')
    writeFileSync(full, 'x'.repeat(1024 * 1024))

    for (const [file, words] of [
      [full, 'no job summary: the summary of this step is full'],
      [temporaryFolder(), '(EISDIR)'],
    ] as const) {
      const { session, reports, written } = await sessionScene({}, { GITHUB_STEP_SUMMARY: file })
      await session.finish(() => RUN)
      expect(written()).toContain(words)
      expect(reports()).toHaveLength(1)
    }
  })

  it('writes no summary when jobSummary is false', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    const { session } = await sessionScene({ jobSummary: false }, { GITHUB_STEP_SUMMARY: file })

    await session.finish(() => RUN)

    expect(existsSync(file)).toBe(false)
  })

  it('lists errors in the summary', async () => {
    const file = join(temporaryFolder(), 'summary.md')
    const { session } = await sessionScene(
      { storageMode: 'api', apiUrl: 'http://127.0.0.1:1', apiMaxRetries: 0 },
      { GITHUB_STEP_SUMMARY: file },
    )

    await session.finish(() => RUN)

    expect(readFileSync(file, 'utf8')).toContain('the report is not stored')
  })
})

describe('quietly', () => {
  it('calls the function once and ignores what it throws', () => {
    let called = 0

    quietly(() => {
      called += 1
      throw new TypeError('no such field')
    })

    expect(called).toBe(1)
  })
})

describe('onProcessExit', () => {
  it('calls back once at exit, before other listeners, and ignores what the callback throws', () => {
    const calls: string[] = []
    const other = () => calls.push('other')
    process.once('exit', other)
    onProcessExit(() => {
      calls.push('ours')
      throw new Error('ignored')
    })

    exitNow()
    process.removeListener('exit', other)

    expect(calls).toEqual(['ours'])
  })

  it('does not call back once it is cancelled', () => {
    const before = process.listenerCount('exit')

    onProcessExit(() => {})()

    expect(process.listenerCount('exit')).toBe(before)
  })
})
