/**
 * What a message about the decision of a gate says, before a vendor's form.
 *
 * @module
 */
import type { DecisionRow } from '../database/schema.js'
import type { FailedRule } from '../decisions/read.js'
import type { GateEvent } from './event.js'
import { countOf, type Notice, plain } from './notice.js'

/** The columns of a decision that messages show. */
export type NoticeDecision = Pick<
  DecisionRow,
  'id' | 'project' | 'branch' | 'commit_sha' | 'policy' | 'result' | 'signer' | 'decided_at' | 'received_at'
>

/** Everything that a message about a decision is made of. */
export interface GateNotice {
  readonly event: GateEvent
  readonly decision: NoticeDecision
  readonly failedRules: readonly FailedRule[]
  /** Address of the page of the decision. */
  readonly decisionUrl: string
  /** Number of the pull (merge) request. */
  readonly pullRequest: number | undefined
}

/** A rule of a message, as plain text of one line. */
export interface NoticeRule {
  readonly rule: string
  /** What was found, and what was wanted. */
  readonly text: string
}

/** Number of rules that a message shows. */
const MAX_RULES = 10

/** Whether a message is about the decision of a gate. */
export function isGateNotice(notice: Notice | GateNotice): notice is GateNotice {
  return 'decision' in notice
}

/**
 * The headline: `shop: the gate release failed on main: 2 rules are violated`.
 *
 * @param format what becomes of the texts of the decision in it, which are plain text of one line
 */
export function gateHeadline(notice: GateNotice, format: (text: string) => string = (text) => text): string {
  const { decision, pullRequest, event } = notice
  const place =
    pullRequest !== undefined
      ? ` on pull request ${pullRequest}`
      : decision.branch === null
        ? ''
        : ` on ${format(plain(decision.branch))}`
  const happened = event === 'gate-recovered' ? 'recovered' : decision.result
  const head = `${format(plain(decision.project))}: the gate ${format(plain(decision.policy, 80))} ${happened}${place}`
  return decision.result === 'failed' ? `${head}: ${violated(notice)}` : head
}

/** How many rules are violated, as plain text. */
export function violated({ failedRules }: Pick<GateNotice, 'failedRules'>): string {
  const count = new Set(failedRules.map(({ rule }) => rule)).size
  return count === 0
    ? 'there was no report to decide on'
    : `${countOf(count, 'rule')} ${count === 1 ? 'is' : 'are'} violated`
}

/** The first rules that are violated. */
export function rulesOf({ failedRules }: GateNotice, limit = MAX_RULES): readonly NoticeRule[] {
  return failedRules.slice(0, limit).map(({ rule, report, found, wanted }) => ({
    rule: plain(rule, 80),
    text: plain(`${report === undefined ? '' : `${report}: `}${found} (wanted: ${wanted})`),
  }))
}

/** How many findings are not among the first `shown`; undefined if there is none. */
export function moreRules({ failedRules }: GateNotice, shown: number): string | undefined {
  const more = failedRules.length - shown
  return more > 0 ? `and ${more} more` : undefined
}

/** Who signed the decision, about which commit, as plain text. */
export function signedLine({ decision }: GateNotice): string {
  const commit = decision.commit_sha === null ? '' : `commit ${plain(decision.commit_sha.slice(0, 8))}, `
  return `${commit}signed with the key ${decision.signer.slice(0, 16)}…`
}
