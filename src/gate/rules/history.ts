/**
 * Rules that compare the reports with what was before, and with the time.
 *
 * @module
 */
import { compareWithBaseline } from '../baseline.js'
import { cacheOf, DEFAULT_RUN } from '../cached.js'
import { durationMs } from '../policy.js'
import { factOf, type GateReport, listed, matchesPattern, testCount, valuesOf } from '../report.js'
import { type GateInput, overall, perReport, type Rule, type RuleFinding } from '../rule.js'

/** How much the clocks of two machines may differ. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

const missing: Rule = {
  id: 'baseline.missing',
  demand: ({ baseline }) =>
    baseline && 'every test that ran before is in the reports, unless the policy allows its absence',
  check: (input) => compare(input, 'missing', 'no test vanished'),
}

const skipped: Rule = {
  id: 'baseline.skipped',
  demand: ({ baseline }) => baseline && 'no test that ran before is skipped now, unless the policy allows it',
  check: (input) => compare(input, 'skipped', 'no test became skipped'),
}

const maxAge: Rule = {
  id: 'fresh.max-age',
  demand: ({ fresh }) => fresh?.maxAge && `no report is older than ${fresh.maxAge}`,
  check: ({ policy, reports, now }) => {
    const limit = policy.fresh?.maxAge ?? ''
    return perReport(reports, `at most ${limit} old`, (report) => {
      const { time, text } = timeOf(report)
      return { isGood: time !== undefined && now.getTime() - time <= durationMs(limit), found: text }
    })
  },
}

const stamped: Rule = {
  id: 'fresh.stamped',
  demand: ({ fresh }) => (fresh?.stamped ? 'every report has a time stamp of a trusted authority' : undefined),
  check: ({ reports }) =>
    perReport(reports, 'a time stamp (jux attest --tsa)', ({ stampedAt }) => ({
      isGood: stampedAt !== undefined,
      found: stampedAt === undefined ? 'no time stamp' : `stamped ${stampedAt.toISOString()}`,
    })),
}

const future: Rule = {
  id: 'fresh.future',
  demand: () => 'no report is from the future',
  check: ({ reports, now }) =>
    perReport(reports, `not after ${now.toISOString()}`, (report) => {
      const times = TIMES.flatMap((name) => valuesOf(name, report.summary)).map(parseTime)
      const isGood = times.every((time) => time <= now.getTime() + CLOCK_TOLERANCE_MS)
      return { isGood, found: timeOf(report).text }
    }),
}

const cached: Rule = {
  id: 'fresh.cached',
  demand: ({ fresh }) =>
    fresh?.acceptCached
      ? 'a report that a task runner started is of this run, or of a task whose hash --task-hash gives'
      : 'a report that a task runner started is of this run',
  check: (input) => {
    const run = input.policy.complete?.sameRun ?? DEFAULT_RUN
    const accepts = input.policy.fresh?.acceptCached === true
    const wanted = `${run} as in --expect${accepts ? ', or a hash as in --task-hash' : ''}`
    return perReport(input.reports, wanted, (report) => {
      const { taskHash, task = 'a task without one name', isOfTask, isOfThisRun, isAccepted } = cacheOf(report, input)
      if (!isOfTask) return { isGood: true, found: 'no task runner started it' }
      if (isOfThisRun) return { isGood: true, found: `${task}, run in this run` }
      if (isAccepted) return { isGood: true, found: `${task}, whose hash is ${taskHash}` }
      const stated = factOf(run, report)
      return {
        isGood: false,
        found: `${task} may be restored from a cache: ${stated === undefined ? `${run} is not stated` : `${run} is ${stated}`}, ${taskHash === undefined ? 'no single hash is stated' : `its hash is ${taskHash}`}`,
      }
    })
  },
}

function compare(input: GateInput, which: 'missing' | 'skipped', good: string): readonly RuleFinding[] {
  const { baseline, policy, reports } = input
  const wanted = which === 'missing' ? 'every test of the baseline' : 'every test of the baseline runs'
  if (baseline === undefined) {
    return [{ result: 'undecided', found: 'no baseline is given', wanted: '--baseline FILE' }]
  }
  // An empty list is what a shell leaves behind when the command that writes it fails.
  if (baseline.tests.length === 0) {
    return [{ result: 'undecided', found: `no test is in the baseline ${listed(baseline.sources)}`, wanted }]
  }
  const names = compareWithBaseline(baseline, reports)[which]
  const allow = policy.baseline?.allow ?? []
  const wrong = names.filter((name) => !allow.some((pattern) => matchesPattern(name, pattern)))
  const allowed = names.length - wrong.length
  const verb = `${wrong.length === 1 ? 'is' : 'are'} ${which === 'missing' ? 'missing' : 'skipped now'}`
  const found = wrong.length === 0 ? good : `${testCount(wrong.length)} ${verb}: ${listed(wrong)}`
  const rest = allowed === 0 ? '' : `; ${allowed} allowed by the policy`
  return overall(wrong.length === 0, `${found}${rest}`, wanted, wrong)
}

/** Milliseconds of a time in ISO 8601 with its zone; NaN for what depends on the machine, or on what a parser guesses. */
function parseTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
}

const TIMES = ['jux:finished_at', 'jux:timestamp'] as const

// A stamp shows that the report existed at its time, not that it was new: the older time counts.
function timeOf(report: GateReport): { readonly time: number | undefined; readonly text: string } {
  const { stampedAt } = report
  for (const name of TIMES) {
    const value = factOf(name, report)
    const stated = parseTime(value ?? '')
    if (Number.isNaN(stated)) continue
    if (stampedAt === undefined || stated <= stampedAt.getTime()) return { time: stated, text: `${name} is ${value}` }
    return { time: stampedAt.getTime(), text: `stamped ${stampedAt.toISOString()}` }
  }
  return { time: undefined, text: `neither ${TIMES.join(' nor ')} is stated` }
}

/** The rules, in the order in which they are shown. */
export const HISTORY_RULES: readonly Rule[] = [missing, skipped, maxAge, stamped, future, cached]
