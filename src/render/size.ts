/**
 * Says when a report is too large for those who read it, or soon will be.
 *
 * A report is always complete: only texts are cut, and no test case is ever left out. So its size has no upper limit, but
 * that of the verifier and the server has.
 *
 * @module
 */
import { MAX_REPORT_BYTES } from '../limits.js'

/** From this size on a report is near the limit. */
export const LARGE_REPORT_BYTES = 0.8 * MAX_REPORT_BYTES

/** Commands that run the two halves of the tests, by the name of the runner. */
const HALVES: Readonly<Record<string, string>> = {
  vitest: 'npx vitest run --shard=1/2, then npx vitest run --shard=2/2',
  jest: 'npx jest --shard=1/2, then npx jest --shard=2/2',
}

/**
 * The notice about the size of a report: one line.
 *
 * @param sizeBytes size of the whole report, with its signature
 * @param runner name of the runner, as in the run
 * @returns `undefined` for a report that is not near the limit
 */
export function sizeNotice(sizeBytes: number, runner: string): string | undefined {
  if (sizeBytes < LARGE_REPORT_BYTES) return undefined
  const limit = `jux verify and jux-server refuse more than ${bytes(MAX_REPORT_BYTES)}`
  const finding =
    sizeBytes > MAX_REPORT_BYTES
      ? `the report has ${bytes(sizeBytes)}: it is complete, but ${limit}`
      : `the report has ${bytes(sizeBytes)}; ${limit}`
  const halves = HALVES[runner]
  return `${finding}; run the tests in parts, which makes a report of each${halves === undefined ? '' : `: ${halves}`}`
}

function bytes(count: number): string {
  return `${count.toLocaleString('en-US')} bytes`
}
