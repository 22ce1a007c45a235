/**
 * Decides whether a run is worth a message.
 *
 * @module
 */
import type { RunChanges } from '../compare/changes.js'
import type { DecisionRow, RunRow, SubscriptionRow } from '../database/schema.js'

/**
 * - `failed`: there are new failures that are not quarantined, or the run failed outside its tests after one that passed, or in which
 *   only quarantined tests failed.
 * - `recovered`: the run passed, and the previous one had not.
 * - `completed`: any other complete run. Only commit statuses and comments need it.
 */
export const RUN_EVENTS = ['failed', 'recovered', 'completed'] as const

/** What a run means for those who are told. */
export type RunEvent = (typeof RUN_EVENTS)[number]

/**
 * - `gate-failed`: a gate decided against the reports.
 * - `gate-recovered`: it decided for them, and its previous decision about the branch was against them.
 * - `gate-completed`: any other decision. Only commit statuses need it.
 */
export const GATE_EVENTS = ['gate-failed', 'gate-recovered', 'gate-completed'] as const

/** What a decision means for those who are told. */
export type GateEvent = (typeof GATE_EVENTS)[number]

/** How a run ended. */
export type RunResult = Pick<RunRow, 'tests' | 'failures' | 'errors' | 'outcome'>

/** How the run before it ended. */
export interface PreviousResult extends RunResult {
  /** How many of its failures are of tests whose quarantine is active. */
  readonly quarantined?: number | undefined
}

const FAILED_OUTCOMES: ReadonlySet<string | null> = new Set(['failed', 'error', 'interrupted'])

/**
 * Returns what to tell about a complete run.
 *
 * @param previous the previous complete run of the branch, if there is one
 */
export function eventOf(
  changes: Pick<RunChanges, 'lists'>,
  run: RunResult,
  previous: PreviousResult | undefined,
): RunEvent {
  if (changes.lists.new.count > changes.lists.new.quarantined) return 'failed'
  const hadFailed = previous !== undefined && hasFailed(previous)
  // Nobody was told about a run in which only quarantined tests failed.
  if (failedOutsideTests(run) && !(hadFailed && !hasOnlyQuarantined(previous))) return 'failed'
  return hadFailed && hasPassed(run) ? 'recovered' : 'completed'
}

/** Whether a run is red. */
export function hasFailed(run: RunResult): boolean {
  return run.failures + run.errors > 0 || FAILED_OUTCOMES.has(run.outcome)
}

/** Whether a run is green. A run without tests is neither green nor red. */
export function hasPassed(run: RunResult): boolean {
  return !hasFailed(run) && run.tests > 0 && run.outcome !== 'no-tests'
}

/** Whether a run is red although no test failed. */
export function failedOutsideTests(run: RunResult): boolean {
  return run.failures + run.errors === 0 && hasFailed(run)
}

function hasOnlyQuarantined({ failures, errors, outcome, quarantined = 0 }: PreviousResult): boolean {
  const count = failures + errors
  return count > 0 && count <= quarantined && (outcome === null || outcome === 'failed')
}

/** How a gate decided. */
type GateResult = Pick<DecisionRow, 'result'>

/**
 * Returns what to tell about a decision that has arrived.
 *
 * One that is older than another of its policy, branch and pull request is no news, however it arrives: a decision that somebody kept
 * must not turn a red gate green.
 *
 * @param before the decision that the gate made before it
 * @param after the latest one that the gate made after it
 */
export function gateEventOf(
  decision: GateResult,
  { before, after }: { readonly before: GateResult | undefined; readonly after: GateResult | undefined },
): GateEvent {
  if (after !== undefined) return 'gate-completed'
  if (decision.result === 'failed') return 'gate-failed'
  return before?.result === 'failed' ? 'gate-recovered' : 'gate-completed'
}

/** Chats and webhooks are told about news; a commit has a status in any case. */
export function wantsGateEvent(kind: SubscriptionRow['kind'], event: GateEvent): boolean {
  return kind === 'github' || kind === 'gitlab' || event !== 'gate-completed'
}
