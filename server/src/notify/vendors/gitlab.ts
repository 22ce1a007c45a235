/**
 * The requests to GitLab: a commit status, and one note on the merge request.
 *
 * A line of a note that begins with `/` is a command to GitLab. No line of ours begins with a text of a report.
 *
 * @module
 */
import { type GateNotice, gateHeadline } from '../gate-notice.js'
import { commitResult, cutTo, headline, type Notice, plain } from '../notice.js'
import { commentBody } from './comment.js'
import { gateCheckName } from './github.js'

/** GitLab: maximum length of a note is 1,000,000; more than this nobody reads. */
const MAX_NOTE = 65_536
const MAX_DESCRIPTION = 255

/** The headers of every request. */
export function gitlabHeaders(token: string): Record<string, string> {
  return { Accept: 'application/json', 'Content-Type': 'application/json', 'PRIVATE-TOKEN': token }
}

/** The body that sets the status of a commit. */
export function gitlabStatus(notice: Notice) {
  return {
    state: commitResult(notice) === 'failed' ? 'failed' : 'success',
    name: `jux: ${plain(notice.run.project, 80)}`,
    description: cutTo(headline(notice), MAX_DESCRIPTION),
    target_url: notice.runUrl,
  } as const
}

/** The body that sets the status of a gate. Its name is another one than that of the tests. */
export function gitlabGateStatus(notice: GateNotice) {
  return {
    state: notice.decision.result === 'failed' ? 'failed' : 'success',
    name: gateCheckName(notice),
    description: cutTo(gateHeadline(notice), MAX_DESCRIPTION),
    target_url: notice.decisionUrl,
  } as const
}

/** The body that creates or updates the note. */
export function gitlabNote(notice: Notice): { readonly body: string } {
  return { body: commentBody(notice, MAX_NOTE) }
}
