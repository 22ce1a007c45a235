import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Witness } from '../../src/cli/run/witness.js'
import { exitFile } from '../../src/witness/protocol.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { aModule, aRun, aTest } from '../support/runs.js'
import { accepted, casesOf, property, witnessScene } from '../support/witness-scene.js'

const A = aModule({ file: 'a.test.ts', tests: [aTest({ id: 'a1', title: 'adds' })] })
const B = aModule({ file: 'b.test.ts', tests: [aTest({ id: 'b1', title: 'divides' })] })
const OK = { exitCode: 0 }

describe('results that a reporter hands over', () => {
  it('become one report with the key of jux run, whether they were sent file by file or at the end', async () => {
    const scene = await witnessScene({ env: { JUX_KEY: privatePem(newKeyPair('P-256')) } })
    const session = accepted(await scene.connect())

    const sent = session.renderEarly(A, '/repo/project')
    await session.finish((isKept) => {
      expect(sent && isKept?.(sent)).toBe(true)
      return aRun({ modules: [sent ?? A, B] })
    })
    expect(scene.reports()).toEqual([])
    const result = await scene.witness.finish(OK)

    const [text, ...others] = scene.reports()
    expect(result).toEqual({
      runs: 1,
      ended: [expect.objectContaining({ runner: 'vitest', isComplete: true, exitCauses: undefined })],
      strictError: undefined,
    })
    expect(others).toEqual([])
    expect(casesOf(text)).toEqual(['adds', 'divides'])
    expect(text).toContain('<ds:SignatureValue>')
    expect(['jux:exit_code', 'jux:witness', 'jux:outcome'].map((name) => property(text, name))).toEqual([
      '0',
      'same-user',
      'passed',
    ])
  })

  it('are on the disk while the command runs, and no longer when they are in a report', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect())
    session.fileStarted?.({ id: 'b.test.ts', file: 'b.test.ts' })
    session.renderEarly(A, '/repo/project')
    await expect
      .poll(() =>
        scene
          .spooled()
          .map((path) => readFileSync(path, 'utf8'))
          .join(''),
      )
      .toContain('"adds"')

    const [path = ''] = scene.spooled()
    const [header, started] = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line))
    expect(header).toMatchObject({ run: { runner: { name: 'vitest' } }, isSigned: false })
    expect(started).toEqual({ started: { id: 'b.test.ts', file: 'b.test.ts' } })
    await session.finish(() => aRun({ modules: [A] }))
    await scene.witness.finish(OK)

    expect(scene.spooled()).toEqual([])
    expect(scene.reports()).toHaveLength(1)
  })

  it('are an error of the run if they are green and their command failed', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect())
    await session.finish(() => aRun({ modules: [A] }))

    await scene.witness.finish({ exitCode: 3 })

    const [text] = scene.reports()
    expect([property(text, 'jux:outcome'), property(text, 'jux:exit_code')]).toEqual(['error', '3'])
    expect(text).toContain('the command ended with exit code 3 although no test failed')
  })

  it('stay green beside a red run of the same command, which explains its exit code', async () => {
    const scene = await witnessScene()
    for (const module of [A, aModule({ tests: [aTest({ status: 'failed' })] })]) {
      const session = accepted(await scene.connect({ projectName: module.file }))
      await session.finish(() => aRun({ modules: [module] }))
    }

    const result = await scene.witness.finish({ exitCode: 1 })

    expect(result.runs).toBe(2)
    expect(
      scene
        .reports()
        .map((text) => property(text, 'jux:outcome'))
        .sort(),
    ).toEqual(['failed', 'passed'])
  })

  it('have names and properties from the functions of the options, with what these threw', async () => {
    const scene = await witnessScene()
    const options = {
      testName: ({ title }: { title: string }) => `${title}!`,
      className: () => {
        throw new Error('no class today')
      },
      metadata: (run: { modules: readonly unknown[] }) => ({ files: run.modules.length }),
      testProperties: () => Promise.resolve({}),
    }
    const session = accepted(await scene.connect(options))
    await session.finish(() => aRun({ modules: [A] }))

    await scene.witness.finish(OK)

    const [text] = scene.reports()
    expect([casesOf(text), property(text, 'files')]).toEqual([['adds!'], '1'])
    expect(scene.printed()).toContain('the function className failed: no class today')
    expect(property(text, 'jux:test_properties_error')).toBe('it returned a promise, not an object')
  })

  it('are complete if the process of the runner exits before they can be taken', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect())
    const sent = session.renderEarly(A, '/repo/project')

    session.flush(() => aRun({ modules: [sent ?? A, B], outcome: 'failed' }))
    await scene.witness.finish({ exitCode: 1 })

    expect(casesOf(scene.reports()[0])).toEqual(['adds', 'divides', '(run)'])
    expect(property(scene.reports()[0], 'jux:outcome')).toBe('failed')
  })

  it('are interrupted if the process is gone, and name the file that was running', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect())
    session.fileStarted?.({ id: 'b.test.ts', file: 'b.test.ts' })
    session.renderEarly(A, '/repo/project')

    await scene.witness.finish({ signal: 'SIGKILL' })

    const [text] = scene.reports()
    expect([property(text, 'jux:outcome'), property(text, 'jux:signal')]).toEqual(['interrupted', 'SIGKILL'])
    expect(text).toContain('the run has no end: the command was ended by the signal SIGKILL')
    expect(text).toContain('b.test.ts')
    expect(casesOf(text)).toContain('adds')
  })

  it('make a report for each run of watch mode, when the run has ended', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect({ watch: true }, { isWatching: true }))
    for (const [number, module] of [A, B].entries()) {
      const sent = session.renderEarly(module, '/repo/project')
      await session.finish(() => aRun({ modules: [sent ?? module], watch: true }))
      expect(scene.reports()).toHaveLength(number + 1)
    }

    await scene.witness.finish({ signal: 'SIGINT' })

    expect(scene.reports().flatMap(casesOf).sort()).toEqual(['adds', 'divides'])
    expect(scene.reports().map((text) => property(text, 'jux:outcome'))).toEqual(['passed', 'passed'])
  })

  it('make no report if the reporter is disabled', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect({ enabled: false }))

    session.fileStarted?.({ id: 'a', file: 'a' })
    expect(session.renderEarly(A, '/')).toBeUndefined()
    await session.finish(() => aRun({ modules: [A] }))
    session.flush(() => aRun({ modules: [A] }))
    await scene.witness.finish(OK)

    expect([session.settings, scene.reports()]).toEqual([undefined, []])
  })

  it('say under which account their command ran, and options that name folders do not count', async () => {
    const scene = await witnessScene({ isOtherUser: true })
    const session = accepted(await scene.connect({ storagePath: join(scene.folder, 'elsewhere') }))
    await session.finish(() => aRun({ modules: [A] }))

    await scene.witness.finish(OK)

    expect(scene.reports().map((text) => property(text, 'jux:witness'))).toEqual(['other-user'])
    expect(scene.notices.join('\n')).toContain('the option storagePath of the reporter does not count')
  })
})

describe('a process of the command', () => {
  it('is refused with the token of another command', async () => {
    const scene = await witnessScene()
    const session = await scene.connect({}, { at: { ...scene.address, token: '0'.repeat(32) } })

    expect(session?.settings).toBeUndefined()
    session?.renderEarly(A, '/')
    await session?.finish(() => aRun())
    session?.flush(() => aRun())
    expect(session?.strictError()).toBeUndefined()
    expect(scene.said()).toContain('no report of this run: it does not belong to this command')
    expect(await scene.witness.finish(OK)).toEqual({ runs: 0, ended: [], strictError: undefined })
  })

  it('is refused with another version of the protocol, with both versions of the package', async () => {
    const scene = await witnessScene()
    const other = scene.raw()
    other.say(scene.hello({ protocol: 2, version: '7.0.0' }))

    expect(await other.answer()).toEqual({
      type: 'refused',
      message: expect.stringMatching(
        /^jux run has version \d+\.\d+\.\d+, and the reporter 7\.0\.0; install the same version of jux-reporter for both$/,
      ),
    })
    await scene.witness.finish(OK)
  })

  it.each<[string, (hello: unknown) => readonly unknown[], string]>([
    ['no JSON', () => ['{\n'], 'sent what is no result'],
    ['results before its hello', () => [{ type: 'start', file: { id: 'a', file: 'a' } }], 'it has not said hello'],
    ['two hellos', (hello) => [hello, hello], 'it says hello twice'],
    [
      'a file out of order',
      (hello) => [hello, { type: 'module', index: 1, rootDir: '/', module: A }],
      'file 1 comes out of order',
    ],
    [
      'a file that is none',
      (hello) => [hello, { type: 'module', index: 0, rootDir: '/', module: { file: 1 } }],
      'no result',
    ],
  ])('that sends %s is named in a line, and makes no green report', async (_, messages, line) => {
    const scene = await witnessScene()
    const other = scene.raw()
    for (const message of messages(scene.hello())) other.say(message)
    await expect.poll(() => scene.notices.join('\n')).toContain(line)

    await scene.witness.finish(OK)

    for (const text of scene.reports()) expect(property(text, 'jux:outcome')).not.toBe('passed')
  })

  it('that names a file it never sent makes no green report', async () => {
    const scene = await witnessScene()
    const other = scene.raw()
    other.say(scene.hello())
    await other.answer()
    const { modules, ...run } = aRun()
    other.say({ type: 'run', run, modules: [{ sent: 4 }], results: {} })
    expect([modules, await other.answer()]).toEqual([[], { type: 'received' }])

    await scene.witness.finish(OK)

    expect(scene.reports()).toEqual([])
    expect(scene.printed()).toContain('file 4 of the run is missing')
  })

  it('that leaves a damaged file when it exits is named in a line, and its run is interrupted', async () => {
    const scene = await witnessScene()
    accepted(await scene.connect()).renderEarly(A, '/')
    writeFileSync(exitFile(scene.folder, 0), '{"type":"run"')

    await scene.witness.finish({ exitCode: 1 })

    expect(scene.notices.join('\n')).toContain('the end of a run cannot be read')
    expect(property(scene.reports()[0], 'jux:outcome')).toBe('interrupted')
  })

  it('is told when jux run does not take its results', async () => {
    const scene = await witnessScene()
    const session = accepted(await scene.connect())
    await scene.witness.finish(OK)

    await session.finish(() => aRun({ modules: [A] }))

    expect(scene.said()).toContain(
      'jux run did not take the results; if it was killed, the next jux command reports those that it has',
    )
  })

  it('makes the report itself if jux run cannot be reached', async () => {
    const scene = await witnessScene()
    const at = { ...scene.address, path: join(scene.folder, 'nobody') }

    expect(await scene.connect({}, { at })).toBeUndefined()
    expect(scene.said()).toContain('jux run cannot be reached (ENOENT), so this process makes the report')
  })

  it('keeps options that cannot be sent, which are a mistake that its own session reports', async () => {
    const scene = await witnessScene()
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic

    expect(await scene.connect(cyclic)).toBeUndefined()
  })

  it.each([
    ['a function', () => 'shop'],
    ['a date', new Date(0)],
    ['a number that JSON does not have', 1n],
  ])('that gives %s as the name of its project is told that this is no name', async (_, projectName) => {
    const scene = await witnessScene()

    await scene.connect({ projectName })
    await scene.witness.finish(OK)

    expect(scene.printed()).toContain('projectName')
    expect(scene.reports()).toEqual([])
  })
})

describe('jux run', () => {
  it('says which facts of the repository have changed while the command ran', async () => {
    const root = temporaryFolder()
    const scene = await witnessScene({
      git: { root, commit: 'a'.repeat(40), branch: 'main', parents: [], hints: [] },
      changedFiles: ' M a.ts',
    })
    const session = accepted(await scene.connect())
    await session.finish(() => aRun({ modules: [A] }))

    await scene.witness.finish(OK)

    expect(property(scene.reports()[0], 'jux:changed_during_run')).toBe('git:commit git:branch git:status')
  })

  it('refuses a path that is too long for a socket, with what helps', async () => {
    const { folder, input } = await witnessScene()

    await expect(Witness.listen(join(folder, 'x'.repeat(120)), input)).rejects.toThrow(
      'is too long for a socket; set TMPDIR=/tmp',
    )
  })
})
