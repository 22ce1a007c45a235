/**
 * Says when a report is too large for those who read it, or soon will be.
 *
 * A report is always complete: only texts are cut, and no test case is ever left out. So its size has no upper limit, but
 * that of the verifier and the server has.
 *
 * @module
 */
import { MAX_REPORT_BYTES, MAX_SERVER_CASES } from '../limits.js'

/** The share of a limit from which on a report is near it. */
const NEAR = 0.8

/** The command that runs the tests, by the name of the runner. */
const COMMANDS: Readonly<Record<string, string>> = {
  vitest: 'npx vitest run',
  jest: 'npx jest',
  playwright: 'npx playwright test',
}

/** What the size of a report depends on. */
export interface ReportSize {
  /** The whole report, with its signature. */
  readonly sizeBytes: number
  /** Number of test cases. */
  readonly tests: number
  /** Name of the runner, as in the run. */
  readonly runner: string
}

/**
 * The notice about the size of a report: one line.
 *
 * @returns `undefined` for a report that is not near a limit
 */
export function sizeNotice({ sizeBytes, tests, runner }: ReportSize): string | undefined {
  const finding =
    nearLimit(sizeBytes, MAX_REPORT_BYTES, 'bytes', 'jux verify and jux-server refuse') ??
    nearLimit(tests, MAX_SERVER_CASES, 'test cases', 'jux-server refuses')
  if (finding === undefined) return undefined
  const command = COMMANDS[runner]
  const halves = command && [1, 2].map((part) => `${command} --shard=${part}/2`).join(', then ')
  return `${finding}; run the tests in parts, which makes a report of each${halves === undefined ? '' : `: ${halves}`}`
}

function nearLimit(count: number, limit: number, unit: string, refuses: string): string | undefined {
  if (count < NEAR * limit) return undefined
  const consequence = `${refuses} more than ${limit.toLocaleString('en-US')} ${unit}`
  const size = `the report has ${count.toLocaleString('en-US')} ${unit}`
  return count > limit ? `${size}: it is complete, but ${consequence}` : `${size}; ${consequence}`
}
