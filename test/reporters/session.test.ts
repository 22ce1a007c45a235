import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { quietly } from '../../src/reporters/session.js'
import { created, startServer } from '../support/http-server.js'
import { RUN, sessionScene } from '../support/session-scene.js'

let exitCodeBefore: typeof process.exitCode
beforeEach(() => {
  exitCodeBefore = process.exitCode
})
afterEach(() => {
  process.exitCode = exitCodeBefore
})

describe('a session', () => {
  it('keeps the report of its run and says where', async () => {
    const { session, reports, said } = await sessionScene()

    await session.finish(() => RUN)

    expect(reports()).toHaveLength(1)
    expect(readFileSync(reports()[0] ?? 'none', 'utf8')).toContain('name="adds"')
    expect(said()).toMatch(/jux {2}report {2}~\/store\/reports\/[0-9a-f]{64}\.xml\n/)
    expect(said()).toContain('signed  no')
    expect(session.strictError()).toBeUndefined()
  })

  it('makes one report when it is asked twice at a time, and the next for the next run', async () => {
    const { session, reports } = await sessionScene()

    await Promise.all([session.finish(() => RUN), session.finish(() => RUN)])
    expect(reports()).toHaveLength(1)
    await session.finish(() => ({ ...RUN, runId: 'another' }))

    expect(reports()).toHaveLength(2)
  })

  it('makes none, and says nothing, when it is switched off', async () => {
    const { session, reports, said } = await sessionScene({ enabled: false })

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect([session.settings, session.strictError(), reports(), said()]).toEqual([undefined, undefined, [], ''])
  })

  it('says at once what is wrong with its options, and in the end that there is no report', async () => {
    const { session, reports, said } = await sessionScene({ storageMode: 'lokal' })
    const atOnce = said()

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect(atOnce).toContain('CONFIG_INVALID_VALUE (403)')
    expect(said().slice(atOnce.length)).toMatch(/^\n {2}jux {2}no report of this run: storageMode .*must be local/)
    expect(reports()).toEqual([])
    expect([session.strictError(), process.exitCode]).toEqual([undefined, exitCodeBefore])
  })

  it('fails the run for wrong options under strict', async () => {
    const { session } = await sessionScene({ storageMode: 'lokal', strict: true })

    expect(session.strictError()).toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    expect(process.exitCode).toBe(1)
  })

  it('says which file of its options is missing', async () => {
    const { said } = await sessionScene({ keyPath: 'absent.pem' })

    expect(said()).toContain('keyPath (reporter options) names')
    expect(said()).toContain('KEY_NOT_FOUND (201)')
  })

  it.each([false, true])(
    'changes the exit code for a store that cannot be written only under strict: %s',
    async (strict) => {
      const { session, store, said } = await sessionScene({ strict })
      writeFileSync(store, 'a file where the folder should be')

      await session.finish(() => RUN)

      expect(said()).toMatch(/error {2}.*\n[\s\S]*STORAGE_/)
      expect(session.strictError()?.message === undefined).toBe(!strict)
      expect(process.exitCode).toBe(strict ? 1 : exitCodeBefore)
    },
  )

  it('outlives a run that cannot be gathered', async () => {
    const { session, said } = await sessionScene()
    const fail = () => {
      throw new Error('what the runner gave cannot be read')
    }

    await session.finish(fail)
    session.flush(fail)

    expect(said().match(/error {2}unexpected error: what the runner gave cannot be read\n/g)).toHaveLength(2)
  })

  it('keeps the report of a process that ends, without waiting for anything', async () => {
    const { session, reports, said } = await sessionScene({ storageMode: 'both', apiUrl: 'https://jux.example.com' })

    session.flush(() => RUN)

    expect(reports()).toHaveLength(1)
    expect(said()).toContain('the process ended before the report could be submitted; the report is kept')
  })

  it('keeps the very report that is on its way when the process ends meanwhile', async () => {
    const server = await startServer(created)
    const { session, reports } = await sessionScene({ storageMode: 'both', apiUrl: server.url })

    const finishing = session.finish(() => RUN)
    while (reports().length === 0) await new Promise((resolve) => setImmediate(resolve))
    session.flush(() => ({ ...RUN, runId: 'another' }))
    await finishing

    expect(reports()).toHaveLength(1)
  })

  it('shows what it would send in a dry run, and keeps nothing', async () => {
    const { session, reports, said } = await sessionScene({
      storageMode: 'api',
      apiUrl: 'https://jux.example.com',
      dryRun: true,
    })

    await session.finish(() => RUN)
    session.flush(() => RUN)

    expect(said().match(/https:\/\/jux\.example\.com\S*/g)).toHaveLength(2)
    expect(reports()).toEqual([])
  })

  it('tells under verbose what it asks the server', async () => {
    const server = await startServer(created)
    const settings = { storageMode: 'api', apiUrl: server.url }
    const quiet = await sessionScene(settings)
    const verbose = await sessionScene({ ...settings, verbose: true })

    await quiet.session.finish(() => RUN)
    await verbose.session.finish(() => RUN)

    expect(verbose.said()).toContain(`jux  POST ${server.url}`)
    expect(quiet.said()).not.toContain('POST')
  })

  it('writes no secret of the environment, wherever it comes from', async () => {
    const secret = 'hunter2hunter2hunter2'
    const { session, said } = await sessionScene(
      { storageMode: 'api', apiUrl: 'http://127.0.0.1:1', apiMaxRetries: 0 },
      { MY_TOKEN: secret },
    )

    await session.finish(() => {
      throw new Error(`cannot read ${secret}`)
    })

    expect(said()).toContain('cannot read [secret:env:MY_TOKEN]')
    expect(said()).not.toContain(secret)
  })

  it('prints causes with JUX_DEBUG=1', async () => {
    const { session, said } = await sessionScene({}, { JUX_DEBUG: '1' })

    await session.finish(() => {
      throw new Error('outer', { cause: new Error('inner') })
    })

    expect(said()).toMatch(/Error: inner\n +at /)
  })
})

describe('quietly', () => {
  it('lets no surprise in an event reach the runner', () => {
    let called = 0

    quietly(() => {
      called += 1
      throw new TypeError('no such field')
    })

    expect(called).toBe(1)
  })
})
