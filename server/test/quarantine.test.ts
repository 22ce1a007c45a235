import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSigner, realSystem } from 'jux-reporter'
import { signWaiver } from 'jux-reporter/internal'
import { describe, expect, it } from 'vitest'
import { readWaiver } from '../../src/gate/waivers.js'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { main } from '../src/cli.js'
import { testKey } from '../src/ingest/test-key.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { HTML, htmlOf, submit, textOf } from './support/pages.js'
import { JSON_HEADERS } from './support/reports.js'
import type { TestResponse, TestServer } from './support/server.js'
import { newKey } from './support/signing.js'

const PATH = '/api/v1/projects/shop/quarantine'
const DAY_MS = 86_400_000
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)
const ENTRY = { test: 'cart > removes', owner: 'ann', reason: 'race in the cart', expires: dayFromNow(30) }
const FAILURES =
  '<testcase classname="cart" name="adds"/>' +
  '<testcase classname="cart" name="removes"><failure message="one"/></testcase>' +
  '<testcase classname="cart" name="pays"><failure message="two"/></testcase>' +
  '<testcase classname="cart" name="ships"><error message="three"/></testcase>'

const post = (server: TestServer, body: unknown, headers = {}) =>
  server.post(PATH, JSON.stringify(body), { ...JSON_HEADERS, ...headers })

async function remove(server: TestServer, path: string, headers: Record<string, string> = {}): Promise<number> {
  return (await fetch(`${server.url}${path}`, { method: 'DELETE', headers })).status
}

async function waiver(privatePem: string, content: Record<string, unknown> = {}) {
  const signer = await loadSigner({ key: privatePem })
  return signWaiver({ version: 1, created: new Date().toISOString(), ...ENTRY, ...content }, signer)
}

describe.each(ENGINES)('the quarantine on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  it('POST adds an entry, GET lists it by state, and DELETE keeps who removed it and when', async () => {
    const server = await start()
    await submit(server, { cases: FAILURES })

    const added = await post(server, ENTRY)
    server.advance(1_000)
    const byKey = await post(server, { ...ENTRY, test: undefined, test_key: testKey('shop', 'cart', 'pays') })
    const listed = await server.get(PATH)
    const removed = await remove(server, `${PATH}/${added.at('id')}`)
    const again = await remove(server, `${PATH}/${added.at('id')}`)
    const states = async (state: string) => idsOf(await server.get(`${PATH}?state=${state}`))

    expect(added.status).toBe(201)
    expect(added.json).toMatchObject({ ...ENTRY, project: 'shop', state: 'active', signed: false, signer: null })
    expect(added.at('test_key')).toBe(testKey('shop', 'cart', 'removes'))
    expect(byKey.at('test')).toBe('cart > pays')
    expect(idsOf(listed)).toEqual([byKey.at('id'), added.at('id')])
    expect([removed, again]).toEqual([200, 200])
    expect(await states('active')).toEqual([byKey.at('id')])
    expect(await states('removed')).toEqual([added.at('id')])
    server.advance(31 * DAY_MS)
    expect(await states('expired')).toEqual([byKey.at('id')])
    expect(await states('active')).toEqual([])
    expect((await server.get(PATH)).at('quarantine', 1, 'removed_at')).toMatch(/Z$/)
    expect(await remove(server, `${PATH}/nothing`)).toBe(404)
    expect(await remove(server, `/api/v1/projects/bank/quarantine/${byKey.at('id')}`)).toBe(404)
  })

  it('POST, GET and the page say that no report has the test of an entry until one arrives', async () => {
    const server = await start()
    await submit(server, { cases: '<testcase classname="cart" name="adds"/>' })
    const keyIn = async () => JSON.parse((await server.get(PATH)).text).quarantine[0].test_key
    const page = () => textOf(server, '/projects/shop/quarantine')

    const added = await post(server, ENTRY)
    const before = [await keyIn(), (await page()).includes('no report has this test yet')]
    await submit(server, { cases: FAILURES })
    const after = [await keyIn(), (await page()).includes('no report has this test yet')]

    expect(JSON.parse(added.text).test_key).toBe(null)
    expect(before).toEqual([null, true])
    expect(after).toEqual([testKey('shop', 'cart', 'removes'), false])
  })

  it('the page of a failing test has the command that quarantines it by its key, until it is quarantined', async () => {
    const server = await start()
    const outside = '<testcase classname="cart" name="(did not load)"><error message="no"/></testcase>'
    const id = await submit(server, { cases: `${FAILURES}${outside}` })
    const command = `npx jux-server quarantine add --project shop --key ${testKey('shop', 'cart', 'removes')} --owner`
    const page = (position: number) => textOf(server, `/runs/${id}/tests/${position}`)

    const failing = await page(1)
    const others = [await page(0), await page(4)]
    await post(server, ENTRY)
    const quarantined = await page(1)

    expect(failing).toContain(command)
    for (const other of [...others, quarantined]) expect(other).not.toContain('quarantine add')
  })

  it('POST refuses an entry without an owner, a reason or a day within a year, and what is no test', async () => {
    const server = await start()
    const cases: [object, number, RegExp][] = [
      [{ ...ENTRY, owner: undefined }, 400, /not a quarantine request/],
      [{ ...ENTRY, owner: ' ' }, 422, /the owner is missing/],
      [{ ...ENTRY, reason: '' }, 400, /not a quarantine request/],
      [{ ...ENTRY, reason: 'x'.repeat(2_001) }, 422, /longer than 2000/],
      [{ ...ENTRY, expires: '2026-02-30' }, 400, /not a quarantine request/],
      [{ ...ENTRY, expires: dayFromNow(-1) }, 422, /is over/],
      [{ ...ENTRY, expires: dayFromNow(368) }, 422, /more than a year ahead/],
      [{ ...ENTRY, test: 'cart > (did not load)' }, 422, /no test but an error of the run/],
      [{ ...ENTRY, test: 'a\0b' }, 422, /NUL/],
      [{ ...ENTRY, more: 1 }, 400, /not a quarantine request/],
      [{ ...ENTRY, test: undefined, test_key: 'unknown' }, 422, /no report of the project had a test/],
    ]

    for (const [body, status, message] of cases) {
      const response = await post(server, body)
      expect([response.status, response.at('message')], response.text).toEqual([status, expect.stringMatching(message)])
    }
    expect((await server.post(PATH, '{', JSON_HEADERS)).status).toBe(400)
    expect((await server.post(PATH, '{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await server.post(PATH, `{"a":"${'x'.repeat(200_000)}"}`, JSON_HEADERS)).status).toBe(413)
    expect(idsOf(await server.get(PATH))).toEqual([])
    expect((await post(server, { ...ENTRY, expires: dayFromNow(0) })).status).toBe(201)
    expect((await post(server, { ...ENTRY, expires: dayFromNow(366) })).status).toBe(201)
  })

  it('needs a key that may submit, of the project, and no cookie does', async () => {
    const keys: Record<string, string> = {}
    const server = await start({ trustLocal: false }, async (database) => {
      const create = async (name: string, scope: 'submit' | 'read' | 'all', project?: string) => {
        keys[name] = (await createKey(database, { name, scope, project }, Date.now())).text
      }
      await create('submit', 'submit', 'shop')
      await create('read', 'read', 'shop')
      await create('other', 'all', 'bank')
    })
    const bearer = (name: string) => ({ authorization: `Bearer ${keys[name]}` })

    const added = await post(server, ENTRY, bearer('submit'))
    const path = `${PATH}/${added.at('id')}`

    expect(added.status).toBe(201)
    expect(added.at('created_by')).toBe(keys.submit?.slice(4, 20))
    expect((await post(server, ENTRY, bearer('read'))).status).toBe(403)
    expect((await post(server, ENTRY, bearer('other'))).status).toBe(403)
    expect((await post(server, ENTRY)).status).toBe(401)
    expect((await post(server, ENTRY, { cookie: `jux_key=${keys.submit}` })).status).toBe(401)
    expect(await remove(server, path, { cookie: `jux_key=${keys.submit}` })).toBe(401)
    expect(await remove(server, path, bearer('read'))).toBe(403)
    expect(await remove(server, path, bearer('other'))).toBe(403)
    expect((await server.get(PATH, bearer('other'))).status).toBe(403)
    expect((await server.get(PATH, bearer('submit'))).status).toBe(403)
    expect((await server.get('/projects/shop/quarantine', { ...bearer('other'), ...HTML })).status).toBe(404)
    expect((await server.get(PATH, bearer('read'))).at('quarantine', 0, 'state')).toBe('active')
    expect(await remove(server, path, bearer('submit'))).toBe(200)
    expect((await server.get(PATH, bearer('read'))).at('quarantine', 0, 'removed_by')).toBe(keys.submit?.slice(4, 20))
  })

  it('counts entries as submissions for the rate limit', async () => {
    let key = ''
    const server = await start({ rateLimit: 2 }, async (database) => {
      key = (await createKey(database, { name: 'ci', scope: 'all' }, Date.now())).text
    })
    const headers = { authorization: `Bearer ${key}` }

    const statuses = [
      (await post(server, ENTRY, headers)).status,
      await remove(server, `${PATH}/nothing`, headers),
      (await post(server, ENTRY, headers)).status,
    ]

    expect(statuses).toEqual([201, 404, 429])
  })

  it('takes a waiver of a signer that it trusts for the project, and returns it as it was signed', async () => {
    const [lead, reports, stranger] = [newKey(), newKey(), newKey()]
    const server = await start({}, async (database) => {
      for (const { publicPem } of [lead, reports]) {
        await addTrustedKey(database, { pem: publicPem, name: 'a', project: 'shop' }, Date.now())
      }
    })
    await server.post('/api/v1/junit/submit', await reports.sign(signedReport()), { 'content-type': 'application/xml' })
    const signed = await waiver(lead.privatePem, { project: 'shop' })

    const added = await post(server, { waiver: signed })
    const refusals = [
      await post(server, { waiver: await waiver(stranger.privatePem) }),
      await post(server, { waiver: { ...signed, payload: Buffer.from('{"version":1}').toString('base64') } }),
      await post(server, { waiver: await waiver(lead.privatePem, { project: 'bank' }) }),
      await post(server, { waiver: await waiver(reports.privatePem) }),
      await post(server, { waiver: await waiver(lead.privatePem, { expires: dayFromNow(400) }) }),
    ]

    expect(added.json).toMatchObject({ ...ENTRY, signed: true, signer: lead.fingerprint, waiver: signed })
    expect((await server.get(PATH)).json).toMatchObject({ quarantine: [{ waiver: signed, signer: lead.fingerprint }] })
    expect(refusals.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422])
    expect(refusals.map((response) => response.at('message'))).toEqual([
      expect.stringContaining('no signature of the envelope is of a trusted key'),
      expect.stringContaining('no signature of the envelope is of a trusted key'),
      expect.stringContaining('for the project bank'),
      expect.stringContaining('a key that signs reports'),
      expect.stringContaining('more than a year ahead'),
    ])
    expect(await textOf(server, '/projects/shop/quarantine')).toContain(lead.fingerprint.slice(0, 16))
    const file = Buffer.from(JSON.stringify(Reflect.get(added.json ?? {}, 'waiver')))
    const approvers = { publicKeys: [createPublicKey(lead.publicPem)], certificates: [], authorities: [] }
    const read = readWaiver({ name: 'a', path: 'a', bytes: file, sha256: '' }, approvers, new Date())
    expect(read).toMatchObject({ ...ENTRY, approver: lead.fingerprint })
  })

  it('a project has at most 1,000 entries that are not removed', async () => {
    const server = await start()
    const added = await post(server, ENTRY)
    const first = await server.database.selectFrom('quarantine').selectAll().executeTakeFirstOrThrow()
    const rows = Array.from({ length: 999 }, (_, at) => ({ ...first, id: `copy ${at}` }))
    await server.database.insertInto('quarantine').values(rows).execute()

    const refused = await post(server, ENTRY)
    await remove(server, `${PATH}/${added.at('id')}`)
    const another = await post(server, ENTRY)

    expect([refused.status, refused.at('message')]).toEqual([422, expect.stringContaining('1000 quarantined tests')])
    expect(another.status).toBe(201)
  })

  it('shows the failures of quarantined tests, counts them apart, and alerts when the quarantine has expired', async () => {
    const server = await start()
    const id = await submit(server, { cases: FAILURES })
    const before = await htmlOf(server, `/runs/${id}`)
    await post(server, ENTRY)
    await post(server, ENTRY)
    await post(server, { ...ENTRY, test: 'cart > adds' })

    const active = await textOf(server, `/runs/${id}`)
    const tests = await textOf(server, `/runs/${id}/tests?status=failed`)
    const test = await textOf(server, `/runs/${id}/tests/1`)
    const passed = await textOf(server, `/runs/${id}/tests/0`)
    const project = await htmlOf(server, '/projects/shop')
    server.advance(31 * DAY_MS)
    const expired = await textOf(server, `/runs/${id}`)
    const [runPage, projectPage, listPage] = [
      await htmlOf(server, `/runs/${id}`),
      await htmlOf(server, '/projects/shop'),
      await htmlOf(server, '/projects/shop/quarantine'),
    ]

    expect(before).not.toContain('uarantined')
    expect(active).toContain('3 failed, 1 of them quarantined')
    expect(active).toContain('one')
    for (const page of [active, tests, test]) {
      expect(page).toContain(`Quarantined until ${ENTRY.expires}, not signed, owner ann : race in the cart`)
    }
    expect(passed).not.toContain('Quarantined until')
    expect(project).toContain('Quarantine (3)')
    expect(project).not.toContain('role="alert"')
    expect(expired).toContain(`Quarantine expired on ${ENTRY.expires}`)
    expect(expired).toContain('The quarantine of 1 failing test has expired')
    expect(expired).not.toContain('of them quarantined')
    for (const page of [runPage, projectPage, listPage]) expect(page).toContain('role="alert"')
    expect(projectPage).toContain('The quarantine of 3 tests has expired.')
  })

  it('the page lists the entries, says how to add one, and has no form that changes anything', async () => {
    const server = await start()
    await submit(server, { project: "it's", cases: FAILURES })
    const path = `/projects/${encodeURIComponent("it's")}/quarantine`
    const added = await server.post(
      '/api/v1/projects/it%27s/quarantine',
      JSON.stringify({ ...ENTRY, owner: '<b>ann</b>' }),
      JSON_HEADERS,
    )

    const html = await htmlOf(server, path)
    const text = await textOf(server, path)

    expect(html).not.toContain('<b>ann')
    expect(html).toContain('<span class="mark flaky">Active</span>')
    expect(html).not.toMatch(/<form[^>]*method="post"/)
    expect(text).toContain(added.at('id'))
    expect(text).toContain(`npx jux-server quarantine add --project 'it'\\''s'`)
    expect(text).toContain("/api/v1/projects/it's/quarantine")
    expect((await server.get('/projects/nothing/quarantine', HTML)).status).toBe(404)
  })
})

describe('jux-server quarantine', () => {
  it('adds, lists and removes entries', async () => {
    const folder = temporaryFolder()
    const run = async (...argv: string[]) => {
      let text = ''
      const print = (part: string) => {
        text += part
      }
      const system = { ...realSystem(), env: {} }
      const code = await main(['--data', folder, 'quarantine', ...argv], {
        system,
        out: print,
        err: print,
        untilStopped: async () => 'SIGTERM',
      })
      return { code, text }
    }
    const lead = newKey()
    const file = join(folder, 'one.waiver.json')
    writeFileSync(file, JSON.stringify(await waiver(lead.privatePem)))
    const about = ['--owner', 'ann', '--reason', 'a race', '--expires', ENTRY.expires]

    const added = await run('add', '--project', 'shop', '--test', 'cart > pays', ...about)
    const id = /: (\S+)\n$/.exec(added.text)?.[1] ?? ''
    const refused = await run('add', '--project', 'shop', '--waiver', file)
    const unknown = await run('add', '--project', 'shop', '--key', 'nothing', ...about)
    const usage = await run('add', '--project', 'shop', ...about)
    const listed = await run('list', '--project', 'shop')
    const removed = await run('remove', id)

    expect([added.code, refused.code, unknown.code, usage.code, listed.code, removed.code]).toEqual([0, 1, 1, 64, 0, 0])
    expect(added.text).toContain('no report has this test yet')
    expect(refused.text).toContain('XML_SIGNATURE_INVALID')
    expect(unknown.text).toContain('has no test nothing')
    expect(listed.text).toMatch(
      new RegExp(`${id} +active +shop +${ENTRY.expires} +\\(unsigned\\) +ann +cart > pays +a race`),
    )
    expect((await run('list', '--state', 'active')).text).not.toContain(id)
    expect((await run('list')).text).toContain(`${id}  removed`)
    expect((await run('remove', 'nothing')).text).toContain('there is no quarantine entry nothing')
  })
})

function signedReport(): string {
  return '<testsuites name="a" tests="1" failures="0" errors="0" skipped="0"><testsuite name="a" tests="1" failures="0" errors="0" skipped="0"><properties><property name="project" value="shop"/></properties><testcase classname="c" name="n"/></testsuite></testsuites>'
}

function idsOf(response: TestResponse): string[] {
  const ids: string[] = []
  for (let at = 0; response.at('quarantine', at, 'id') !== ''; at++) ids.push(response.at('quarantine', at, 'id'))
  return ids
}
