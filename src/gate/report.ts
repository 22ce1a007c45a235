/**
 * A verified report as the rules see it, and how its facts and tests are read.
 *
 * @module
 */
import type { Property } from '../model.js'
import type { ReportCase, ReportSummary } from '../report/read.js'
import type { VerifiedReport } from '../sign/trust-types.js'

const OUTCOME = 'jux:outcome'

/** Facts that a user can state, each with the property for the value that was detected where it differs. */
const DETECTED: ReadonlyMap<string, string> = new Map([
  ['git:commit', 'git:detected_commit'],
  ['git:branch', 'git:detected_branch'],
])

/** A report whose signature was verified. */
export interface GateReport {
  /** As named on the command line. */
  readonly name: string
  /** SHA-256 of the file's bytes, lower-case hex. */
  readonly sha256: string
  readonly signed: Pick<
    VerifiedReport,
    'contentHash' | 'fingerprint' | 'keyDescription' | 'subject' | 'algorithm' | 'certificate' | 'embeddedCertificates'
  >
  readonly summary: ReportSummary
  readonly cases: readonly ReportCase[]
  /** The time at which the report existed, if a trusted third party vouches for it. */
  readonly stampedAt?: Date | undefined
}

/** Everything in a report that speaks about one expected property. */
export interface Fact {
  readonly name: string
  readonly values: readonly string[]
}

/** The values of a property of the run; for `jux:outcome` the outcome that the reader decided. */
export function valuesOf(name: string, summary: ReportSummary): readonly string[] {
  return name === OUTCOME ? [summary.outcome] : statedValues(name, summary)
}

/** The values of a property as the run states them. */
export function statedValues(name: string, { properties }: Pick<ReportSummary, 'properties'>): readonly string[] {
  return properties.flatMap((property) => (property.name === name ? [property.value] : []))
}

/** The value of a property; `undefined` if the run states none, or several. */
export function factOf(name: string, { summary }: Pick<GateReport, 'summary'>): string | undefined {
  const values = valuesOf(name, summary)
  return values.length === 1 ? values[0] : undefined
}

/** Finds what in a report contradicts an expected value. */
export function contradictions(
  name: string,
  isExpected: (value: string) => boolean,
  summary: ReportSummary,
): readonly Fact[] {
  return factsFor(name, isExpected('passed'), summary).filter((fact) => fact.values.some((value) => !isExpected(value)))
}

function factsFor(name: string, isPassedExpected: boolean, summary: ReportSummary): readonly Fact[] {
  const facts = [{ name, values: valuesOf(name, summary) }]
  const detected = DETECTED.get(name)
  if (detected !== undefined) facts.push({ name: detected, values: statedValues(detected, summary) })
  // The outcome follows from the test cases and from what the run states. A run that states something else, even a word that
  // is no outcome, has not passed.
  if (name === OUTCOME && isPassedExpected) {
    facts.push({ name: `the stated ${OUTCOME}`, values: statedValues(name, summary) })
  }
  return facts
}

/** The name by which baselines and waivers know a test: class and name, as in the report. */
export function testName({ classname, name }: Pick<ReportCase, 'classname' | 'name'>): string {
  return classname === '' ? name : `${classname} > ${name}`
}

/** A test of a project. Tests of the same name in several reports of a project are the same test. */
export interface GateTest {
  readonly project: string
  readonly name: string
  /** Its result in each report. */
  readonly results: readonly { readonly report: GateReport; readonly item: ReportCase }[]
}

/** The tests of all reports, by project and name. */
export function testsOf(reports: readonly GateReport[]): readonly GateTest[] {
  const tests = new Map<
    string,
    { project: string; name: string; results: { report: GateReport; item: ReportCase }[] }
  >()
  for (const report of reports) {
    const project = factOf('project', report) ?? ''
    for (const item of report.cases) {
      const name = testName(item)
      const key = testKey({ project, name })
      const known = tests.get(key)
      if (known === undefined) tests.set(key, { project, name, results: [{ report, item }] })
      else known.results.push({ report, item })
    }
  }
  return [...tests.values()]
}

/** A text that is the same for the same test. */
export function testKey({ project, name }: Pick<GateTest, 'project' | 'name'>): string {
  return JSON.stringify([project, name])
}

/** Whether a test ran in one of the reports. */
export function hasRun({ results }: GateTest): boolean {
  return results.some(({ item }) => item.status !== 'skipped')
}

/** Whether a test failed in one of the reports. */
export function hasFailed({ results }: GateTest): boolean {
  return results.some(({ item }) => isFailure(item))
}

/** Whether a test failed, or had an error. */
export function isFailure({ status }: Pick<ReportCase, 'status'>): boolean {
  return status === 'failed' || status === 'error'
}

/** A number of tests in words: `1 test`, `2 tests`. */
export function testCount(count: number): string {
  return `${count} ${count === 1 ? 'test' : 'tests'}`
}

/** Names of several things in a sentence: the first few, and how many more there are. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(', ')
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}

/** Whether a value is the pattern; `*` stands for any characters. */
export function matchesPattern(value: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return value === pattern
  if (!value.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = value.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return value.length - last.length >= at && value.endsWith(last)
}

/** Whether the expectations of the command have a property. */
export function expectedValue(name: string, expected: readonly Property[]): string | undefined {
  return expected.find((property) => property.name === name)?.value
}
