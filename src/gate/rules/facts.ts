/**
 * Rules about what the reports are of: project, commit, branch, tree and test runner.
 *
 * @module
 */
import { cacheOf } from '../cached.js'
import { contradictions, expectedValue, factOf, matchesPattern, valuesOf } from '../report.js'
import { type GateInput, perReport, type Rule, type RuleFinding } from '../rule.js'

const values: Rule = {
  id: 'facts.values',
  demand: ({ facts = {} }) => {
    const demands = Object.entries(facts).map(([name, value]) => `${name} is ${alternatives(value).join(' or ')}`)
    return demands.length === 0 ? undefined : `every report states: ${demands.join('; ')}`
  },
  check: (input) =>
    Object.entries(input.policy.facts ?? {}).flatMap(([name, value]) =>
      checkFact(input, name, alternatives(value), matchesPattern),
    ),
}

const given: Rule = {
  id: 'facts.given',
  demand: ({ given: names }) => (names?.length ? `the command gives ${names.join(', ')} with --expect` : undefined),
  check: ({ policy, expected }) =>
    (policy.given ?? []).map((name) => {
      const value = expectedValue(name, expected)
      const found = value === undefined ? 'not given' : `given: ${value}`
      return {
        result: value === undefined ? 'undecided' : 'fulfilled',
        found: `${name} is ${found}`,
        wanted: `--expect ${name}=VALUE`,
      }
    }),
}

const expected: Rule = {
  id: 'facts.expected',
  demand: () => 'every report states what --expect says',
  check: (input) => {
    const findings = input.expected.flatMap(({ name, value }) => checkExpected(input, name, value))
    if (findings.length > 0) return findings
    return [{ result: 'fulfilled', found: 'nothing expected', wanted: 'what --expect says' }]
  },
}

const cleanTree: Rule = {
  id: 'facts.clean-tree',
  demand: ({ cleanTree: isWanted }) =>
    isWanted ? 'the files were those of the commit, before and after the tests' : undefined,
  check: ({ reports }) =>
    perReport(reports, 'git:status is clean, and nothing changed during the run', (report) => {
      const status = valuesOf('git:status', report.summary)
      const changed = valuesOf('jux:changed_during_run', report.summary)
      const isClean = status.length > 0 && status.every((value) => value === 'clean')
      const changes = changed.length === 0 ? '' : `, changed during the run: ${changed.join(', ')}`
      return { isGood: isClean && changed.length === 0, found: `${stated('git:status', status)}${changes}` }
    }),
}

const runner: Rule = {
  id: 'facts.runner',
  demand: ({ runners = {} }) => {
    const accepted = Object.entries(runners).map(([name, range]) => `${name}${rangeText(range)}`)
    return accepted.length === 0 ? undefined : `the tests ran in ${accepted.join(' or ')}`
  },
  check: ({ policy: { runners = {} }, reports }) => {
    const accepted = Object.entries(runners).map(([name, range]) => `${name}${rangeText(range)}`)
    return perReport(reports, accepted.join(' or '), (report) => {
      const name = factOf('jux:runner', report) ?? factOf('jux:source', report)
      const version = factOf('jux:runner_version', report)
      const found = name === undefined ? 'no runner is stated' : `${name} ${version ?? '(no version is stated)'}`
      return { isGood: isAccepted(runners, name, version), found }
    })
  },
}

/** The lowest version of a runner, and the first that is too high. */
interface Range {
  readonly min?: string | undefined
  readonly below?: string | undefined
}

function isAccepted(runners: Readonly<Record<string, Range>>, name: string | undefined, version = ''): boolean {
  const range = name !== undefined && Object.hasOwn(runners, name) ? runners[name] : undefined
  if (range === undefined) return false
  const { min, below } = range
  if (min === undefined && below === undefined) return true
  const parts = versionParts(version)
  if (parts === undefined) return false
  // A preview of a version comes before it, so it is neither at least that version nor surely below it.
  const isPreview = version.includes('-')
  const isHighEnough = min === undefined || compareVersions(parts, min) > (isPreview ? 0 : -1)
  return isHighEnough && (below === undefined || compareVersions(parts, below) < 0)
}

function versionParts(version: string): readonly number[] | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(version)
  return match === null ? undefined : match.slice(1).map(Number)
}

function compareVersions(parts: readonly number[], limit: string): number {
  const other = limit.split('.').map(Number)
  for (const [index, part] of parts.entries()) {
    const difference = part - (other[index] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}

function rangeText({ min, below }: Range): string {
  return `${min === undefined ? '' : ` ${min} or later`}${below === undefined ? '' : `${min === undefined ? '' : ','} below ${below}`}`
}

function checkExpected(input: GateInput, name: string, value: string): readonly RuleFinding[] {
  const isHead = name === 'git:commit' && input.policy.commit === 'head'
  if (!isHead) return checkFact(input, name, [value], (found, wanted) => found === wanted)
  return perReport(input.reports, `the head commit is ${value}`, (report) => {
    const { summary } = report
    const heads = valuesOf('git:head_commit', summary)
    // Outside of a pull request, the commit that was tested is the head.
    const isRequest = valuesOf('ci:pull_request', summary).length > 0
    const found = heads.length > 0 || isRequest ? heads : valuesOf(name, summary)
    const wrong = heads.length > 0 ? [] : contradictions(name, (one) => one === value, summary)
    const isGood = found.length > 0 && found.every((one) => one === value) && wrong.length === 0
    return { isGood: isGood || cacheOf(report, input).isAccepted, found: stated('the head commit', found) }
  })
}

function checkFact(
  input: GateInput,
  name: string,
  accepted: readonly string[],
  matches: (value: string, accepted: string) => boolean,
): readonly RuleFinding[] {
  const wanted = `${name} is ${accepted.join(' or ')}`
  return perReport(input.reports, wanted, (report) => {
    const { summary } = report
    const isExpected = (value: string) => accepted.some((one) => matches(value, one))
    const found = valuesOf(name, summary)
    const wrong = contradictions(name, isExpected, summary)
    const texts = wrong.length > 0 ? wrong.map((fact) => stated(fact.name, fact.values)) : [stated(name, found)]
    if (found.length > 0 && wrong.length === 0) return { isGood: true, found: texts.join(', ') }
    if (isOfCommitOrBuild(name) && cacheOf(report, input).isAccepted) {
      return { isGood: true, found: `${texts.join(', ')}; the task hash was accepted instead` }
    }
    return { isGood: false, found: texts.join(', ') }
  })
}

/** What a report that was restored from a cache says about another commit or build. */
function isOfCommitOrBuild(name: string): boolean {
  return name.startsWith('git:') || name.startsWith('ci:')
}

function stated(name: string, found: readonly string[]): string {
  return found.length === 0 ? `${name} is not stated` : `${name} is ${found.join(' and ')}`
}

function alternatives(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

/** The rules, in the order in which they are shown. */
export const FACT_RULES: readonly Rule[] = [values, given, expected, cleanTree, runner]
