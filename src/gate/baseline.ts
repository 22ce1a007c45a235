/**
 * What ran before: the tests that a gate compares the present ones with.
 *
 * @module
 */
import { type GateReport, hasRun, testKey, testsOf } from './report.js'

/** The tests of an earlier release. */
export interface Baseline {
  /** Names of the files. */
  readonly sources: readonly string[]
  readonly tests: readonly BaselineTest[]
}

/** A test that ran before. */
export interface BaselineTest {
  /** Absent in a list of names: any project. */
  readonly project?: string | undefined
  readonly name: string
}

/** The tests that ran in verified reports. */
export function baselineOfReports(reports: readonly GateReport[]): readonly BaselineTest[] {
  return testsOf(reports)
    .filter(hasRun)
    .map(({ project, name }) => ({ project, name }))
}

/** Reads a list of names: one in a line. Empty lines, and lines that begin with `#`, are skipped. */
export function baselineOfList(text: string): readonly BaselineTest[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#')).map((name) => ({ name }))
}

/** What became of the tests of a baseline. */
export interface BaselineChanges {
  /** Names of tests that are in no report. */
  readonly missing: readonly string[]
  /** Names of tests that are in the reports, but did not run. */
  readonly skipped: readonly string[]
}

/** Compares the tests of a baseline with those of the reports. */
export function compareWithBaseline({ tests }: Baseline, reports: readonly GateReport[]): BaselineChanges {
  const present = testsOf(reports)
  const byKey = new Map(present.map((test) => [testKey(test), hasRun(test)]))
  const byName = new Map<string, boolean>()
  for (const test of present) byName.set(test.name, hasRun(test) || byName.get(test.name) === true)
  const ranOf = ({ project, name }: BaselineTest) =>
    project === undefined ? byName.get(name) : byKey.get(testKey({ project, name }))
  const missing = new Set<string>()
  const skipped = new Set<string>()
  for (const test of tests) {
    const ran = ranOf(test)
    if (ran === undefined) missing.add(test.name)
    else if (!ran) skipped.add(test.name)
  }
  return { missing: [...missing], skipped: [...skipped] }
}
