/**
 * The requests to GitHub: a check run (or a commit status, if the token may not write check runs), and one comment.
 *
 * @module
 */
import { type GateNotice, gateHeadline, moreRules, rulesOf, signedLine } from '../gate-notice.js'
import { codeSpan } from '../markdown.js'
import { commitResult, cutTo, headline, type Notice, plain } from '../notice.js'
import { commentBody, reportText } from './comment.js'

/** GitHub: maximum length of the summary of a check run. */
const MAX_SUMMARY = 65_535
/** GitHub: maximum length of a comment. */
const MAX_COMMENT = 65_536
const MAX_TITLE = 255
/** Number of rules in the summary of a check run. */
const MAX_GATE_RULES = 100
/** GitHub: maximum length of the description of a commit status. */
const MAX_DESCRIPTION = 140
const CONCLUSIONS = { failed: 'failure', passed: 'success', 'no-tests': 'neutral' } as const
/** The API version that the requests are written for. */
const API_VERSION = '2022-11-28'

/** The headers of every request. */
export function githubHeaders(token: string): Record<string, string> {
  return {
    Accept: 'application/vnd.github+json',
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    'X-GitHub-Api-Version': API_VERSION,
  }
}

/** The body that creates a check run. */
export function checkRun(notice: Notice, headSha: string) {
  const { run, runUrl } = notice
  return {
    name: checkName(run.project),
    head_sha: headSha,
    status: 'completed',
    conclusion: CONCLUSIONS[commitResult(notice)],
    external_id: run.id,
    details_url: runUrl,
    completed_at: new Date(run.inserted_at).toISOString(),
    output: {
      title: cutTo(headline(notice), MAX_TITLE),
      summary: reportText(notice, MAX_SUMMARY),
    },
  } as const
}

/** The body that creates a commit status. */
export function githubStatus(notice: Notice) {
  return {
    state: commitResult(notice) === 'failed' ? 'failure' : 'success',
    context: checkName(notice.run.project),
    description: cutTo(headline(notice), MAX_DESCRIPTION),
    target_url: notice.runUrl,
  } as const
}

/** The body that creates the check run of a gate. Its name is another one than that of the tests. */
export function gateCheckRun(notice: GateNotice, headSha: string) {
  const { decision, decisionUrl } = notice
  const lines = rulesOf(notice, MAX_GATE_RULES).map(({ rule, text }) => `- ${codeSpan(rule)}: ${codeSpan(text)}`)
  const more = moreRules(notice, lines.length)
  const foot = [`${codeSpan(signedLine(notice))}`, `[Open the decision](${decisionUrl})`]
  const rules = [...lines, ...(more === undefined ? [] : [`- ${more}`])].join('\n')
  return {
    name: gateCheckName(notice),
    head_sha: headSha,
    status: 'completed',
    conclusion: decision.result === 'failed' ? 'failure' : 'success',
    external_id: decision.id,
    details_url: decisionUrl,
    completed_at: new Date(decision.decided_at).toISOString(),
    output: {
      title: cutTo(gateHeadline(notice), MAX_TITLE),
      summary: [...(rules === '' ? [] : [rules]), ...foot].join('\n\n'),
    },
  } as const
}

/** The body that creates the commit status of a gate. */
export function githubGateStatus(notice: GateNotice) {
  return {
    state: notice.decision.result === 'failed' ? 'failure' : 'success',
    context: gateCheckName(notice),
    description: cutTo(gateHeadline(notice), MAX_DESCRIPTION),
    target_url: notice.decisionUrl,
  } as const
}

/** The name of the status of a gate, at all forges. */
export function gateCheckName({ decision }: GateNotice): string {
  return `jux gate: ${plain(decision.project, 80)}, ${plain(decision.policy, 80)}`
}

/** The body that creates or updates the comment. */
export function githubComment(notice: Notice): { readonly body: string } {
  return { body: commentBody(notice, MAX_COMMENT) }
}

function checkName(project: string): string {
  return `jux: ${plain(project, 80)}`
}
