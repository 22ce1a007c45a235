/**
 * `jux run --waivers`: decides whether every failure of a command is excused by a signed waiver.
 *
 * The exit code of a runner says that something failed, not what. So a waiver excuses a command only where the reports, and
 * what the reporters know of the configuration of the runner, leave no other cause.
 *
 * @module
 */
import { basename } from 'node:path'
import { JuxError, toJuxError } from '../../errors.js'
import { factOf, isFailure, testName } from '../../gate/report.js'
import { isExpired, isOutsideTests, type Waiver, waiversFor } from '../../gate/waivers.js'
import { readReport } from '../../report/read.js'
import { expandPath } from '../../sign/key-files.js'
import { loadTrust } from '../../sign/trust.js'
import type { CommandEnd } from '../../witness/reconcile.js'
import type { CliContext } from '../command.js'
import { readWaiverFiles, waiverPaths } from '../gate/files.js'
import type { Runner } from './runner-arguments.js'
import type { EndedRun } from './witnessed-run.js'

/** The exit code of the runners for a failed test. */
const TESTS_FAILED = 1

/** The waivers of a command, as they were before it started. */
export interface RunWaivers {
  /** Signed by an approver; some may have expired. */
  readonly waivers: readonly Waiver[]
  /** One line for each file that is no waiver of an approver, or that has expired. */
  readonly problems: readonly string[]
  /** Start of the command. */
  readonly at: Date
}

/** What is known when the command has ended. */
export interface EndedCommand {
  readonly end: CommandEnd
  /** The runner, if it is all that the command starts. */
  readonly runner: Runner | undefined
  /** `undefined` if `jux run` did not listen to its reporters, or not all results have arrived. */
  readonly runs: readonly EndedRun[] | undefined
}

/** A failed test, and the waiver that excuses it. */
export interface WaivedFailure {
  readonly test: string
  readonly waiver: Waiver
}

/**
 * Reads the waivers and the keys of the approvers. Call it before the command starts: tests can write files.
 *
 * Never rejects: what cannot be read is a problem, and counts as no waiver.
 */
export async function loadRunWaivers(
  paths: readonly string[],
  approvers: readonly string[],
  { system }: CliContext,
): Promise<RunWaivers> {
  const at = system.now()
  try {
    const trusted = await loadTrust({ publicKeys: approvers }, system)
    const files = paths.flatMap((path) => waiverPaths(expandPath(path, system)))
    const { waivers, refused } = await readWaiverFiles(files, trusted, at)
    const expired = waivers.filter((waiver) => isExpired(waiver, at))
    return {
      waivers,
      problems: [
        ...refused.map(({ name, error }) => `no waiver: ${name}: ${error.message}`),
        ...expired.map(({ name, expires }) => `no waiver: ${name}: it expired on ${expires}`),
      ],
      at,
    }
  } catch (error) {
    const names = paths.map((path) => basename(path)).join(', ')
    return { waivers: [], problems: [`no waivers of ${names}: ${toJuxError(error).message}`], at }
  }
}

/**
 * Decides whether waivers excuse a command that failed.
 *
 * @returns the failures, all of which have a waiver; or the first reason why the waivers do not apply
 */
export function excuse(
  { end, runner, runs }: EndedCommand,
  waivers: RunWaivers,
): { readonly waived: readonly WaivedFailure[] } | { readonly reason: string } {
  try {
    if (end.signal !== undefined) return { reason: `the command was ended by the signal ${end.signal}` }
    if (end.exitCode !== TESTS_FAILED) {
      return { reason: `exit code ${end.exitCode ?? 'unknown'} is not that of failed tests` }
    }
    if (runner === undefined) return { reason: 'the command is more than a test runner; name the runner itself' }
    if (runs === undefined || runs.length === 0) return { reason: 'there is no report of the run' }
    const waived = runs.flatMap((run) => failuresOf(run, waivers))
    return waived.length === 0 ? { reason: 'no test failed' } : { waived }
  } catch (error) {
    if (error instanceof NotExcused) return { reason: error.message }
    if (error instanceof JuxError) return { reason: `a report cannot be read: ${error.message}` }
    throw error
  }
}

/** Why waivers do not apply. */
class NotExcused extends Error {}

function failuresOf(run: EndedRun, waivers: RunWaivers): readonly WaivedFailure[] {
  const { isComplete, exitCauses, runner, chunks, signer } = run
  if (chunks === undefined) throw new NotExcused('there is no report of the run')
  if (!isComplete) throw new NotExcused('a report is not complete')
  const { summary, cases } = readReport(Buffer.concat(chunks), { cases: true })
  // Another run of the same command may be green.
  if (summary.outcome !== 'failed' && summary.outcome !== 'passed') {
    throw new NotExcused(`the outcome of the run is ${summary.outcome}`)
  }
  if (exitCauses === undefined) {
    throw new NotExcused(`the reporter for ${runner} does not know whether anything but a test failed`)
  }
  const [cause] = exitCauses
  if (cause !== undefined) throw new NotExcused(`the exit code may be due to ${cause}`)
  const project = factOf('project', { summary }) ?? ''
  const waived = cases.filter(isFailure).map((item): WaivedFailure => {
    const test = testName(item)
    return { test, waiver: waiverFor({ project, name: test }, waivers, signer) }
  })
  if (summary.hasOtherFailures) throw new NotExcused('something failed that is no test')
  return waived
}

function waiverFor(
  test: { readonly project: string; readonly name: string },
  { waivers, at }: RunWaivers,
  signer: string | undefined,
): Waiver {
  if (isOutsideTests(test.name)) {
    throw new NotExcused(`${test.name} is no test but an error of the run, which cannot be waived`)
  }
  const problems: string[] = []
  for (const waiver of waiversFor(test, waivers)) {
    if (isExpired(waiver, at)) problems.push(`the waiver for ${test.name} expired on ${waiver.expires}`)
    else if (waiver.approver === signer) {
      problems.push(`the waiver for ${test.name} is signed with the key that signs the report`)
    } else return waiver
  }
  throw new NotExcused(problems[0] ?? `${test.name} has no waiver`)
}
