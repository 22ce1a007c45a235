/**
 * Whether the message about the decision of a gate would say what is no longer true.
 *
 * A decision can arrive after a later one, and messages are sent again after a failure, with others in between. So the last thing that
 * somebody is told, and the status that a commit keeps, could be that of an older decision.
 *
 * @module
 */
import { usualBaseBranch } from '../compare/base.js'
import type { Database, DecisionRow, SubscriptionRow } from '../database/schema.js'
import { isLaterWaiting, laterAboutCommit, latestAfter } from '../decisions/queries.js'
import { decisionFacts, isForge, isSubscribed } from './facts.js'

/**
 * Whether a message about a decision is not to be sent to a subscription.
 *
 * The status of a commit has the name of the project and the policy: it is that of the latest decision about the commit, also if that
 * one was about another branch or a pull request. A chat or a webhook is not told of a result that a later decision of the gate has
 * changed, unless that is told afterwards.
 */
export async function isOutdatedDecision(
  database: Database,
  decision: DecisionRow,
  subscription: Pick<SubscriptionRow, 'id' | 'kind' | 'branch' | 'repository'>,
): Promise<boolean> {
  if (isForge(subscription.kind)) {
    const later = await laterAboutCommit(database, decision)
    if (later.length === 0) return false
    const baseBranch = await baseBranchOf(database, decision)
    return later.some((one) => isSubscribed(subscription, one, decisionFacts(one), baseBranch))
  }
  const after = await latestAfter(database, decision)
  if (after === undefined || after.result === decision.result) return false
  return !(await isLaterWaiting(database, decision, subscription.id))
}

/** The base branch of the project of a decision. A branch of a usual name is one, also if the project has no run of it. */
export function baseBranchOf(
  database: Database,
  { project, branch, pull_request }: Pick<DecisionRow, 'project' | 'branch' | 'pull_request'>,
): Promise<string | undefined> {
  return usualBaseBranch(database, project, branch === null || pull_request !== null ? [] : [branch])
}
