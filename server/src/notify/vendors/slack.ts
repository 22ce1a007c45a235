/**
 * The message for a Slack incoming webhook: blocks, and a text for notifications.
 *
 * Texts of reports are escaped as Slack asks for (`&`, `<`, `>`), so that they can neither mention nor link, and `verbatim` keeps Slack
 * from looking for addresses and names in them.
 *
 * @module
 */
import { type GateNotice, gateHeadline, moreRules, rulesOf, signedLine } from '../gate-notice.js'
import { baseLine, countsLine, cutTo, headline, moreLine, type Notice, type NoticeTest, testsOf } from '../notice.js'

/** Slack: "header block", maximum length of its text. */
const MAX_HEADER = 150
/** Slack: "section block", maximum length of its text. */
const MAX_SECTION = 3_000
const MAX_FALLBACK = 300
const MAX_TESTS = 10

interface PlainText {
  readonly type: 'plain_text'
  readonly text: string
  readonly emoji: false
}

interface Markdown {
  readonly type: 'mrkdwn'
  readonly text: string
  readonly verbatim: true
}

type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Markdown }
  | { readonly type: 'context'; readonly elements: Markdown[] }
  | {
      readonly type: 'actions'
      readonly elements: { readonly type: 'button'; readonly text: PlainText; readonly url: string }[]
    }

/** The body of the request. */
export interface SlackMessage {
  readonly text: string
  readonly blocks: Block[]
  readonly unfurl_links: false
  readonly unfurl_media: false
}

/** Builds the message. */
export function slackMessage(notice: Notice): SlackMessage {
  const title = headline(notice)
  const base = baseLine(notice)
  return {
    text: cutTo(escapeText(title), MAX_FALLBACK),
    blocks: [
      { type: 'header', text: plainText(cutTo(title, MAX_HEADER)) },
      ...section(notice),
      { type: 'context', elements: [markdown(escapeText([countsLine(notice), base].filter(Boolean).join(', ')))] },
      { type: 'actions', elements: [{ type: 'button', text: plainText('Open the run'), url: notice.runUrl }] },
    ],
    unfurl_links: false,
    unfurl_media: false,
  }
}

/** Builds the message about a decision. */
export function slackGateMessage(notice: GateNotice): SlackMessage {
  const title = gateHeadline(notice)
  const lines = rulesOf(notice).map(({ rule, text }) => `• ${code(rule)} ${escapeText(text)}`)
  const more = moreRules(notice, lines.length)
  const all = [...lines, ...(more === undefined ? [] : [more])]
  return {
    text: cutTo(escapeText(title), MAX_FALLBACK),
    blocks: [
      { type: 'header', text: plainText(cutTo(title, MAX_HEADER)) },
      // Ten rules of at most 280 characters, each of which can become five.
      ...chunksOf(all).map((text): Block => ({ type: 'section', text: markdown(text) })),
      { type: 'context', elements: [markdown(escapeText(signedLine(notice)))] },
      {
        type: 'actions',
        elements: [{ type: 'button', text: plainText('Open the decision'), url: notice.decisionUrl }],
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  }
}

// Whole lines, in as few texts as hold them.
function chunksOf(lines: readonly string[]): readonly string[] {
  const chunks: string[] = []
  for (const line of lines) {
    const last = chunks.at(-1)
    if (last === undefined || last.length + line.length + 1 > MAX_SECTION) chunks.push(line)
    else chunks[chunks.length - 1] = `${last}\n${line}`
  }
  return chunks
}

/** Escapes the three characters that Slack acts on. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function section(notice: Notice): Block[] {
  const lines: string[] = []
  let length = 0
  for (const line of testsOf(notice, 'new', MAX_TESTS).map(testLine)) {
    // Whole lines only: half an escape sequence would show another text.
    if (length + line.length + 1 > MAX_SECTION - 100) break
    lines.push(line)
    length += line.length + 1
  }
  if (lines.length === 0) return []
  const more = moreLine(notice, 'new', lines.length)
  return [{ type: 'section', text: markdown([...lines, ...(more === undefined ? [] : [more])].join('\n')) }]
}

function testLine({ name, file, message, note }: NoticeTest): string {
  const where = [file, note].filter((part) => part !== undefined).join(', ')
  const detail = message === undefined ? '' : `\n    ${escapeText(message)}`
  return `• ${code(name)}${where === '' ? '' : ` ${escapeText(where)}`}${detail}`
}

// A backtick ends the code, so it becomes an apostrophe.
function code(text: string): string {
  return `\`${escapeText(text.replaceAll('`', "'"))}\``
}

function plainText(text: string): PlainText {
  return { type: 'plain_text', text, emoji: false }
}

function markdown(text: string): Markdown {
  return { type: 'mrkdwn', text, verbatim: true }
}
