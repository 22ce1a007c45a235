/**
 * Rules about how much must have run.
 *
 * @module
 */
import { DEFAULT_RUN } from '../cached.js'
import {
  factOf,
  type GateReport,
  hasRun,
  isFailure,
  listed,
  statedValues,
  testCount,
  testsOf,
  valuesOf,
} from '../report.js'
import { overall, perReport, type Rule } from '../rule.js'
import { groupShards } from '../shards.js'

const projects: Rule = {
  id: 'complete.projects',
  demand: ({ complete }) => complete?.projects && `there is a report of each of ${complete.projects.join(', ')}`,
  check: ({ policy, reports }) => {
    const wanted = policy.complete?.projects ?? []
    const present = new Set(reports.map((report) => factOf('project', report)))
    const missing = wanted.filter((project) => !present.has(project))
    const found = missing.length === 0 ? `reports of ${wanted.join(', ')}` : `no report of ${listed(missing)}`
    return overall(missing.length === 0, found, `reports of ${wanted.join(', ')}`)
  },
}

const suites: Rule = {
  id: 'complete.suites',
  demand: ({ complete }) => complete?.suites && `there are tests in each suite of ${complete.suites.join(', ')}`,
  check: ({ policy, reports }) => {
    const wanted = policy.complete?.suites ?? []
    const ran = new Set(
      reports.flatMap(({ summary }) =>
        summary.suites.filter((suite) => suite.tests > suite.skipped).flatMap(({ name, path }) => [name, ...path]),
      ),
    )
    const missing = wanted.filter((suite) => !ran.has(suite))
    const found = missing.length === 0 ? 'tests of all suites ran' : `no test of ${listed(missing)} ran`
    return overall(missing.length === 0, found, `tests of ${listed(wanted)}`)
  },
}

const shards: Rule = {
  id: 'complete.shards',
  demand: ({ complete: { shards: wanted, sameRun = DEFAULT_RUN } = {} }) =>
    wanted === undefined
      ? undefined
      : `${wanted === true ? 'all shards' : `all ${wanted} shards`} are there once, of one commit and one run (${sameRun})`,
  check: ({ policy: { complete = {} }, reports }) => {
    const { shards: wanted, sameRun = DEFAULT_RUN } = complete
    const count = typeof wanted === 'number' ? wanted : undefined
    const text = `${count === undefined ? 'all shards' : `shards 1 to ${count}`}, each once, of one run`
    const groups = groupShards(reports, sameRun)
    if (groups.length === 0) {
      return overall(count === undefined, 'no report is a shard', text)
    }
    return groups.map(({ project, problems, count: stated }) => {
      const wrong = count === undefined || stated === count ? problems : [`${stated} shards`, ...problems]
      return {
        result: wrong.length === 0 ? ('fulfilled' as const) : ('violated' as const),
        found: `${project}: ${wrong.length === 0 ? `shards 1 to ${stated}` : wrong.join('; ')}`,
        wanted: text,
      }
    })
  },
}

const minTests: Rule = {
  id: 'complete.min-tests',
  demand: ({ complete }) =>
    complete?.minTests === undefined ? undefined : `at least ${complete.minTests} different tests ran`,
  check: ({ policy, reports }) => {
    const wanted = policy.complete?.minTests ?? 0
    const ran = testsOf(reports).filter(hasRun).length
    return overall(ran >= wanted, `${testCount(ran)} ran`, `at least ${wanted}`)
  },
}

const maxSkipped: Rule = {
  id: 'complete.max-skipped',
  demand: ({ complete }) =>
    complete?.maxSkipped === undefined ? undefined : `at most ${complete.maxSkipped} tests are skipped`,
  check: ({ policy, reports }) => {
    const limit = policy.complete?.maxSkipped ?? 0
    const tests = testsOf(reports)
    const names = tests.filter((test) => !hasRun(test)).map(({ name }) => name)
    const isWithin =
      typeof limit === 'number' ? names.length <= limit : isShareWithin(names.length, tests.length, limit)
    const which = names.length === 0 ? '' : `: ${listed(names)}`
    return overall(isWithin, `${names.length} of ${tests.length} tests are skipped${which}`, `at most ${limit}`, names)
  },
}

const unfiltered: Rule = {
  id: 'complete.unfiltered',
  demand: ({ complete }) => (complete?.unfiltered ? 'no filter selected the tests (jux:selection is all)' : undefined),
  check: ({ reports }) =>
    perReport(reports, 'jux:selection is all', (report) => {
      const values = valuesOf('jux:selection', report.summary)
      return { isGood: isOnly(values, ['all']), found: stated('jux:selection', values) }
    }),
}

const withoutOnly: Rule = {
  id: 'complete.without-only',
  demand: ({ complete }) => (complete?.withoutOnly ? 'no .only selected the tests' : undefined),
  check: ({ reports }) =>
    perReport(reports, 'jux:only is none or forbidden', (report) => {
      const values = valuesOf('jux:only', report.summary)
      return { isGood: isOnly(values, ['none', 'forbidden']), found: stated('jux:only', values) }
    }),
}

const uninterrupted: Rule = {
  id: 'complete.uninterrupted',
  demand: ({ complete }) => (complete?.uninterrupted ? 'no run ended before all its tests had' : undefined),
  check: ({ reports }) =>
    perReport(reports, 'a whole run', (report) => {
      const problem = interruptionOf(report)
      return { isGood: problem === undefined, found: problem ?? 'a whole run' }
    }),
}

const exitCode: Rule = {
  id: 'complete.exit-code',
  demand: () => 'where a report states how the command ended, it ended well, or only because of tests with a waiver',
  check: ({ reports }) =>
    perReport(reports, 'exit code 0, where one is stated', (report) => {
      const codes = valuesOf('jux:exit_code', report.summary)
      const signals = valuesOf('jux:signal', report.summary)
      // The tests that failed are the reason; whether they may is another rule's question.
      const isExplained = report.summary.outcome === 'failed' && report.cases.some(isFailure)
      const isGood = signals.length === 0 && (codes.every((code) => code === '0') || isExplained)
      const text = signals.length > 0 ? stated('jux:signal', signals) : stated('jux:exit_code', codes)
      return { isGood, found: text }
    }),
}

function interruptionOf(report: GateReport): string | undefined {
  const { summary, cases } = report
  if (summary.outcome === 'interrupted') return 'the run was interrupted'
  const marks = ['jux:partial', 'jux:watch'].find((name) =>
    statedValues(name, summary).some((value) => value !== 'false'),
  )
  if (marks !== undefined) return `${marks} is stated`
  const notRun = cases.filter(({ status, type }) => status === 'skipped' && type === 'not-run')
  if (notRun.length === 0) return undefined
  return `${testCount(notRun.length)} did not run: ${listed(notRun.map(({ name }) => name))}`
}

// In whole numbers: as a fraction, 29% of 100 are less than 29.
function isShareWithin(part: number, all: number, limit: string): boolean {
  const [whole = '', decimals = ''] = limit.slice(0, -1).split('.')
  return BigInt(part) * 100n * 10n ** BigInt(decimals.length) <= BigInt(whole + decimals) * BigInt(all)
}

function isOnly(values: readonly string[], accepted: readonly string[]): boolean {
  return values.length > 0 && values.every((value) => accepted.includes(value))
}

function stated(name: string, values: readonly string[]): string {
  return values.length === 0 ? `${name} is not stated` : `${name} is ${values.join(' and ')}`
}

/** The rules, in the order in which they are shown. */
export const COMPLETE_RULES: readonly Rule[] = [
  projects,
  suites,
  shards,
  minTests,
  maxSkipped,
  unfiltered,
  withoutOnly,
  uninterrupted,
  exitCode,
]
