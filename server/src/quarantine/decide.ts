/**
 * Decides whether a test is quarantined.
 *
 * Pure: callers pass the entries and the current time. A quarantined test that fails has failed all the same; the pages count it apart.
 *
 * @module
 */
import { testName } from 'jux-reporter/internal'

/** What a decision needs of an entry. */
export interface QuarantineEntry {
  readonly project: string
  /** Class and name, as a gate names the test. */
  readonly test: string
  /** The last day in UTC, `YYYY-MM-DD`. */
  readonly expires: string
  readonly created_at: number
  readonly removed_at: number | null
  /** Fingerprint of the approver whose waiver it is; null for an entry without a signature. */
  readonly signer: string | null
}

/** State of an entry. */
export const QUARANTINE_STATES = ['active', 'expired', 'removed'] as const

/** State of an entry. */
export type QuarantineState = (typeof QUARANTINE_STATES)[number]

/** Whether a test is quarantined, and by which entry. */
export type Quarantine<Entry> =
  | { readonly state: 'none' }
  | { readonly state: 'active' | 'expired'; readonly entry: Entry }

/** The state of an entry at a time. */
export function quarantineState(
  { expires, removed_at }: Pick<QuarantineEntry, 'expires' | 'removed_at'>,
  nowMs: number,
): QuarantineState {
  if (removed_at !== null) return 'removed'
  return dayOf(nowMs) > expires ? 'expired' : 'active'
}

/**
 * Decides whether a test is quarantined.
 *
 * Of several active entries, a signed one counts before the others, and then the one that ends last. An expired entry counts only when
 * there is no active one.
 */
export function quarantineOf<Entry extends QuarantineEntry>(
  entries: readonly Entry[],
  test: { readonly project: string; readonly classname: string; readonly name: string },
  nowMs: number,
): Quarantine<Entry> {
  const name = testName(test)
  const own = entries.filter((entry) => entry.project === test.project && entry.test === name)
  for (const state of ['active', 'expired'] as const) {
    const [entry] = own.filter((one) => quarantineState(one, nowMs) === state).sort(byWeight)
    if (entry !== undefined) return { state, entry }
  }
  return { state: 'none' }
}

/** The day of a time in UTC, `YYYY-MM-DD`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function byWeight(left: QuarantineEntry, right: QuarantineEntry): number {
  const signed = Number(right.signer !== null) - Number(left.signer !== null)
  if (signed !== 0) return signed
  if (left.expires !== right.expires) return left.expires < right.expires ? 1 : -1
  return right.created_at - left.created_at
}
