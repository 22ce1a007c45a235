import { realSystem } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { createKey } from '../src/access/keys.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { openReportBytes } from '../src/ingest/bytes.js'
import { removeOldRuns } from '../src/retention.js'
import { loadSettings } from '../src/settings.js'
import { decision, FINDING, postDecision } from './support/decisions.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { HTML, textOf } from './support/pages.js'
import { report, XML } from './support/reports.js'
import type { TestResponse, TestServer } from './support/server.js'
import { newKey, type TestKey } from './support/signing.js'

const LIST = '/api/v1/projects/shop/decisions'
const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)

describe.each(ENGINES)('the decisions of gates on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  /** A server that trusts the key for the project shop. */
  const trusting = (key: TestKey, overrides: Parameters<typeof start>[0] = {}) =>
    start(overrides, (database) =>
      addTrustedKey(database, { pem: key.publicPem, name: 'gate', project: 'shop' }, Date.now()),
    )

  it('POST stores one once, however it is wrapped, and returns it byte for byte', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const timeVerified = new Date()
    const bundle = await decision(gate, { timeVerified })
    const envelope = JSON.stringify(JSON.parse(bundle).dsseEnvelope)

    const first = await postDecision(server, bundle)
    const again = await postDecision(server, bundle)
    const wrapped = await postDecision(server, envelope)
    const id = first.at('id')
    const served = await server.get(`/api/v1/decisions/${id}/envelope`)

    expect([first, again, wrapped].map(({ status }) => status)).toEqual([201, 201, 201])
    expect([first, again, wrapped].map((response) => response.at('status'))).toEqual([
      'created',
      'duplicate',
      'duplicate',
    ])
    expect([again.at('id'), wrapped.at('id')]).toEqual([id, id])
    expect(first.headers.get('location')).toBe(`/decisions/${id}`)
    expect(served.text).toBe(bundle)
    expect(served.headers.get('content-type')).toBe('application/json')
    expect((await server.get(`/api/v1/decisions/${id}`)).json).toMatchObject({
      id,
      project: 'shop',
      branch: 'main',
      commit_sha: 'd'.repeat(40),
      policy: { name: 'release', uri: 'file:policy.json', sha256: 'c'.repeat(64) },
      result: 'failed',
      failed_rules: [FINDING],
      signer: gate.fingerprint,
      decided_at: timeVerified.toISOString(),
      reports: [],
    })
    expect((await server.get('/api/v1/decisions/nothing')).status).toBe(404)
    expect((await server.get('/api/v1/decisions/nothing/envelope')).status).toBe(404)
  })

  it('POST takes one with as many findings and reports as a gate has at most', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const findings = Array.from({ length: 200 }, (_, at) => ({
      rule: 'trust.signature',
      report: `${at}.xml`,
      found: 'x'.repeat(2_000),
      wanted: 'y'.repeat(2_000),
    }))
    const reports = Array.from({ length: 5_000 }, (_, at) => {
      const sha256 = at.toString(16).padStart(64, '0')
      return { name: `${at}.xml`, sha256, contentHash: sha256 }
    })
    const files = reports.map(({ name, sha256 }) => ({ name, uri: `file:${name}`, sha256 }))
    const parts = { findings, reports, inputs: files, subjects: files }

    const stored = await postDecision(server, await decision(gate, parts))
    const served = await server.get(`/api/v1/decisions/${stored.at('id')}`)

    expect([stored.status, stored.text]).toEqual([201, expect.stringContaining('created')])
    expect([served.at('failed_rules', 199, 'rule'), served.at('reports', 4_999, 'name')]).toEqual([
      'trust.signature',
      '4999.xml',
    ])
  })

  it('POST refuses a statement with too many parts before it is parsed', async () => {
    const server = await trusting(newKey())
    const sent = (payload: string) =>
      postDecision(
        server,
        JSON.stringify({
          payloadType: 'application/vnd.in-toto+json',
          payload: Buffer.from(payload).toString('base64'),
          signatures: [{ sig: 'YQ==' }],
        }),
      )

    const refusals = [
      await sent(`[${'{},'.repeat(500_000)}{}]`),
      await sent('['.repeat(2_000_000)),
      await postDecision(server, `{"signatures":[${'{},'.repeat(5_000)}{}]}`),
    ]

    expect(refusals.map((refusal) => [refusal.status, refusal.at('details', 'reason')])).toEqual([
      [400, 'json-values'],
      [400, 'json-depth'],
      [400, 'json-values'],
    ])
  })

  it('POST takes one with the signatures of others beside that of the gate, and refuses many', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const good = JSON.parse(await decision(gate, {}, 'dsse'))
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => JSON.parse(await decision(newKey(), {}, 'dsse')).signatures[0]),
    )
    const sent = (count: number) =>
      postDecision(server, JSON.stringify({ ...good, signatures: [...others.slice(0, count), ...good.signatures] }))

    const [many, some] = [await sent(4), await sent(3)]

    expect([many.status, many.at('message')]).toEqual([422, 'the decision has more than 4 signatures'])
    expect(some.status).toBe(201)
    expect((await server.get(`/api/v1/decisions/${some.at('id')}`)).at('signer')).toBe(gate.fingerprint)
  })

  it('links the reports that it judged, whether they arrive before or after it', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const [early, late] = [report({ name: 'early' }), report({ name: 'late' })]
    const stored = await server.post('/api/v1/junit/submit', early, XML)
    const other = await start()
    const lateHash = (await other.post('/api/v1/junit/submit', late, XML)).at('content_hash')
    const foreign = await server.post('/api/v1/junit/submit', report({ project: 'bank' }), XML)
    const reports = [
      { name: 'early.xml', sha256: 'a'.repeat(64), contentHash: stored.at('content_hash') },
      { name: 'late.xml', sha256: 'b'.repeat(64), contentHash: lateHash },
      { name: 'bank.xml', sha256: 'e'.repeat(64), contentHash: foreign.at('content_hash') },
    ]

    const added = await postDecision(server, await decision(gate, { reports }))
    const path = `/api/v1/decisions/${added.at('id')}`
    const before = await server.get(path)
    const arrived = await server.post('/api/v1/junit/submit', late, XML)
    const after = await server.get(path)

    const runs = (response: TestResponse) => [0, 1, 2].map((at) => response.at('reports', at, 'test_run_id'))
    expect(runs(before)).toEqual([stored.at('test_run_id'), 'null', 'null'])
    expect(runs(after)).toEqual([stored.at('test_run_id'), arrived.at('test_run_id'), 'null'])
    expect(await textOf(server, `/runs/${foreign.at('test_run_id')}`)).not.toContain(FINDING.rule)
    for (const run of [stored, arrived]) {
      const page = await textOf(server, `/runs/${run.at('test_run_id')}`)
      expect(page).toContain('release')
      expect(page).toContain(FINDING.rule)
      expect(page).toContain(gate.fingerprint.slice(0, 16))
    }
  })

  it('links the reports of all of its projects, for those who may read them', async () => {
    const gate = newKey()
    let key = ''
    const server = await start({ trustLocal: true }, async (database) => {
      await addTrustedKey(database, { pem: gate.publicPem, name: 'gate' }, Date.now())
      key = (await createKey(database, { name: 'shop', scope: 'read', project: 'shop' }, Date.now())).text
    })
    const runs = [
      await server.post('/api/v1/junit/submit', report({ project: 'shop' }), XML),
      await server.post('/api/v1/junit/submit', report({ project: 'web' }), XML),
    ]
    const reports = runs.map((run, at) => ({
      name: `${at}.xml`,
      sha256: 'a'.repeat(64),
      contentHash: run.at('content_hash'),
    }))
    const about = { projects: ['shop', 'web'] }
    const path = `/decisions/${(await postDecision(server, await decision(gate, { about, reports }))).at('id')}`
    const shop = { authorization: `Bearer ${key}` }
    const ids = async (headers: Record<string, string>) => {
      const response = await server.get(`/api/v1${path}`, headers)
      return [0, 1].map((at) => response.at('reports', at, 'test_run_id'))
    }
    const [all, restricted] = [await textOf(server, path), await textOf(server, path, shop)]

    expect(await ids({})).toEqual(runs.map((run) => run.at('test_run_id')))
    expect(await ids(shop)).toEqual([runs[0]?.at('test_run_id'), 'null'])
    expect(all).not.toMatch(/not here|not in this project/)
    expect(restricted).toContain('not in this project')
    expect(restricted).not.toContain('not here')
  })

  it('refuses a decision that was changed, that another key signed, or that is signed for another project', async () => {
    const [gate, stranger] = [newKey(), newKey()]
    const server = await trusting(gate)
    const good = JSON.parse(await decision(gate))
    const payload = JSON.parse(Buffer.from(good.dsseEnvelope.payload, 'base64').toString())
    payload.predicate.verificationResult = 'PASSED'
    const forged = structuredClone(good)
    forged.dsseEnvelope.payload = Buffer.from(JSON.stringify(payload)).toString('base64')

    const refusals = [
      await postDecision(server, JSON.stringify(forged)),
      await postDecision(server, await decision(stranger)),
      await postDecision(server, await decision(gate, { about: { projects: ['bank'] } })),
      await postDecision(server, await decision(gate, { about: { projects: ['shop', 'bank'] } })),
    ]

    for (const refusal of refusals) {
      expect([refusal.status, refusal.at('message')], refusal.text).toEqual([
        422,
        expect.stringContaining('not signed by a key that this server trusts for the project'),
      ])
      expect(refusal.at('suggestions', 0)).toContain('jux-server trust add')
    }
    expect(refusals.slice(0, 2).map((refusal) => refusal.at('details', 'code'))).toEqual([
      'ATTESTATION_SIGNATURE_INVALID',
      'ATTESTATION_SIGNATURE_INVALID',
    ])
    expect(await countDecisions(server)).toBe(0)
  })

  it('refuses what is no decision, states no project or no time, or is from the future', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const good = await decision(gate)
    const cases: [string, RegExp][] = [
      ['{}', /not a DSSE envelope/],
      ['[1]', /not a DSSE envelope/],
      ['{"payloadType":"text/plain","payload":"YQ==","signatures":[{"sig":"YQ=="}]}', /not a statement/],
      [await decision(gate, { about: { projects: [] } }), /states no project/],
      [await decision(gate, { about: { projects: ['a\0b'] } }), /character NUL/],
      [await decision(gate, { about: { projects: ['shop'], branch: 'x'.repeat(501) } }), /longer than 500/],
      [await decision(gate, { about: { projects: ['shop'], branch: 'a\ud800' } }), /half of a surrogate pair/],
      [await decision(gate, { timeVerified: new Date(Date.now() + DAY_MS) }), /from the future/],
    ]

    for (const [body, message] of cases) {
      const response = await postDecision(server, body)
      expect([response.status, response.at('message')], body.slice(0, 200)).toEqual([
        422,
        expect.stringMatching(message),
      ])
    }
    expect((await server.post('/api/v1/decisions', good, { 'content-type': 'text/plain' })).status).toBe(415)
    const large = await postDecision(server, `{"a":"${'x'.repeat(5_000_000)}"}`)
    expect([large.status, large.at('message')]).toEqual([413, expect.stringContaining('the decision is larger than')])
    expect(large.at('suggestions', 0)).toBe('')
    expect(await countDecisions(server)).toBe(0)
  })

  it('needs a key that may submit, of the project, and counts as a submission', async () => {
    const gate = newKey()
    const keys: Record<string, string> = {}
    const server = await start({ trustLocal: false, rateLimit: 2 }, async (database) => {
      await addTrustedKey(database, { pem: gate.publicPem, name: 'gate' }, Date.now())
      for (const [name, scope, project] of [
        ['submit', 'submit', 'shop'],
        ['read', 'read', 'shop'],
        ['other', 'all', 'bank'],
      ] as const) {
        keys[name] = (await createKey(database, { name, scope, project }, Date.now())).text
      }
    })
    const bearer = (name: string) => ({ authorization: `Bearer ${keys[name]}` })
    const body = await decision(gate)

    const added = await postDecision(server, body, bearer('submit'))
    const path = `/api/v1/decisions/${added.at('id')}`

    expect(added.status).toBe(201)
    expect((await postDecision(server, body)).status).toBe(401)
    expect((await postDecision(server, body, { cookie: `jux_key=${keys.submit}` })).status).toBe(401)
    expect((await postDecision(server, body, bearer('read'))).status).toBe(403)
    expect((await postDecision(server, body, bearer('other'))).status).toBe(403)
    expect((await server.get(path, bearer('read'))).at('submitted_by')).toBe(keys.submit?.slice(4, 20))
    expect((await server.get(path, bearer('other'))).status).toBe(404)
    expect((await server.get(`${path}/envelope`, bearer('other'))).status).toBe(404)
    expect((await server.get(`${path}/envelope`, bearer('submit'))).status).toBe(403)
    expect((await server.get(LIST, bearer('other'))).status).toBe(403)
    expect((await server.get(`/decisions/${added.at('id')}`, { ...bearer('other'), ...HTML })).status).toBe(404)
    expect((await postDecision(server, body, bearer('submit'))).at('status')).toBe('duplicate')
    expect((await postDecision(server, body, bearer('submit'))).status).toBe(429)
  })

  it('has one entry for each of its projects, if the server trusts the signer for all of them', async () => {
    const gate = newKey()
    const server = await start({}, (database) =>
      addTrustedKey(database, { pem: gate.publicPem, name: 'gate' }, Date.now()),
    )

    const added = await postDecision(server, await decision(gate, { about: { projects: ['web', 'shop'] } }))

    expect(added.json).toMatchObject({ decisions: [{ project: 'shop' }, { project: 'web' }] })
    expect((await server.get('/api/v1/projects/web/decisions')).at('decisions', 0, 'id')).toBe(
      added.at('decisions', 1, 'id'),
    )
  })

  it('GET lists those of a project, the latest first, by page, branch, policy and result', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const add = async (days: number, parts: Parameters<typeof decision>[1] = {}) =>
      (await postDecision(server, await decision(gate, { timeVerified: daysAgo(days), ...parts }))).at('id')
    const ids = [
      await add(3),
      await add(1, { passed: true }),
      await add(2, { about: { branch: 'topic' } }),
      await add(4, { policyName: 'nightly' }),
    ]
    const list = async (query: string) => {
      const response = await server.get(`${LIST}${query}`)
      const found = Array.from({ length: 4 }, (_, at) => ids.indexOf(response.at('decisions', at, 'id')))
      return found.filter((at) => at >= 0)
    }

    expect(await list('')).toEqual([1, 2, 0, 3])
    expect(await list('?per_page=2&page=2')).toEqual([0, 3])
    expect(await list('?branch=topic')).toEqual([2])
    expect(await list('?policy=nightly')).toEqual([3])
    expect(await list('?result=passed')).toEqual([1])
    expect((await server.get(LIST)).at('pagination', 'total_count')).toBe('4')
    expect((await server.get(`${LIST}?result=perhaps`)).status).toBe(400)
    expect((await server.get('/api/version')).at('decisions', 'max_bytes')).toBe(String(4 * 1024 * 1024))
    expect(
      (await server.get('/api/openapi.json')).at('paths', LIST.replace('shop', '{project}'), 'get', 'summary'),
    ).toContain('decisions')
  })

  it('are deleted with old runs, and none that was deleted is taken again', async () => {
    const gate = newKey()
    const keepMs = 10 * DAY_MS
    const server = await trusting(gate, { keepMs })
    const old = await decision(gate, { timeVerified: daysAgo(1) })
    await postDecision(server, old)
    server.advance(9.5 * DAY_MS)
    await postDecision(
      server,
      await decision(gate, { timeVerified: new Date(Date.now() + 9.4 * DAY_MS), passed: true }),
    )
    server.advance(DAY_MS)

    const settings = loadSettings({ data: server.dataDir, keep: '10d' }, { ...realSystem(), env: {} })
    const bytes = openReportBytes({ engine, database: server.database }, server.dataDir)
    const now = () => new Date(Date.now() + 10.5 * DAY_MS)
    await removeOldRuns({ database: server.database, settings, bytes, now }, () => false)
    const replayed = await postDecision(server, old)

    expect((await server.get(LIST)).at('decisions', 0, 'result')).toBe('passed')
    expect(await countDecisions(server)).toBe(1)
    expect([replayed.status, replayed.at('message')]).toEqual([422, expect.stringContaining('older than the time')])
  })

  it('are deleted in the order in which they were made, so that one that arrived late never becomes the latest', async () => {
    const gate = newKey()
    const server = await trusting(gate, { keepMs: 10 * DAY_MS })
    const passed = await decision(gate, { passed: true, timeVerified: daysAgo(0.5) })
    await postDecision(server, await decision(gate))
    server.advance(9 * DAY_MS)
    expect((await postDecision(server, passed)).status).toBe(201)
    const settings = loadSettings({ data: server.dataDir, keep: '10d' }, { ...realSystem(), env: {} })
    const bytes = openReportBytes({ engine, database: server.database }, server.dataDir)

    const latest = async (days: number) => {
      const now = () => new Date(Date.now() + days * DAY_MS)
      await removeOldRuns({ database: server.database, settings, bytes, now }, () => false)
      return (await server.get(LIST)).at('decisions', 0, 'result')
    }

    expect([await latest(9), await latest(9.7), await latest(10.1)]).toEqual(['failed', 'failed', ''])
  })

  it('stores one decision once that arrives many times at the same time', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const body = await decision(gate)

    const responses = await Promise.all(Array.from({ length: 12 }, () => postDecision(server, body)))

    expect(responses.map((response) => response.at('status')).sort()).toEqual([
      'created',
      ...Array.from({ length: 11 }, () => 'duplicate'),
    ])
    expect(new Set(responses.map((response) => response.at('id'))).size).toBe(1)
    expect(await countDecisions(server)).toBe(1)
  })
})

async function countDecisions({ database }: TestServer): Promise<number> {
  const { count } = await database
    .selectFrom('decisions')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
