/**
 * The errors of a Jest run that belong to no test: obsolete snapshots, files without a result, `bail`, an exit code that
 * something set.
 *
 * @module
 */
import type { ErrorInfo } from '../model.js'
import { bailError } from './bail.js'
import { describeError } from './errors.js'
import type { JestConfig, JestFileResult, JestResults } from './jest-types.js'
import { type Folders, placeFile } from './place-file.js'

/** An exit code that something set while tests ran. Jest ends with it, although it does not count it as a failure. */
export interface JestExitCode {
  readonly code: number
  /** Absolute path of the only test file that ran meanwhile; absent if that is not certain. */
  readonly path?: string | undefined
}

/** The errors of the run itself, without those of its files. */
export function runErrors(results: JestResults, config: JestConfig, folders: Folders): ErrorInfo[] {
  const { runExecError } = results
  const { rootDir } = folders
  return [
    ...(runExecError ? [describeError(runExecError, { place: { rootDir }, kind: 'unhandled' })] : []),
    ...snapshotErrors(results, folders),
    ...missingFiles(results, config),
  ]
}

/** Whether `bail` stopped the run. Jest leaves `wasInterrupted` false then, except in watch mode. */
export function isBailed(config: JestConfig, results: JestResults): boolean {
  const limit = Number(config.bail ?? 0)
  const isIncomplete = missingOf(results) > 0 || results.wasInterrupted === true
  return isIncomplete && limit > 0 && (results.numFailedTests ?? 0) >= limit
}

/** The error of a file with obsolete snapshots, which fail a run unless it updates them. */
export function obsoleteSnapshots({ snapshot }: JestFileResult, config: JestConfig): ErrorInfo[] {
  const keys = snapshot?.uncheckedKeys ?? []
  if (!snapshot?.unchecked || keys.length === 0 || config.updateSnapshot === 'all') return []
  return [snapshotError('obsolete snapshots', keys)]
}

/** The error of a run that ends with a failure only because of an exit code that something set. */
export function exitCodeError({ code, path }: JestExitCode, folders: Folders): ErrorInfo {
  const when = path === undefined ? 'during the run' : `while ${placeFile(path, folders).file} ran`
  return { kind: 'error', name: 'ExitCode', message: `process.exitCode was set to ${code} ${when}, and no test failed` }
}

function snapshotErrors({ snapshot, testResults }: JestResults, folders: Folders): ErrorInfo[] {
  if (!snapshot?.failure) return []
  const files = snapshot.filesRemovedList ?? []
  if (files.length > 0) {
    const names = files.map((file) => placeFile(file, folders).file)
    return [snapshotError('obsolete snapshot files', names)]
  }
  // The other obsolete snapshots are errors of their files, those that do not match are errors of their tests.
  const isNamed = testResults.some((result) => (result.snapshot?.uncheckedKeys ?? []).length > 0)
  if (snapshot.unmatched || isNamed) return []
  const counts = `${snapshot.unchecked ?? 0} obsolete, ${snapshot.filesRemoved ?? 0} obsolete files`
  return [{ kind: 'error', name: 'SnapshotError', message: `snapshots are not up to date: ${counts}` }]
}

// The first line becomes the name of a test case, which must not change with the number of snapshots.
function snapshotError(heading: string, names: readonly string[]): ErrorInfo {
  return { kind: 'error', name: 'SnapshotError', message: [heading, ...names].join('\n  ') }
}

function missingFiles(results: JestResults, config: JestConfig): ErrorInfo[] {
  const missing = missingOf(results)
  const message = `${missing} of ${results.numTotalTestSuites} test files have no result`
  if (isBailed(config, results)) return [bailError(results.numFailedTests ?? 0, missing > 0 ? message : undefined)]
  return missing > 0 ? [{ kind: 'error', name: 'IncompleteRun', message }] : []
}

function missingOf({ numTotalTestSuites, testResults }: JestResults): number {
  return Math.max(0, (numTotalTestSuites ?? 0) - testResults.length)
}
