/**
 * Reports to submit, how a submission fails, and the delays between retries.
 *
 * @module
 */
import { onTestFinished, vi } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { type SubmitSettings, submitReport } from '../../src/submit/client.js'
import type { Submission } from '../../src/submit/request.js'
import { fixedSystem } from './system.js'

/** Content hash of {@link submission}, as far as a server can tell. */
export const HASH = 'ab'.repeat(32)

/** The bytes of {@link submission}, as text. */
export const XML = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="grüße"></testsuites>'

/** A report of three tests, one of which failed. */
export function submission(parts: Partial<Submission> = {}): Submission {
  return {
    bytes: Buffer.from(XML),
    contentHash: HASH,
    properties: [
      { name: 'project', value: 'app' },
      { name: 'git:branch', value: 'main' },
    ],
    counts: { tests: 3, failures: 1, errors: 0, skipped: 0 },
    ...parts,
  }
}

/** Returns the error of a submission, as a reporter prints it; a submission that succeeds fails the test. */
export async function submitError(settings: SubmitSettings, system = fixedSystem()): Promise<JuxError> {
  const outcome: unknown = await submitReport(submission(), settings, system, { submitter: 'reporter' }).catch(
    (error: unknown) => error,
  )
  if (outcome instanceof JuxError) return outcome
  throw new Error(`it should have failed: ${JSON.stringify(outcome)}`)
}

/**
 * Makes the delays of p-retry end at once until the test is done. p-retry waits with the global `setTimeout`, which no
 * `System` replaces. Other timers are not changed.
 *
 * @returns the delays so far, in milliseconds
 */
export function skipRetryDelays(): readonly number[] {
  const delays: number[] = []
  const start = globalThis.setTimeout
  vi.stubGlobal('setTimeout', (action: () => void, ms: number, ...rest: unknown[]) => {
    const [, , caller = ''] = new Error('for its stack').stack?.split('\n') ?? []
    const isRetry = caller.includes('/p-retry/')
    if (isRetry) delays.push(ms)
    return start(action, isRetry ? 0 : ms, ...rest)
  })
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return delays
}
