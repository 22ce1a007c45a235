/**
 * The message for a Microsoft Teams webhook of Workflows: an Adaptive Card.
 *
 * A `TextBlock` renders Markdown; a `TextRun` does not. So texts of reports are in text runs, where they can neither link nor format.
 *
 * @module
 */
import { hasFailed } from '../event.js'
import { type GateNotice, gateHeadline, moreRules, rulesOf, signedLine } from '../gate-notice.js'
import { baseLine, countsLine, cutTo, headline, moreLine, type Notice, type NoticeTest, testsOf } from '../notice.js'

/** Teams refuses messages above 28 KB. */
const MAX_BYTES = 26_000
const MAX_TESTS = 10
const MAX_TITLE = 300

interface TextRun {
  readonly type: 'TextRun'
  readonly text: string
  readonly weight?: 'Bolder'
  readonly size?: 'Medium'
  readonly color?: 'Attention' | 'Good'
  readonly isSubtle?: true
  readonly fontType?: 'Monospace'
}

interface RichTextBlock {
  readonly type: 'RichTextBlock'
  readonly inlines: readonly TextRun[]
}

/** The card. */
export interface AdaptiveCard {
  readonly $schema: string
  readonly type: 'AdaptiveCard'
  readonly version: '1.4'
  readonly fallbackText: string
  readonly body: readonly RichTextBlock[]
  readonly actions: readonly [{ readonly type: 'Action.OpenUrl'; readonly title: string; readonly url: string }]
}

/** The body of the request. */
export interface TeamsMessage {
  readonly type: 'message'
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive'
      readonly contentUrl: null
      readonly content: AdaptiveCard
    },
  ]
}

/** Builds the message. */
export function teamsMessage(notice: Notice): TeamsMessage {
  for (let tests = MAX_TESTS; tests > 0; tests--) {
    const message = messageWith(notice, tests)
    if (Buffer.byteLength(JSON.stringify(message)) <= MAX_BYTES) return message
  }
  return messageWith(notice, 0)
}

/** Builds the message about a decision. Ten rules of 280 characters are far below the limit. */
export function teamsGateMessage(notice: GateNotice): TeamsMessage {
  const title = cutTo(gateHeadline(notice), MAX_TITLE)
  const rules = rulesOf(notice)
  const more = moreRules(notice, rules.length)
  const color = notice.decision.result === 'failed' ? 'Attention' : 'Good'
  return cardOf({
    fallbackText: title,
    body: [
      block({ type: 'TextRun', text: title, weight: 'Bolder', size: 'Medium', color }),
      ...rules.map(({ rule, text }) =>
        block({ type: 'TextRun', text: rule, fontType: 'Monospace' }, { type: 'TextRun', text: ` ${text}` }),
      ),
      ...(more === undefined ? [] : [block({ type: 'TextRun', text: more })]),
      block({ type: 'TextRun', text: signedLine(notice), isSubtle: true }),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open the decision', url: notice.decisionUrl }],
  })
}

function cardOf(parts: Pick<AdaptiveCard, 'fallbackText' | 'body' | 'actions'>): TeamsMessage {
  const content: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    ...parts,
  }
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  }
}

function messageWith(notice: Notice, limit: number): TeamsMessage {
  const title = cutTo(headline(notice), MAX_TITLE)
  const tests = testsOf(notice, 'new', limit)
  const more = moreLine(notice, 'new', tests.length)
  return cardOf({
    fallbackText: title,
    body: [
      block({
        type: 'TextRun',
        text: title,
        weight: 'Bolder',
        size: 'Medium',
        color: hasFailed(notice.run) ? 'Attention' : 'Good',
      }),
      ...tests.map(testBlock),
      ...(more === undefined ? [] : [block({ type: 'TextRun', text: more })]),
      block({
        type: 'TextRun',
        text: [countsLine(notice), baseLine(notice)].filter(Boolean).join(', '),
        isSubtle: true,
      }),
    ],
    actions: [{ type: 'Action.OpenUrl', title: 'Open the run', url: notice.runUrl }],
  })
}

function testBlock({ name, file, message, note }: NoticeTest): RichTextBlock {
  const where = [file, note].filter((part) => part !== undefined).join(', ')
  return block(
    { type: 'TextRun', text: name, fontType: 'Monospace' },
    ...(where === '' ? [] : [{ type: 'TextRun', text: ` ${where}`, isSubtle: true } as const]),
    ...(message === undefined ? [] : [{ type: 'TextRun', text: ` ${message}` } as const]),
  )
}

function block(...inlines: readonly TextRun[]): RichTextBlock {
  return { type: 'RichTextBlock', inlines }
}
