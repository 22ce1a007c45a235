/**
 * What a reporter and its session agree on, wherever the report is made.
 *
 * @module
 */
import type { Settings } from '../config/table.js'
import type { ModuleResult, TestRun } from '../model.js'
import type { System } from '../system.js'
import type { StartedFile } from '../witness/protocol.js'

/** What a reporter passes in when its run starts. */
export interface SessionInput {
  /** As written in the runner's configuration; checked by the session. */
  readonly options: unknown
  /** The folder where the project's configuration and repository are searched. */
  readonly cwd: string
  readonly system: System
  /** Writes text for people, to standard error. */
  readonly write: (text: string) => void
  /** Whether standard error is a terminal. */
  readonly errIsTerminal: boolean
  /** The runner is in watch mode: its process has several runs, and ends between them. */
  readonly isWatching?: boolean | undefined
}

/**
 * Gathers a run.
 *
 * @param isKept tells which of the modules that were taken early go into the run; the others are gathered anew
 */
export type GatherRun = (isKept?: (module: ModuleResult) => boolean) => TestRun

/** Makes the reports of one reporter; in watch mode one for each run. Nothing here throws. */
export interface Session {
  /** `undefined` when there will be no report. */
  readonly settings: Pick<Settings, 'watch' | 'verbose'> | undefined
  /** Takes a file that has started. Absent: nobody needs to know. */
  fileStarted?(file: StartedFile): void
  /**
   * Takes a file that has ended, while others run.
   *
   * @param rootDir folder of the run
   * @returns what goes into the run instead; `undefined` if the file must be gathered again at the end
   */
  renderEarly(module: ModuleResult, rootDir: string): ModuleResult | undefined
  /** Makes the report, stores and submits it, and prints where it is. Never rejects. */
  finish(gather: GatherRun): Promise<void>
  /** `finish` for a process that is exiting: synchronous. */
  flush(gather: GatherRun): void
  /** Says that the process has failed after the end of its run. Synchronous. Absent: nobody needs to know. */
  failedLate?(): void
  /** The last error under `strict`: the run must fail because of it. */
  strictError(): Error | undefined
}
