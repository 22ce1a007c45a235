/**
 * A case of the contract is one fact that is true for the reports of every runner. If a runner cannot provide it, a probe
 * shows why.
 */
import type { ErrorInfo, ModuleResult, TestResult, TestRun } from '../../src/model.js'
import { readReport } from '../../src/report/read.js'
import { type Install, type LabOptions, type LabRun, runProject } from '../support/lab.js'

/** The runs of one runner, each executed once. */
export interface Lab {
  readonly install: Install
  of(project: string, options?: LabOptions): Promise<LabRun>
}

/** Why a runner cannot provide the fact of a case. */
export interface Inability {
  /** `vitest`, `jest`; with a major version if only that one cannot: `jest29`. */
  readonly who: readonly string[]
  readonly why: string
  /** Passes as long as the runner cannot provide the fact. */
  readonly probe: (lab: Lab) => Promise<void>
}

/** One fact. */
export interface Case {
  readonly title: string
  /** May return what was seen, for the table of the matrix. */
  readonly check: (lab: Lab) => Promise<unknown>
  readonly cannot?: readonly Inability[]
  /** Runs only in the matrix. */
  readonly slow?: boolean
  /** The matrix runs it only with `--ends`, on the lowest Node of each runner. */
  readonly oneNode?: boolean
  /** Returns what this machine lacks for the case, as one line; then the case does not run. */
  readonly lacking?: () => string | undefined
}

/** A lab that caches its runs. */
export function openLab(install: Install): Lab {
  const runs = new Map<string, Promise<LabRun>>()
  return {
    install,
    of(project, options = {}) {
      const key = JSON.stringify([project, options, options.watch?.toString()])
      const known = runs.get(key) ?? runProject(install, project, options)
      runs.set(key, known)
      return known
    },
  }
}

/** Returns why this runner cannot provide the fact; `undefined` if it can. */
export function inabilityOf({ cannot = [] }: Case, install: Install): Inability | undefined {
  const major = Number.parseInt(install.version, 10)
  return cannot.find(({ who }) => who.includes(install.runner) || who.includes(`${install.runner}${major}`))
}

/** Returns the `TestRun` of a project. Throws if the run did not end. */
export async function runOf(lab: Lab, project: string, options?: LabOptions): Promise<TestRun> {
  const { run, stdout, stderr } = await lab.of(project, options)
  if (run === undefined) throw new Error(`${project}: no run was reported\n${stdout}\n${stderr}`)
  return run
}

/** The test with that name and ordinal. */
export function testOf(run: TestRun, title: string, path?: readonly string[], ordinal = 1): TestResult {
  const found = run.modules
    .flatMap((module) => module.tests)
    .filter((test) => test.title === title && (path === undefined || test.path.join('>') === path.join('>')))
    .find((test) => test.ordinal === ordinal)
  if (found === undefined) throw new Error(`no test ${JSON.stringify(title)} in ${testTitles(run).join(', ')}`)
  return found
}

/** The only error of a failed test. */
export function errorOf(test: TestResult): ErrorInfo {
  const [error, ...more] = test.errors
  if (error === undefined || more.length > 0) throw new Error(`${test.title} has ${test.errors.length} errors`)
  return error
}

/** The result of a file. */
export function moduleOf(run: TestRun, file: string): ModuleResult {
  const found = run.modules.find((module) => module.file === file)
  if (found === undefined) throw new Error(`no file ${file} in ${run.modules.map((module) => module.file).join(', ')}`)
  return found
}

/** Every error of a run, without causes. */
export function allErrors(run: TestRun): ErrorInfo[] {
  return [
    ...run.errors,
    ...run.modules.flatMap((module) => [
      ...module.errors,
      ...module.suites.flatMap((suite) => suite.errors),
      ...module.tests.flatMap((test) => test.errors),
    ]),
  ]
}

/** The only stored report: its text, outcome and counts. */
export function reportOf({ reports, stderr }: LabRun) {
  const [text, ...more] = reports
  if (text === undefined || more.length > 0) throw new Error(`${reports.length} reports were stored\n${stderr}`)
  const outcome = /<property name="jux:outcome" value="([^"]*)">/.exec(text)?.[1]
  return { text, outcome, counts: readReport(Buffer.from(text)).summary }
}

/** The element of a test case in the text of a report. */
export function testcaseIn(text: string, name: string): string {
  const start = text.search(new RegExp(`<testcase [^>]*name="${name}"`))
  if (start === -1) throw new Error(`no test case ${name} in the report`)
  return text.slice(start, text.indexOf('</testcase>', start))
}

/** Returns a raw value from the runner, for probes. */
export function rawOf(run: LabRun, key: string): unknown {
  if (!(key in run.raw)) throw new Error(`the run has no raw value ${key}`)
  return run.raw[key]
}

/** The output of the runner's `--help`, for probes of its options. */
export async function helpOf(lab: Lab): Promise<string> {
  return (await lab.of('green', { args: ['--help'] })).stdout
}

function testTitles(run: TestRun): string[] {
  return run.modules.flatMap((module) => module.tests.map((test) => test.title))
}
