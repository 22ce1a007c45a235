/**
 * Decides by a policy.
 *
 * Pure: callers read and verify the reports, the baseline and the waivers, and pass the time.
 *
 * @module
 */
import type { Policy } from './policy.js'
import type { Finding, GateInput, Rule } from './rule.js'
import { COMPLETE_RULES } from './rules/complete.js'
import { FACT_RULES } from './rules/facts.js'
import { HISTORY_RULES } from './rules/history.js'
import { RESULT_RULES } from './rules/results.js'
import { TRUST_RULES } from './rules/trust.js'

/** All rules, in the order in which they are shown. */
export const RULES: readonly Rule[] = [
  ...TRUST_RULES,
  ...FACT_RULES,
  ...COMPLETE_RULES,
  ...HISTORY_RULES,
  ...RESULT_RULES,
]

/** `undecided`: no rule is violated, but something that the command must give is missing. */
export type Verdict = 'passed' | 'failed' | 'undecided'

/** What a gate decides. */
export interface Decision {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
}

/**
 * Checks every rule that the policy uses.
 *
 * @param rules default: all
 */
export function evaluatePolicy(input: GateInput, rules: readonly Rule[] = RULES): Decision {
  const findings = usedRules(input.policy, rules).flatMap(({ rule }) =>
    rule.check(input).map((finding): Finding => ({ rule: rule.id, ...finding })),
  )
  const has = (result: Finding['result']) => findings.some((finding) => finding.result === result)
  // A gate without reports has seen nothing.
  const isEmpty = input.reports.length === 0
  return { verdict: has('violated') || isEmpty ? 'failed' : has('undecided') ? 'undecided' : 'passed', findings }
}

/** The rules that a policy uses, and what each demands. */
export function usedRules(
  policy: Policy,
  rules: readonly Rule[] = RULES,
): readonly { readonly rule: Rule; readonly demand: string }[] {
  return rules.flatMap((rule) => {
    const demand = rule.demand(policy)
    return demand === undefined ? [] : [{ rule, demand }]
  })
}
