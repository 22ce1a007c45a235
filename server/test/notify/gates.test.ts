import { readFileSync } from 'node:fs'
import { AdaptiveCard, SerializationContext } from 'adaptivecards'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import MarkdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { addTrustedKey } from '../../src/access/trusted-keys.js'
import type { Database } from '../../src/database/schema.js'
import { deliver } from '../../src/notify/deliver.js'
import { gateEventOf } from '../../src/notify/event.js'
import { type GateNotice, gateHeadline } from '../../src/notify/gate-notice.js'
import { openOrCreateSecretBox } from '../../src/notify/secrets.js'
import { addSubscription, type SubscriptionRequest } from '../../src/notify/subscriptions.js'
import { commentBody } from '../../src/notify/vendors/comment.js'
import { checkRun, gateCheckRun, githubGateStatus } from '../../src/notify/vendors/github.js'
import { gitlabGateStatus, gitlabStatus } from '../../src/notify/vendors/gitlab.js'
import { mattermostGateMessage } from '../../src/notify/vendors/mattermost.js'
import { slackGateMessage } from '../../src/notify/vendors/slack.js'
import { teamsGateMessage } from '../../src/notify/vendors/teams.js'
import { gateBodySchema, gateWebhookBody } from '../../src/notify/vendors/webhook.js'
import { type DecisionParts, decision, FINDING, postDecision } from '../support/decisions.js'
import { ENGINES, engineUnderTest } from '../support/engines.js'
import { report, XML } from '../support/reports.js'
import type { TestServer } from '../support/server.js'
import { newKey, type TestKey } from '../support/signing.js'
import { problemsOfRequest } from './github-description.js'
import { notice, RECEIVED_MS } from './notices.js'
import { github, type ReceivedRequest, receiver } from './receivers.js'

const SOON = { timeout: 20_000 }
const SHA = 'e'.repeat(40)
const PULL = { branch: 'topic', commit: SHA, pullRequest: '4', remote: 'https://github.com/acme/shop.git' }

const subscribe = async (database: Database, dataDir: string, request: Partial<SubscriptionRequest>) => {
  const box = await openOrCreateSecretBox({ dataDir, secretKeyFile: undefined })
  const full = { project: 'shop', kind: 'webhook', secret: 'a-secret', ...request } as const
  await addSubscription(database, full, box, {}, 1)
}

const eventsOf = (requests: readonly ReceivedRequest[]) => requests.map(({ headers }) => headers['jux-event'])
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)

const checksOf = (requests: readonly ReceivedRequest[]) =>
  requests
    .filter(({ target }) => target.endsWith('/check-runs'))
    .map(({ body }) => JSON.parse(body))
    .map(({ name, conclusion }) => [name, conclusion])

const isIdle = async ({ database }: TestServer) => {
  const waiting = [
    await database.selectFrom('pending_notices').select('run_seq').execute(),
    await database.selectFrom('deliveries').select('id').execute(),
  ]
  return waiting.flat().length === 0
}
const waitUntilIdle = (server: TestServer) => expect.poll(() => isIdle(server), SOON).toBe(true)

describe.each(ENGINES)('the notifications about gates on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  async function startWith(gate: TestKey, ...requests: readonly Partial<SubscriptionRequest>[]): Promise<TestServer> {
    const dataDir = temporaryFolder()
    return start({ dataDir }, async (database) => {
      await addTrustedKey(database, { pem: gate.publicPem, name: 'gate' }, Date.now())
      for (const request of requests) await subscribe(database, dataDir, request)
    })
  }
  const post = async (server: TestServer, gate: TestKey, parts: DecisionParts) => {
    const response = await postDecision(server, await decision(gate, parts))
    expect(response.status, response.text).toBe(201)
    return response.at('id')
  }

  it('tell when a gate fails, and when it passes again, of each policy and branch, and are quiet otherwise', async () => {
    const gate = newKey()
    const hook = await receiver()
    const server = await startWith(gate, { url: hook.url, branch: '*' })
    const at = (minutes: number, parts: DecisionParts = {}) =>
      post(server, gate, { timeVerified: minutesAgo(minutes), ...parts })

    await at(60, { passed: true })
    const failed = await at(50)
    await at(40)
    await at(39, { passed: true, policyName: 'nightly' })
    await at(38, { passed: true, about: { branch: 'topic' } })
    await at(37, { passed: true, about: { pullRequest: '3' } })
    await at(30, { passed: true })
    await at(20, { passed: true })
    await at(19, { about: { projects: ['other'] } })
    await waitUntilIdle(server)

    const told = hook.requests.map((request) => gateBodySchema.parse(JSON.parse(request.body)))
    expect(told.map((one) => [one.event, one.decision.policy])).toEqual([
      ['gate-failed', 'release'],
      ['gate-failed', 'release'],
      ['gate-recovered', 'release'],
    ])
    const body = gateBodySchema.parse(JSON.parse(hook.requests[0]?.body ?? ''))
    expect(body).toMatchObject({
      event: 'gate-failed',
      project: 'shop',
      decision: { id: failed, url: `${server.url}/decisions/${failed}`, policy: 'release', signer: gate.fingerprint },
      failed_rules: { count: 1, rules: [FINDING] },
    })
  })

  it('are not sent about a decision that was sent before, or that is older than the latest one', async () => {
    const gate = newKey()
    const hook = await receiver()
    const server = await startWith(gate, { url: hook.url })
    const old = await decision(gate, { passed: true, timeVerified: minutesAgo(60) })
    const failed = await decision(gate, { timeVerified: minutesAgo(50) })

    const statuses: string[] = []
    for (const body of [failed, old, failed, old]) statuses.push((await postDecision(server, body)).at('status'))
    await waitUntilIdle(server)

    expect(statuses).toEqual(['created', 'created', 'duplicate', 'duplicate'])
    expect(eventsOf(hook.requests)).toEqual(['gate-failed'])
  })

  it('tell chats about the base branch only, as about runs', async () => {
    const gate = newKey()
    const hook = await receiver()
    const server = await startWith(gate, { url: hook.url, kind: 'slack', secret: undefined })

    await post(server, gate, { about: { branch: 'topic' } })
    await post(server, gate, { about: { pullRequest: '3' } })
    await post(server, gate, {})
    await waitUntilIdle(server)

    expect(hook.requests.map(({ body }) => JSON.parse(body).text)).toEqual([
      'shop: the gate release failed on main: 1 rule is violated',
    ])
  })

  it('are in the transaction that stores the decision: a server that was stopped sends them after its start', async () => {
    const gate = newKey()
    const hook = await receiver((_, number) => ({ status: number === 1 ? 503 : 200 }))
    const first = await startWith(gate, { url: hook.url })
    await post(first, gate, {})
    const rows = await first.database.selectFrom('deliveries').select(['event', 'run_seq']).execute()
    await first.close()

    const second = await start({ dataDir: first.dataDir, databaseUrl: first.databaseUrl })
    second.advance(120_000)
    await waitUntilIdle(second)

    expect(rows).toEqual([{ event: 'gate-failed', run_seq: null }])
    expect(eventsOf(hook.requests).at(-1)).toBe('gate-failed')
  })

  it('have a check of their own at the commit, and a line in the only comment on the pull request', async () => {
    const gate = newKey()
    const { answer, comments } = github()
    const forge = await receiver(answer)
    const server = await startWith(gate, {
      kind: 'github',
      url: forge.url,
      repository: 'acme/shop',
      secret: 'ghs_token',
    })
    const properties = {
      'git:branch': 'topic',
      'git:commit': SHA,
      'git:remote': PULL.remote,
      'ci:pull_request': '4',
    }
    const run = await server.post('/api/v1/junit/submit', report({ properties }), XML)
    await waitUntilIdle(server)
    const reports = [{ name: 'unit.xml', sha256: 'a'.repeat(64), contentHash: run.at('content_hash') }]

    const failed = await post(server, gate, { about: PULL, reports, timeVerified: minutesAgo(2) })
    await waitUntilIdle(server)
    const afterFailure = comments.map(({ body }) => body)
    await post(server, gate, { about: PULL, reports, passed: true, timeVerified: minutesAgo(1) })
    await waitUntilIdle(server)

    const urls = forge.requests
      .filter(({ target }) => target.endsWith('/check-runs'))
      .map(({ body }) => JSON.parse(body).details_url)
    expect(forge.requests.flatMap(({ method, target, body }) => problemsOfRequest(method, target, body))).toEqual([])
    expect(checksOf(forge.requests)).toEqual([
      ['jux: shop', 'failure'],
      ['jux gate: shop, release', 'failure'],
      ['jux gate: shop, release', 'success'],
    ])
    expect(urls[1]).toBe(`${server.url}/decisions/${failed}`)
    expect(afterFailure).toHaveLength(1)
    expect(afterFailure[0]).toContain(`- [the gate](${server.url}/decisions/${failed}) \` release \` failed`)
    expect(comments).toHaveLength(1)
    expect(comments[0]?.body).toContain('` release ` passed')
  })

  it('leave the check of the latest decision about a commit, whatever branch or pull request an older one is about', async () => {
    const gate = newKey()
    const { answer } = github()
    const forge = await receiver(answer)
    const hook = await receiver()
    const server = await startWith(
      gate,
      { kind: 'github', url: forge.url, repository: 'acme/shop', secret: 'ghs_t' },
      { url: hook.url, branch: '*' },
    )
    const about = { commit: SHA, remote: PULL.remote }

    await post(server, gate, { about, timeVerified: minutesAgo(1) })
    await waitUntilIdle(server)
    await post(server, gate, { about: { ...about, branch: 'topic' }, passed: true, timeVerified: minutesAgo(3) })
    await post(server, gate, { about: PULL, passed: true, timeVerified: minutesAgo(4) })
    await waitUntilIdle(server)
    // About the same branch, it is news for those who were told nothing else about it.
    await post(server, gate, { about: { ...about, branch: 'other' }, timeVerified: minutesAgo(2) })
    await waitUntilIdle(server)

    expect(checksOf(forge.requests)).toEqual([['jux gate: shop, release', 'failure']])
    expect(eventsOf(hook.requests)).toEqual(['gate-failed', 'gate-failed'])
  })

  it('leave the check of the latest decision if that of an older one is sent again after a failure', async () => {
    const gate = newKey()
    const { answer } = github()
    const forge = await receiver((request, at) => (at === 1 ? { status: 503 } : answer(request)))
    const server = await startWith(gate, { kind: 'github', url: forge.url, repository: 'acme/shop', secret: 'ghs_t' })
    const about = { commit: SHA, remote: PULL.remote }

    await post(server, gate, { about, passed: true, timeVerified: minutesAgo(2) })
    await expect.poll(() => server.log.join(''), SOON).toContain('"notification failed"')
    await post(server, gate, { about, timeVerified: minutesAgo(1) })
    await expect.poll(() => forge.requests.length, SOON).toBe(2)
    server.advance(60_000)
    await waitUntilIdle(server)

    expect(checksOf(forge.requests)).toEqual([
      ['jux gate: shop, release', 'success'],
      ['jux gate: shop, release', 'failure'],
    ])
    expect(server.log.join('')).toContain('"notification outdated"')
  })

  it('do not tell of a failure after they have told that the gate recovered from it', async () => {
    const gate = newKey()
    const hook = await receiver((_, at) => ({ status: at === 1 ? 503 : 200 }))
    const server = await startWith(gate, { url: hook.url })

    await post(server, gate, { timeVerified: minutesAgo(3) })
    await expect.poll(() => server.log.join(''), SOON).toContain('"notification failed"')
    await post(server, gate, { passed: true, timeVerified: minutesAgo(2) })
    await expect.poll(() => hook.requests.length, SOON).toBe(2)
    server.advance(60_000)
    await waitUntilIdle(server)

    expect(eventsOf(hook.requests)).toEqual(['gate-failed', 'gate-recovered'])
  })

  it('are not written to another repository than that of the subscription', async () => {
    const gate = newKey()
    const { answer } = github()
    const forge = await receiver(answer)
    const server = await startWith(gate, { kind: 'github', url: forge.url, repository: 'acme/shop', secret: 'ghs_t' })

    await post(server, gate, { about: { ...PULL, remote: 'https://github.com/acme/bank.git' } })
    await post(server, gate, { about: { commit: SHA } })
    await waitUntilIdle(server)

    expect(forge.requests).toEqual([])
  })
})

describe('a message about a gate to a forge', () => {
  const tell = (kind: 'github' | 'gitlab', url: string) =>
    deliver({
      id: 'd1',
      subscription: { kind, repository: 'acme/shop' },
      credentials: { url, secret: 'token' },
      notice: gateNotice(),
      facts: { pullRequest: 12, repository: 'acme/shop', sha: SHA },
      nowMs: RECEIVED_MS,
      signal: new AbortController().signal,
    })

  it("is a commit status if the token may write no check runs, as GitHub's description allows", async () => {
    const { answer, comments } = github([], { canCheck: false })
    const { url, requests } = await receiver(answer)

    await tell('github', url)

    expect(requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /repos/acme/shop/check-runs',
      `POST /repos/acme/shop/statuses/${SHA}`,
    ])
    expect(requests.flatMap(({ method, target, body }) => problemsOfRequest(method, target, body))).toEqual([])
    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({ context: 'jux gate: shop, release', state: 'failure' })
    expect(comments).toEqual([])
  })

  it('is a commit status of its own at GitLab', async () => {
    const { url, requests } = await receiver(() => ({ status: 201 }))

    await tell('gitlab', `${url}/api/v4`)

    expect(requests.map(({ target }) => target)).toEqual([`/api/v4/projects/acme%2Fshop/statuses/${SHA}`])
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      state: 'failed',
      name: 'jux gate: shop, release',
      description: 'shop: the gate release failed on main: 1 rule is violated',
      target_url: 'https://jux.example.com/decisions/d1',
    })
  })
})

describe('gateEventOf', () => {
  const of = (result: 'passed' | 'failed') => ({ result })

  it('is news only if no later decision is there', () => {
    expect(gateEventOf(of('failed'), { before: undefined, after: undefined })).toBe('gate-failed')
    expect(gateEventOf(of('passed'), { before: of('failed'), after: undefined })).toBe('gate-recovered')
    expect(gateEventOf(of('passed'), { before: of('passed'), after: undefined })).toBe('gate-completed')
    expect(gateEventOf(of('passed'), { before: of('failed'), after: of('failed') })).toBe('gate-completed')
    expect(gateEventOf(of('failed'), { before: undefined, after: of('passed') })).toBe('gate-completed')
  })
})

/** Texts that a vendor would act on. */
const HOSTILE = [
  '<!channel> <@U123> <https://evil.example|click> & *bold* @all ~town-square',
  '``` ` ``` </details><script>alert(1)</script> ![x](https://evil.example/pixel) [click](https://evil.example)',
  '/close\n/assign @me\n\n# heading\r\n- item\u202etxt',
] as const

function gateNotice(text = 'release', count = 1): GateNotice {
  return {
    event: 'gate-failed',
    decision: {
      id: 'd1',
      project: text === 'release' ? 'shop' : text,
      branch: text === 'release' ? 'main' : text,
      commit_sha: SHA,
      policy: text,
      result: 'failed',
      signer: 'f'.repeat(64),
      decided_at: Date.UTC(2026, 0, 15),
      received_at: Date.UTC(2026, 0, 15),
    },
    failedRules: Array.from({ length: count }, (_, at) => ({
      ...FINDING,
      rule: `rule.${at}`,
      found: text,
      wanted: text,
    })),
    decisionUrl: 'https://jux.example.com/decisions/d1',
    pullRequest: undefined,
  }
}

const LARGE = gateNotice('&<'.repeat(1_000), 200)
const ALL = [gateNotice(), LARGE, ...HOSTILE.map((text) => gateNotice(text))]

describe('the messages about gates', () => {
  it('say which gate failed, where, and what was found in place of what', () => {
    expect(gateHeadline(gateNotice())).toBe('shop: the gate release failed on main: 1 rule is violated')
    expect(gateHeadline({ ...gateNotice(), pullRequest: 7 })).toContain('failed on pull request 7')
    expect(slackGateMessage(gateNotice()).blocks.map((block) => block.type)).toEqual([
      'header',
      'section',
      'context',
      'actions',
    ])
    expect(mattermostGateMessage(gateNotice()).attachments[0]).toMatchObject({
      color: '#c92a2a',
      title_link: 'https://jux.example.com/decisions/d1',
      text: expect.stringContaining('- ` rule.0 `: ` unit.xml: release (wanted: release) `'),
    })
  })

  it('are valid against the published schema, whatever the decision says', () => {
    const ajv = new Ajv({ strict: false, schemaId: '$id', validateSchema: false })
    formats.default(ajv)
    const text = readFileSync(new URL('../../../schema/webhook.schema.json', import.meta.url), 'utf8')
    const { $schema: _, ...schema } = JSON.parse(text)
    const validate = ajv.compile(schema)

    for (const value of ALL) {
      const body: unknown = JSON.parse(JSON.stringify(gateWebhookBody(value, 'd1')))
      expect([validate(body), validate.errors]).toEqual([true, null])
      expect(gateBodySchema.parse(body)).toEqual(body)
    }
  })

  it("are read by Microsoft's library without a complaint, and stay below 28 KB", () => {
    for (const value of ALL) {
      const message = teamsGateMessage(value)
      const context = new SerializationContext()
      const card = new AdaptiveCard()
      card.parse(message.attachments[0].content, context)

      expect(context.eventCount).toBe(0)
      expect(card.toJSON()).toEqual(message.attachments[0].content)
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28_000)
    }
  })

  it('stay within the limits of Slack, GitHub and GitLab', () => {
    for (const value of ALL) {
      const { blocks } = slackGateMessage(value)
      for (const block of blocks) {
        if (block.type === 'section') expect(block.text.text.length).toBeLessThanOrEqual(3_000)
        if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150)
      }
      expect(gateCheckRun(value, SHA).output.summary.length).toBeLessThanOrEqual(65_535)
      expect(githubGateStatus(value).description.length).toBeLessThanOrEqual(140)
      expect(gitlabGateStatus(value).description.length).toBeLessThanOrEqual(255)
      expect(gitlabGateStatus(value).name.length).toBeLessThanOrEqual(255)
    }
  })

  it.each(HOSTILE)('leave nothing that a vendor acts on in %j', (text) => {
    const value = gateNotice(text)
    const slack = slackGateMessage(value).blocks.flatMap((block) =>
      block.type === 'section'
        ? [block.text.text]
        : block.type === 'context'
          ? block.elements.map((it) => it.text)
          : [],
    )
    const [{ fallback, title, text: body }] = mattermostGateMessage(value).attachments
    const markdown = new MarkdownIt({ html: true, linkify: false })
    const check = markdown.render(gateCheckRun(value, SHA).output.summary).replace(/<code>[^<]*<\/code>/g, '')
    const gates = [{ policy: text, result: 'failed' as const, decisionUrl: value.decisionUrl }]
    const comment = commentBody(notice({ gates }), 65_536)

    for (const escaped of slack) expect(escaped).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/)
    for (const shown of [fallback, title, body]) expect(shown).not.toMatch(/@[A-Za-z]/)
    expect(markdown.render(`${body}\n\n${title}`)).not.toMatch(/<(?:a|img|script|h1|details|at)\b/)
    expect(check).not.toMatch(/evil|@|script|alert|close/)
    expect(markdown.render(comment).replace(/<code>[^<]*<\/code>|<!--[^>]*-->/g, '')).not.toMatch(/evil|@|script|close/)
    expect(comment).not.toMatch(/^\s*\//m)
  })

  it('have another name at the commit than the tests, so that neither overwrites the other', () => {
    const [gate, tests] = [gateCheckRun(gateNotice(), SHA).name, checkRun(notice(), SHA).name]

    expect([gate, tests]).toEqual(['jux gate: shop, release', 'jux: shop'])
    expect(githubGateStatus(gateNotice()).context).toBe(gate)
    expect(gitlabGateStatus(gateNotice()).name).toBe(gate)
    expect(gitlabStatus(notice()).name).toBe(tests)
  })
})
