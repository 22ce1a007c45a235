import { describe, expect, it } from 'vitest'
import { EarlyRenderer } from '../src/early-rendering.js'
import type { ModuleResult, TestRun } from '../src/model.js'
import { composeReport, composeRest, type Materials } from '../src/pipeline.js'
import { compareEarlyRuns } from './support/early-runs.js'
import { aModule, aRun, aTest } from './support/runs.js'
import { fixedSystem } from './support/system.js'

const RUNS = 400
const SECRET = 'split-secret-0123456789'

function materials(parts: Partial<Materials['settings']> = {}, env: Record<string, string> = {}): Materials {
  return {
    settings: { storageMode: 'local', ...parts },
    facts: { beforeRunner: [], afterRunner: [], userProperties: {}, testProperties: undefined, hints: [] },
    signer: undefined,
    system: fixedSystem({ env }),
  }
}

/** Renders the files of a run early, in reverse order, then the rest. */
function renderEarly(run: TestRun, using: Materials) {
  const renderer = new EarlyRenderer(using.settings, using.system)
  const kept = run.modules
    .toReversed()
    .map((module) => renderer.render(module, run.rootDir))
    .toReversed()
  const modules = kept.map((module, index) => module ?? run.modules[index]).filter((module) => module !== undefined)
  const early = renderer.modules()
  return { kept, rest: early && composeRest({ ...run, modules }, using, early) }
}

const bytesOf = (report: ReturnType<typeof composeReport> | undefined) =>
  report && Buffer.concat(report.chunks).toString()
const fileOf = (file: string, ...titles: string[]): ModuleResult =>
  aModule({ id: file, file, tests: titles.map((title) => aTest({ title, id: `${file} ${title}` })) })

describe('EarlyRenderer', () => {
  it(`gives the bytes of the whole run for ${RUNS} generated runs, whatever the order in which files end`, () => {
    const { runs, earlyFiles, wholeRuns } = compareEarlyRuns(RUNS, 20_261_127)

    expect(runs).toBe(RUNS)
    expect(earlyFiles).toBeGreaterThan(RUNS / 4)
    expect(wholeRuns).toBeLessThan(RUNS * 0.7)
  })

  it('keeps of a file its failed and flaky tests, and one test of each status', () => {
    const run = aRun({
      modules: [
        aModule({
          tests: [
            aTest({ title: 'one' }),
            aTest({ title: 'two' }),
            aTest({ title: 'flaky', flaky: true }),
            aTest({ title: 'red', status: 'failed', rawStatus: 'failed' }),
            aTest({ title: 'red too', status: 'failed', rawStatus: 'failed' }),
            aTest({ title: 'left out', status: 'skipped', rawStatus: 'skipped' }),
            aTest({ title: 'left out too', status: 'skipped', rawStatus: 'skipped' }),
          ],
        }),
      ],
    })

    const { kept, rest } = renderEarly(run, materials())

    expect(kept[0]?.tests.map(({ title }) => title)).toEqual(['one', 'flaky', 'red', 'red too', 'left out'])
    expect(rest?.counts).toEqual({ tests: 7, failures: 2, errors: 0, skipped: 2 })
    expect(bytesOf(rest)).toBe(bytesOf(composeReport(run, materials())))
  })

  it.each([
    ['a name comes from a function', { testName: ({ title }: { title: string }) => title }],
    ['the properties come from a function', { properties: () => ({ team: 'a' }) }],
    ['the properties of tests come from a function', { testProperties: () => ({ team: 'a' }) }],
  ])('renders no file when %s, which may look at other files', (_, settings) => {
    const renderer = new EarlyRenderer(settings, fixedSystem())

    expect(renderer.render(fileOf('a.test.ts', 'adds'), '/repo')).toBeUndefined()
    expect(renderer.modules()).toBeUndefined()
  })

  it('leaves a file to the end whose name of a test had a secret, because placeholders are numbered over the run', () => {
    const run = aRun({ modules: [fileOf('a.test.ts', `logs in with ${SECRET}`), fileOf('b.test.ts', 'adds')] })
    const using = materials({}, { API_TOKEN: SECRET })

    const { kept, rest } = renderEarly(run, using)

    expect(kept.map((module) => module?.file)).toEqual([undefined, 'b.test.ts'])
    expect(bytesOf(rest)).toBe(bytesOf(composeReport(run, using)))
  })

  it('leaves a file to the end whose metadata has the name of a fact', () => {
    const file = { ...fileOf('a.test.ts', 'adds'), properties: [{ name: 'git:commit', value: 'f'.repeat(40) }] }

    const { kept, rest } = renderEarly(aRun({ modules: [file, fileOf('b.test.ts', 'adds')] }), materials())

    expect(kept.map((module) => module?.file)).toEqual([undefined, 'b.test.ts'])
    expect(rest?.problems).toMatchObject([{ message: /git:commit of the metadata of a\.test\.ts is left out/ }])
  })

  it.each([
    [
      'files share a class',
      aRun({ modules: [fileOf('a/x.test.ts', 'adds'), fileOf('b/x.test.ts', 'adds')] }),
      { className: '{filename}' },
    ],
    [
      'the report is above its limit',
      aRun({ modules: [fileOf('a.test.ts', 'adds'.repeat(50))] }),
      { limits: { reportBytes: 500 } },
    ],
  ])('gives no report of the rest when %s', (_, run, settings) => {
    expect(renderEarly(run, materials(settings)).rest).toBeUndefined()
  })

  it('gives no files when the environment has changed since, because it may have another secret', () => {
    const env: Record<string, string> = {}
    const { settings, system } = materials({}, env)
    const renderer = new EarlyRenderer(settings, system)
    renderer.render(fileOf('a.test.ts', `prints ${SECRET}`), '/repo')

    env.API_TOKEN = SECRET

    expect(renderer.modules()).toBeUndefined()
  })

  it('renders the next file without a trace of one that could not be rendered', () => {
    const using = materials()
    const renderer = new EarlyRenderer(using.settings, using.system)
    const broken = aModule({ tests: [aTest({ title: 'first' }), { ...aTest(), path: Object(null) }] })
    expect(() => renderer.render(broken, '/repo')).toThrow(TypeError)
    const run = aRun({ rootDir: '/repo', modules: [fileOf('b.test.ts', 'adds')] })

    const kept = run.modules.flatMap((module) => renderer.render(module, '/repo') ?? [])
    const early = renderer.modules() ?? (() => undefined)

    expect(bytesOf(composeRest({ ...run, modules: kept }, using, early))).toBe(bytesOf(composeReport(run, using)))
  })
})
