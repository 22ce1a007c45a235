/**
 * Rules about the results: no test failed without a waiver, and few were flaky.
 *
 * @module
 */
import { factOf, type GateReport, isFailure, listed, statedValues, testCount, testName, testsOf } from '../report.js'
import { type GateInput, overall, type Rule, type RuleFinding } from '../rule.js'
import { type Waiver, waiverProblem, waiversFor } from '../waivers.js'

const passed: Rule = {
  id: 'results.passed',
  demand: ({ waivers }) => `every report has passed${waivers === undefined ? '' : ', apart from tests with a waiver'}`,
  check: (input) => {
    const valid = validWaivers(input)
    return input.reports.map((report) => checkReport(report, valid))
  },
}

const flaky: Rule = {
  id: 'results.flaky',
  demand: ({ results }) =>
    results?.maxFlaky === undefined
      ? undefined
      : results.maxFlaky === 0
        ? 'no test is flaky without a waiver'
        : `at most ${results.maxFlaky} tests are flaky without a waiver`,
  check: (input) => {
    const most = input.policy.results?.maxFlaky ?? 0
    const valid = validWaivers(input)
    const names = flakyTests(input)
      .filter((test) => !isWaived(test, valid))
      .map(({ name }) => name)
    const which = names.length === 0 ? '' : `: ${listed(names)}`
    return overall(names.length <= most, `${names.length} flaky without a waiver${which}`, `at most ${most}`, names)
  },
}

const waivers: Rule = {
  id: 'results.waivers',
  demand: ({ waivers: wanted }) =>
    wanted && 'every waiver is signed by an approver, and none that is needed has expired',
  check: (input) => {
    const refused = input.refusedWaivers.map(
      ({ name, error }): RuleFinding => ({
        result: 'violated',
        found: `${name}: ${error.message}`,
        wanted: 'a waiver that an approver has signed',
      }),
    )
    const all = byTest(input.waivers)
    const needed = testsInNeed(input).flatMap((test) => waiversFor(test, all.get(test.name) ?? []))
    const listedOnce = [...new Set(needed)]
    const findings = listedOnce.map((waiver): RuleFinding => {
      const problem = waiverProblem(waiver, input)
      return {
        result: problem === undefined ? 'fulfilled' : 'violated',
        found: `${waiver.test}: ${problem ?? `waived until ${waiver.expires} by sha256:${waiver.approver.slice(0, 16)}…`} (${waiver.reason}; ${waiver.owner}; ${waiver.name})`,
        wanted: 'a valid waiver',
        ...(problem === undefined ? { waived: true } : {}),
      }
    })
    if (refused.length + findings.length > 0) return [...refused, ...findings]
    return overall(true, `no waiver is needed, ${input.waivers.length} are there`, 'valid waivers')
  },
}

function checkReport(report: GateReport, valid: ReadonlyMap<string, readonly Waiver[]>): RuleFinding {
  const wanted = 'every test passed, or has a waiver'
  const { outcome, hasOtherFailures, tests, skipped } = report.summary
  const failures = report.cases.filter(isFailure)
  const waived = failures.filter((item) => isWaived(nameIn(report, item), valid))
  const isWaivedCase = new Set(waived)
  const others = failures.filter((item) => !isWaivedCase.has(item))
  const base = { report: report.name, wanted }
  if (others.length > 0) {
    const names = others.map(testName)
    return { ...base, result: 'violated', found: `${testCount(others.length)} failed: ${listed(names)}`, tests: names }
  }
  // Without failures, the outcome must be passed. With waived ones it must be failed because of them, and nothing else.
  const isPassed = failures.length === 0 && outcome === 'passed' && !contradictsPassed(report, ['passed'])
  const isExcused =
    failures.length > 0 && outcome === 'failed' && !hasOtherFailures && !contradictsPassed(report, ['failed'])
  const shown = waived.length === 0 ? `${testCount(tests - skipped)} passed` : `waived: ${listed(waived.map(testName))}`
  if (isPassed) return { ...base, result: 'fulfilled', found: shown }
  if (isExcused) return { ...base, result: 'fulfilled', found: shown, tests: waived.map(testName), waived: true }
  const stated = statedValues('jux:outcome', report.summary).join(' and ')
  return {
    ...base,
    result: 'violated',
    found: `the outcome is ${outcome}${stated === outcome || stated === '' ? '' : `, stated is ${stated}`}`,
  }
}

function contradictsPassed({ summary }: GateReport, accepted: readonly string[]): boolean {
  return statedValues('jux:outcome', summary).some((value) => !accepted.includes(value))
}

function nameIn(report: GateReport, item: GateReport['cases'][number]) {
  return { project: factOf('project', report) ?? '', name: testName(item) }
}

/** The waivers that count, by test: judged once, as there may be many reports and many failures. */
function validWaivers(input: GateInput): ReadonlyMap<string, readonly Waiver[]> {
  if (input.policy.waivers === undefined) return new Map()
  return byTest(input.waivers.filter((waiver) => waiverProblem(waiver, input) === undefined))
}

function byTest(all: readonly Waiver[]): ReadonlyMap<string, readonly Waiver[]> {
  const found = new Map<string, Waiver[]>()
  for (const waiver of all) {
    const known = found.get(waiver.test)
    if (known === undefined) found.set(waiver.test, [waiver])
    else known.push(waiver)
  }
  return found
}

function isWaived(
  test: { readonly project: string; readonly name: string },
  valid: ReadonlyMap<string, readonly Waiver[]>,
): boolean {
  return waiversFor(test, valid.get(test.name) ?? []).length > 0
}

function flakyTests({ reports }: GateInput) {
  return testsOf(reports).filter(({ results }) => results.some(({ item }) => item.isFlaky))
}

/** Tests that would need a waiver: they failed, or were flaky where that counts. */
function testsInNeed(input: GateInput) {
  const countsFlaky = input.policy.results?.maxFlaky !== undefined
  return testsOf(input.reports).filter(({ results }) =>
    results.some(({ item }) => isFailure(item) || (countsFlaky && item.isFlaky)),
  )
}

/** The rules, in the order in which they are shown. */
export const RESULT_RULES: readonly Rule[] = [passed, flaky, waivers]
