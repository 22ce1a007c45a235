/**
 * The message for a Mattermost incoming webhook: one attachment.
 *
 * Mattermost looks for mentions (`@all`) in the text of attachments, also in code. An invisible space after each `@` ends them.
 *
 * @module
 */
import { hasFailed } from '../event.js'
import { type GateNotice, gateHeadline, moreRules, rulesOf, signedLine } from '../gate-notice.js'
import { codeSpan, escapeMarkdown } from '../markdown.js'
import { baseLine, countsLine, cutTo, headline, moreLine, type Notice, testsOf } from '../notice.js'

/** Mattermost cuts longer attachments ("Message attachments"). */
const MAX_TEXT = 7_000
const MAX_FALLBACK = 300
const MAX_TESTS = 10
const RED = '#c92a2a'
const GREEN = '#2b8a3e'

/** The body of the request. */
export interface MattermostMessage {
  readonly attachments: readonly [
    {
      readonly fallback: string
      readonly color: string
      readonly title: string
      readonly title_link: string
      readonly text: string
    },
  ]
}

/** Builds the message. */
export function mattermostMessage(notice: Notice): MattermostMessage {
  const lines = testsOf(notice, 'new', MAX_TESTS).map(({ name, file, note, message }) => {
    const where = [file, note].filter((part) => part !== undefined).join(', ')
    const detail = message === undefined ? '' : `: ${codeSpan(message)}`
    return `- ${codeSpan(name)}${where === '' ? '' : ` ${codeSpan(where)}`}${detail}`
  })
  const more = moreLine(notice, 'new', lines.length)
  const base = baseLine(notice)
  const summary = base === undefined ? countsLine(notice) : `${countsLine(notice)}, ${codeSpan(base)}`
  const text = [...lines, ...(more === undefined ? [] : [`- ${more}`]), '', summary].join('\n')
  return {
    attachments: [
      {
        fallback: endMentions(cutTo(headline(notice), MAX_FALLBACK)),
        color: hasFailed(notice.run) ? RED : GREEN,
        title: endMentions(escapeMarkdown(cutTo(headline(notice), MAX_FALLBACK))),
        title_link: notice.runUrl,
        text: endMentions(cutTo(text, MAX_TEXT)),
      },
    ],
  }
}

/** Builds the message about a decision. */
export function mattermostGateMessage(notice: GateNotice): MattermostMessage {
  const lines = rulesOf(notice).map(({ rule, text }) => `- ${codeSpan(rule)}: ${codeSpan(text)}`)
  const more = moreRules(notice, lines.length)
  const text = [...lines, ...(more === undefined ? [] : [`- ${more}`]), '', codeSpan(signedLine(notice))].join('\n')
  const title = cutTo(gateHeadline(notice), MAX_FALLBACK)
  return {
    attachments: [
      {
        fallback: endMentions(title),
        color: notice.decision.result === 'failed' ? RED : GREEN,
        title: endMentions(escapeMarkdown(title)),
        title_link: notice.decisionUrl,
        text: endMentions(cutTo(text, MAX_TEXT)),
      },
    ],
  }
}

/** Puts an invisible space after each `@`. */
export function endMentions(text: string): string {
  return text.replaceAll('@', '@\u200b')
}
