/**
 * Renders generated runs in two ways, as a whole and with files rendered early, and compares the bytes.
 *
 * @module
 */
import fc from 'fast-check'
import { EarlyRenderer } from '../../src/early-rendering.js'
import type { ModuleResult, TestRun } from '../../src/model.js'
import { type ComposedReport, composeReport, composeRest, type Materials } from '../../src/pipeline.js'
import { anyRun } from './any-run.js'
import { shortHostileText } from './hostile-text.js'
import { JWT, PEM } from './secret-texts.js'
import { fixedSystem } from './system.js'

const ENV = { API_TOKEN: 'split-secret-0123456789', HOME: '/home/dev' }
const SECRETS = [JWT, PEM, ENV.API_TOKEN, 'split-secret-01…', 'Authorization: Bearer abc12345xyz', 'ID-42']
const LIMITS = { messageCharacters: 12, detailCharacters: 20, testOutputCharacters: 30, moduleOutputCharacters: 40 }

/** A run, its settings, and the order in which some of its files end. */
interface Generated {
  readonly run: TestRun
  readonly settings: Materials['settings']
  /** Indexes of the files that are rendered early; the others are rendered at the end. */
  readonly early: readonly number[]
}

/** What a number of comparisons came to. */
export interface EarlyStatistics {
  runs: number
  /** Files rendered early, of all files. */
  earlyFiles: number
  files: number
  /** Runs that had to be rendered as a whole. */
  wholeRuns: number
}

const materialsOf = (settings: Materials['settings']): Materials => ({
  settings,
  facts: {
    beforeRunner: [{ name: 'jux:hostname', value: 'host-1' }],
    afterRunner: [{ name: 'ci:build_url', value: 'https://user:hunter2@ci.example/builds/7' }],
    userProperties: {},
    testProperties: undefined,
    hints: [],
  },
  signer: undefined,
  system: fixedSystem({ env: ENV }),
})

/** Generates runs, most of them without secrets in names. */
function generated(): fc.Arbitrary<Generated> {
  const texts = fc.constantFrom(...fc.sample(shortHostileText(), { seed: 20_261_127, numRuns: 3_000 }))
  const withSecrets = fc.oneof({ weight: 40, arbitrary: texts }, { weight: 1, arbitrary: fc.constantFrom(...SECRETS) })
  const settings: fc.Arbitrary<Materials['settings']> = fc.record(
    {
      storageMode: fc.constant('local' as const),
      dialect: fc.constantFrom('common' as const, 'jenkins' as const, 'ant' as const),
      scrub: fc.boolean(),
      scrubPatterns: fc.constant(['ID-\\d+']),
      limits: fc.constantFrom(LIMITS, { ...LIMITS, reportBytes: 10_000 }, { reportBytes: 40_000 }),
      className: fc.constantFrom('{folder}.{path}', '{filename}'),
      testName: fc.constant('{title}'),
      suiteName: fc.constantFrom('{project}: {filename}', '{unknown}'),
      attachmentsFrom: fc.constant('/repo/project/shots'),
      pathPrefix: fc.constantFrom('', 'packages/api'),
    },
    { requiredKeys: ['storageMode', 'dialect'] },
  )
  return fc
    .tuple(fc.oneof(anyRun(texts), anyRun(withSecrets)), settings, fc.infiniteStream(fc.nat(9)))
    .map(([run, all, numbers]) => {
      const early = run.modules
        .map((_, index) => ({ index, rank: numbers.next().value ?? 0 }))
        .filter(({ rank }) => rank > 0)
        .sort((left, right) => left.rank - right.rank)
        .map(({ index }) => index)
      return { run, settings: all, early }
    })
}

/** Compares a number of generated runs; throws at the first difference. */
export function compareEarlyRuns(numRuns: number, seed: number): EarlyStatistics {
  const statistics = { runs: 0, earlyFiles: 0, files: 0, wholeRuns: 0 }
  fc.assert(
    fc.property(generated(), ({ run, settings, early: order }) => {
      const materials = materialsOf(settings)
      const renderer = new EarlyRenderer(settings, materials.system)
      const modules: ModuleResult[] = [...run.modules]
      for (const index of order) {
        const module = run.modules[index]
        const kept = module && renderer.render(module, run.rootDir)
        if (kept !== undefined) modules[index] = kept
      }
      const early = renderer.modules()
      const rest = early && composeRest({ ...run, modules }, materials, early)
      statistics.runs++
      statistics.files += run.modules.length
      if (rest === undefined) statistics.wholeRuns++
      else {
        statistics.earlyFiles += modules.filter((module) => early?.(module) !== undefined).length
        expectSame(rest, composeReport(run, materials))
      }
    }),
    // A smaller counterexample would take minutes.
    { numRuns, seed, endOnFailure: true },
  )
  return statistics
}

function expectSame(rest: ComposedReport, whole: ComposedReport): void {
  const texts = [rest, whole].map(({ chunks }) => Buffer.concat(chunks).toString())
  if (texts[0] !== texts[1]) throw new Error(`the reports differ:\n${texts.join('\n--- as a whole:\n')}`)
  const facts = [rest, whole].map(({ contentHash, properties, counts, problems }) =>
    JSON.stringify({ contentHash, properties, counts, problems: problems.map(({ message }) => message) }),
  )
  if (facts[0] !== facts[1]) throw new Error(`the facts differ:\n${facts.join('\n')}`)
}
