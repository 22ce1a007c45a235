import type { KnownBlock } from '@slack/types'
import { AdaptiveCard, SerializationContext } from 'adaptivecards'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { codeSpan, escapeMarkdown } from '../../src/notify/markdown.js'
import { cutTo, type Notice } from '../../src/notify/notice.js'
import { commentBody, commentMarker, commentTimeMs } from '../../src/notify/vendors/comment.js'
import { checkRun, githubComment, githubStatus } from '../../src/notify/vendors/github.js'
import { gitlabNote, gitlabStatus } from '../../src/notify/vendors/gitlab.js'
import { mattermostMessage } from '../../src/notify/vendors/mattermost.js'
import { slackMessage } from '../../src/notify/vendors/slack.js'
import { teamsMessage } from '../../src/notify/vendors/teams.js'
import { webhookBody, webhookJsonSchema, webhookSchema } from '../../src/notify/vendors/webhook.js'
import { BASE, changed, changes, notice, RECEIVED_MS } from './notices.js'

/** Texts that a vendor would act on. */
const HOSTILE = [
  '<!channel> <!here> <@U123> <https://evil.example|click> & *bold*',
  '@all @channel @here @octocat ~town-square #12 !3 ![x](https://evil.example/pixel) [click](https://evil.example)',
  '``` ` ``` </details><script>alert(1)</script> <!-- x --> <at>everyone</at>',
  '/close\n/assign @me\n\n# heading\r\n- item\u202etxt',
] as const

const hostile = (text: string): Notice =>
  notice({
    run: { project: text, branch: text, commit_sha: text },
    changes: changes(
      {
        new: [changed({ name: text, classname: text, file: text, message: text, since: { ...BASE, commitSha: text } })],
        known: [changed({ name: text })],
      },
      { base: { ...BASE, branch: text, commitSha: text } },
    ),
  })

/** More tests than any message can show, with names as long as they can be. */
const LARGE = notice({
  changes: changes({
    new: Array.from({ length: 5_000 }, (_, at) =>
      changed({ name: `😀${'&<>`'.repeat(200)} ${at}`, message: '&'.repeat(5_000), file: '<'.repeat(900) }),
    ),
  }),
})

describe('slackMessage', () => {
  it('counts quarantined failures apart, and marks them', () => {
    const tests = [changed({ message: 'no' }), changed({ name: 'ships', isQuarantined: true })]
    const mixed = slackMessage(notice({ run: { failures: 2 }, changes: changes({ new: tests }) }))
    const only = slackMessage(notice({ changes: changes({ new: tests.slice(1) }) }))

    expect(mixed.text).toBe('shop: 1 new failure on main')
    expect(JSON.stringify(mixed.blocks)).toContain('`cart › ships` test/cart.test.ts, quarantined')
    expect(JSON.stringify(mixed.blocks)).toContain('1 new, 0 known, 0 flaky, 0 fixed, 1 quarantined of 4 tests')
    expect(only.text).toBe('shop: 1 failure, 1 quarantined, no new ones on main')
    expect(commentBody(notice({ changes: changes({ new: tests }) }), 10_000)).toContain(
      '2 new failures (1 quarantined)',
    )
  })

  it('says what broke, where, since when and in which run', () => {
    const since = { ...BASE, id: 'first', commitSha: 'c'.repeat(40) }
    const message = slackMessage(
      notice({ changes: changes({ new: [changed({ message: 'expected 1\nstack', since })], known: 2, fixed: 1 }) }),
    )

    expect(message).toEqual({
      text: 'shop: 1 new failure on main',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'shop: 1 new failure on main', emoji: false } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '• `cart › pays` test/cart.test.ts, since commit cccccccc (2026-01-14)\n    expected 1',
            verbatim: true,
          },
        },
        {
          type: 'context',
          elements: [
            {
              type: 'mrkdwn',
              text: '1 new, 2 known, 0 flaky, 1 fixed of 4 tests, compared with commit bbbbbbbb of main (2026-01-14)',
              verbatim: true,
            },
          ],
        },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Open the run', emoji: false },
              url: 'https://jux.example.com/runs/r1',
            },
          ],
        },
      ],
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  it("has blocks of the types that Slack's own package describes", () => {
    const blocks: KnownBlock[] = slackMessage(notice()).blocks

    expect(blocks.map(({ type }) => type)).toEqual(['header', 'section', 'context', 'actions'])
  })

  it.each(HOSTILE)('leaves nothing that Slack acts on in %j', (text) => {
    const { text: fallback, blocks } = slackMessage(hostile(text))
    const markdown = blocks.flatMap((block) =>
      block.type === 'section'
        ? [block.text.text]
        : block.type === 'context'
          ? block.elements.map((it) => it.text)
          : [],
    )

    expect(markdown).toHaveLength(2)
    for (const escaped of [fallback, ...markdown]) expect(escaped).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/)
  })

  it('stays within the limits of Slack with 5,000 long failures', () => {
    const { text, blocks } = slackMessage(LARGE)
    const section = blocks.find((block) => block.type === 'section')

    expect(text.length).toBeLessThanOrEqual(300)
    expect(blocks[0]?.type === 'header' && blocks[0].text.text.length).toBeLessThanOrEqual(150)
    expect(section?.text.text.length).toBeLessThanOrEqual(3_000)
    expect(section?.text.text).toMatch(/and \d+ more$/)
  })
})

describe('mattermostMessage', () => {
  it('has a color, a link to the run and the failures as code', () => {
    expect(mattermostMessage(notice())).toEqual({
      attachments: [
        {
          fallback: 'shop: 1 new failure on main',
          color: '#c92a2a',
          title: 'shop: 1 new failure on main',
          title_link: 'https://jux.example.com/runs/r1',
          text: '- ` cart › pays ` ` test/cart.test.ts `: ` expected 1 `\n\n1 new, 0 known, 0 flaky, 0 fixed of 4 tests, ` compared with commit bbbbbbbb of main (2026-01-14) `',
        },
      ],
    })
  })

  it.each(HOSTILE)('mentions nobody and embeds nothing with %j', (text) => {
    const [{ fallback, title, text: body }] = mattermostMessage(hostile(text)).attachments

    for (const value of [fallback, title, body]) expect(value).not.toMatch(/@[A-Za-z]/)
    const html = new MarkdownIt({ html: true, linkify: false }).render(`${body}\n\n${title}`)
    expect(html).not.toMatch(/<(?:a|img|script|h1|details|at)\b/)
  })

  it('stays within the limits of Mattermost with 5,000 long failures', () => {
    expect(mattermostMessage(LARGE).attachments[0].text.length).toBeLessThanOrEqual(14_000)
  })
})

describe('teamsMessage', () => {
  it('is an Adaptive Card with the failures and a button', () => {
    const [{ contentType, content }] = teamsMessage(notice()).attachments

    expect([contentType, content.type, content.version]).toEqual([
      'application/vnd.microsoft.card.adaptive',
      'AdaptiveCard',
      '1.4',
    ])
    expect(content.body.map(({ inlines }) => inlines.map(({ text }) => text).join(''))).toEqual([
      'shop: 1 new failure on main',
      'cart › pays test/cart.test.ts expected 1',
      '1 new, 0 known, 0 flaky, 0 fixed of 4 tests, compared with commit bbbbbbbb of main (2026-01-14)',
    ])
    expect(content.actions).toEqual([
      { type: 'Action.OpenUrl', title: 'Open the run', url: 'https://jux.example.com/runs/r1' },
    ])
  })

  it("is read by Microsoft's library without a complaint, and with nothing left out", () => {
    for (const value of [notice(), LARGE, ...HOSTILE.map(hostile)]) {
      const { content } = teamsMessage(value).attachments[0]
      const context = new SerializationContext()
      const card = new AdaptiveCard()
      card.parse(content, context)

      expect(context.eventCount).toBe(0)
      expect(card.toJSON()).toEqual(content)
    }
    const context = new SerializationContext()
    new AdaptiveCard().parse({ type: 'AdaptiveCard', version: '1.4', body: [{ type: 'Unknown' }] }, context)
    expect(context.eventCount).toBe(1)
  })

  it.each(HOSTILE)('has only text runs, which render no Markdown, with %j', (text) => {
    const message = teamsMessage(hostile(text))
    const types = new Set(
      message.attachments[0].content.body.flatMap(({ type, inlines }) => [type, ...inlines.map((it) => it.type)]),
    )

    expect(types).toEqual(new Set(['RichTextBlock', 'TextRun']))
    expect(JSON.stringify(message)).not.toContain('"entities"')
  })

  it('stays below 28 KB with 5,000 long failures', () => {
    expect(Buffer.byteLength(JSON.stringify(teamsMessage(LARGE)))).toBeLessThan(28_000)
  })
})

describe('webhookBody', () => {
  it('is valid against its published schema, whatever the report says', () => {
    const ajv = new Ajv({ strict: false, schemaId: '$id', validateSchema: false })
    formats.default(ajv)
    const { $schema: _, ...schema } = { $schema: '', ...webhookJsonSchema() }
    const validate = ajv.compile(schema)

    for (const value of [notice(), LARGE, ...HOSTILE.map(hostile)]) {
      const body: unknown = JSON.parse(JSON.stringify(webhookBody(value, 'd1')))
      expect([validate(body), validate.errors]).toEqual([true, null])
      expect(webhookSchema.parse(body)).toEqual(body)
    }
  })

  it('has the first 50 tests of each kind, and the number of all', () => {
    const { new: added } = webhookBody(LARGE, 'd1')

    expect([added.count, added.tests.length]).toEqual([5_000, 50])
  })
})

describe('commentBody', () => {
  it('begins with the marker of its project, which no name of a project can end', () => {
    expect(commentMarker('shop')).toBe('<!-- jux:shop -->')
    expect(commentMarker('a --> <b')).toBe('<!-- jux:a%20%2D%2D%3E%20%3Cb -->')
    expect(commentBody(notice(), 65_536)).toMatch(/^<!-- jux:shop -->\n/)
    expect(commentTimeMs(commentBody(notice(), 65_536))).toBe(RECEIVED_MS)
  })

  it.each(HOSTILE)('renders %j as code only: no link, image, HTML or command', (text) => {
    const body = commentBody(hostile(text), 65_536)
    const html = new MarkdownIt({ html: true, linkify: false }).render(body)
    const outside = html.replace(/<code>[^<]*<\/code>|<!--[^>]*-->/g, '')

    expect(outside).not.toMatch(/evil|octocat|@|#12|script|alert|close/)
    expect(body).not.toMatch(/^\s*\//m)
    expect(outside.match(/<details>/g)).toHaveLength(1)
  })

  it('fits into the summary of a check run, a comment and a note with 5,000 long failures', () => {
    expect(checkRun(LARGE, 'a'.repeat(40)).output.summary.length).toBeLessThanOrEqual(65_535)
    expect(githubComment(LARGE).body.length).toBeLessThanOrEqual(65_536)
    expect(gitlabNote(LARGE).body.length).toBeLessThanOrEqual(65_536)
    expect(githubComment(LARGE).body).toMatch(/- and \d+ more/)
    expect(githubStatus(hostile('x'.repeat(900))).description.length).toBeLessThanOrEqual(140)
    expect(gitlabStatus(hostile('x'.repeat(900))).description.length).toBeLessThanOrEqual(255)
  })
})

describe('codeSpan and escapeMarkdown', () => {
  it.each(HOSTILE.map((text) => text.replaceAll(/\s+/g, ' ')))('show %j as it is', (text) => {
    const markdown = new MarkdownIt({ html: true, linkify: false })
    const unescaped = (html: string) =>
      html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

    expect(unescaped(markdown.renderInline(codeSpan(text)))).toBe(`<code>${text}</code>`)
    expect(unescaped(markdown.renderInline(escapeMarkdown(text)))).toBe(text)
  })
})

describe('cutTo', () => {
  it('splits no character', () => {
    expect(['abc', 'abcd', '😀😀😀'].map((text) => cutTo(text, 4))).toEqual(['abc', 'abcd', '😀…'])
  })
})
