/**
 * What a rule is: a pure function from verified reports and a policy to findings.
 *
 * @module
 */
import type { Property } from '../model.js'
import type { Baseline } from './baseline.js'
import type { Policy } from './policy.js'
import type { GateReport } from './report.js'
import type { RefusedWaiver, Waiver } from './waivers.js'

/** Everything that a decision depends on. */
export interface GateInput {
  readonly policy: Policy
  readonly reports: readonly GateReport[]
  /** Reports that were not verified, and why. */
  readonly refused: readonly { readonly name: string; readonly why: string }[]
  /** What the command line expects (`--expect`). */
  readonly expected: readonly Property[]
  readonly baseline?: Baseline | undefined
  readonly waivers: readonly Waiver[]
  readonly refusedWaivers: readonly RefusedWaiver[]
  /** Fingerprints of the keys that may sign reports, as far as the policy names them. */
  readonly reportSigners: ReadonlySet<string>
  /** Tasks with their hashes (`--task-hash`). */
  readonly taskHashes: readonly Property[]
  readonly now: Date
}

/**
 * What a rule found out. `undecided`: something is missing that the command must give, so that nobody can tell.
 */
export type FindingResult = 'fulfilled' | 'violated' | 'undecided'

/** One result of a rule. */
export interface Finding {
  readonly rule: string
  readonly result: FindingResult
  /** The report that it is about; absent if it is about all of them. */
  readonly report?: string | undefined
  readonly found: string
  readonly wanted: string
  /** All tests that `found` names some of. */
  readonly tests?: readonly string[] | undefined
  /** Present if it is fulfilled only because of waivers: it is always shown. */
  readonly waived?: true | undefined
}

/** A result before the rule's id is added. */
export type RuleFinding = Omit<Finding, 'rule'>

/** A rule. */
export interface Rule {
  /** Stable: `complete.min-tests`. */
  readonly id: string
  /** What it demands of the reports under a policy, as a sentence without an end; `undefined` if the policy does not use it. */
  demand(policy: Policy): string | undefined
  /** Is called only if the policy uses the rule. Returns at least one finding. */
  check(input: GateInput): readonly RuleFinding[]
}

/** Checks each report by itself. */
export function perReport(
  reports: readonly GateReport[],
  wanted: string,
  check: (report: GateReport) => { readonly isGood: boolean; readonly found: string },
): readonly RuleFinding[] {
  return reports.map((report) => {
    const { isGood, found } = check(report)
    return { result: isGood ? 'fulfilled' : 'violated', report: report.name, found, wanted }
  })
}

/**
 * One finding about all reports.
 *
 * @param tests all tests that `found` names some of
 */
export function overall(
  isGood: boolean,
  found: string,
  wanted: string,
  tests: readonly string[] = [],
): readonly RuleFinding[] {
  return [{ result: isGood ? 'fulfilled' : 'violated', found, wanted, ...(tests.length === 0 ? {} : { tests }) }]
}
