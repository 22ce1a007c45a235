/**
 * What a case of the contract is: one fact about what reaches the report, true for every runner, or a probe that shows why
 * a runner cannot.
 */

import type { ErrorInfo, ModuleResult, TestResult, TestRun } from '../../src/model.js'
import { readReport } from '../../src/report/read.js'
import { type Install, type LabOptions, type LabRun, runProject } from '../support/lab.js'

/** One runner's runs, each made once. */
export interface Lab {
  readonly install: Install
  of(project: string, options?: LabOptions): Promise<LabRun>
}

/** A runner that cannot do what the case asks. */
export interface Inability {
  /** `vitest`, `jest`, with a major version if only that one cannot: `jest29`. */
  readonly who: readonly string[]
  readonly why: string
  /** Passes as long as the runner cannot. */
  readonly probe: (lab: Lab) => Promise<void>
}

/** One fact. */
export interface Case {
  readonly title: string
  readonly check: (lab: Lab) => Promise<void>
  readonly cannot?: readonly Inability[]
  /** Left to the matrix. */
  readonly slow?: boolean
}

/** A lab that remembers its runs. */
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

/** Why this runner cannot, if it cannot. */
export function inabilityOf({ cannot = [] }: Case, install: Install): Inability | undefined {
  const major = Number.parseInt(install.version, 10)
  return cannot.find(({ who }) => who.includes(install.runner) || who.includes(`${install.runner}${major}`))
}

/** The model of a project's run, which must have come to its end. */
export async function runOf(lab: Lab, project: string, options?: LabOptions): Promise<TestRun> {
  const { run, stdout, stderr } = await lab.of(project, options)
  if (run === undefined) throw new Error(`${project}: no run was reported\n${stdout}\n${stderr}`)
  return run
}

/** The only test of that name, or the one with that ordinal. */
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

/** A file's result. */
export function moduleOf(run: TestRun, file: string): ModuleResult {
  const found = run.modules.find((module) => module.file === file)
  if (found === undefined) throw new Error(`no file ${file} in ${run.modules.map((module) => module.file).join(', ')}`)
  return found
}

/** Every error of a run, wherever it was put, without causes. */
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

/** The stored report, which must be one, as text and as its counts. */
export function reportOf({ reports, stderr }: LabRun) {
  const [text, ...more] = reports
  if (text === undefined || more.length > 0) throw new Error(`${reports.length} reports were stored\n${stderr}`)
  const outcome = /<property name="jux:outcome" value="([^"]*)">/.exec(text)?.[1]
  return { text, outcome, counts: readReport(Buffer.from(text)).summary }
}

/** The values of a probe. */
export function rawOf(run: LabRun, key: string): unknown {
  if (!(key in run.raw)) throw new Error(`nothing raw was written down as ${key}`)
  return run.raw[key]
}

/** The output of a runner's `--help`, and its run's: for probes of options. */
export async function helpOf(lab: Lab): Promise<string> {
  return (await lab.of('green', { args: ['--help'] })).stdout
}

function testTitles(run: TestRun): string[] {
  return run.modules.flatMap((module) => module.tests.map((test) => test.title))
}
