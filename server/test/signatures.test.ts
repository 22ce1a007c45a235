import { contentHash } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { addTrustedKey, removeTrustedKey } from '../src/access/trusted-keys.js'
import type { SignaturePolicy } from '../src/ingest/signature.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { type TestServer, testServer } from './support/server.js'
import { insertLast, newKey, signature } from './support/signing.js'

const known = newKey()
const stranger = newKey()
const SUBMIT = '/api/v1/junit/submit'

const start = (policy: SignaturePolicy = 'accept') =>
  testServer({ policy }, (database) =>
    addTrustedKey(database, { pem: known.publicPem, name: 'ci', project: 'shop' }, Date.now()),
  )

describe('a report', () => {
  it.each([
    ['accept', 'trusted', 201],
    ['accept', 'untrusted', 201],
    ['accept', 'unsigned', 201],
    ['require-signed', 'trusted', 201],
    ['require-signed', 'untrusted', 201],
    ['require-signed', 'unsigned', 422],
    ['require-trusted', 'trusted', 201],
    ['require-trusted', 'untrusted', 422],
    ['require-trusted', 'unsigned', 422],
  ] as const)('under %s that is %s is answered %s %i', async (policy, state, status) => {
    const server = await start(policy)
    const xml = { trusted: await known.sign(report()), untrusted: await stranger.sign(report()), unsigned: report() }

    const answer = await server.post(SUBMIT, xml[state], XML)
    const envelope = await server.post('/api/v1/reports', inEnvelope(xml[state]), JSON_HEADERS)

    expect(answer.status).toBe(status)
    if (status === 201) {
      expect(answer.at('signature')).toBe(state)
      const run = await server.get(`/api/v1/test_runs/${answer.at('test_run_id')}`)
      expect(run.at('signature', 'state')).toBe(state)
      expect(run.at('signature', 'fingerprint')).toMatch(state === 'unsigned' ? /^null$/ : /^[0-9a-f]{64}$/)
      expect(run.at('signature', 'reason')).toBe(state === 'untrusted' ? 'untrusted-key' : 'null')
    } else {
      expect(envelope).toMatchObject({ status: 400, json: { status: 'error', error: 'InvalidSignature' } })
      expect(await server.database.selectFrom('runs').selectAll().execute()).toEqual([])
    }
  })

  it.each([
    ['trusted', undefined],
    ['untrusted', 'npx jux-server trust add key.pub.pem --project shop'],
    ['unsigned', 'npx jux keygen --output ~/.config/jux/key.pem'],
  ] as const)('that is %s is on a page with the command that comes next: %s', async (state, command) => {
    const server = await start()
    const xml = { trusted: await known.sign(report()), untrusted: await stranger.sign(report()), unsigned: report() }
    const id = (await server.post(SUBMIT, xml[state], XML)).at('test_run_id')

    const { text } = await server.get(`/runs/${id}`, { accept: 'text/html' })
    const commands = text.replace(/<bdi>|<\/bdi>/g, '').match(/(?<=<code>)npx jux(?:-server)? (?:trust|keygen)[^<]*/g)

    expect(commands?.[0]).toBe(command)
  })

  it('that is signed by a key of another project is not trusted for this one', async () => {
    const server = await start()

    expect((await server.post(SUBMIT, await known.sign(report({ project: 'bank' })), XML)).at('signature')).toBe(
      'untrusted',
    )
  })

  it('is no longer trusted when its signer was removed', async () => {
    const server = await start()
    const [key] = await server.database.selectFrom('trusted_keys').selectAll().execute()
    await removeTrustedKey(server.database, key?.id ?? '')

    expect((await server.post(SUBMIT, await known.sign(report()), XML)).at('signature')).toBe('untrusted')
  })

  it('that comes unsigned first and signed later is kept signed, under its first id', async () => {
    const server = await start()
    const signed = await known.sign(report())

    const first = await server.post(SUBMIT, report(), XML)
    const second = await server.post(SUBMIT, signed, XML)
    const third = await server.post(SUBMIT, report(), XML)

    expect(second).toMatchObject({ status: 201, json: { status: 'duplicate', signature: 'trusted' } })
    expect(third.at('signature')).toBe('trusted')
    expect(second.at('test_run_id')).toBe(first.at('test_run_id'))
    expect((await server.get(`/api/v1/test_runs/${first.at('test_run_id')}/report`)).text).toBe(signed)
  })

  it('is believed before what is said beside it, once it is signed', async () => {
    const server = await start()
    const properties = { 'git:branch': 'main' }
    const body = (xml: string) =>
      JSON.stringify({ xml_content: xml, metadata: { project: 'bank', branch: 'release', environment: 'prod' } })

    const signed = await server.post(SUBMIT, body(await known.sign(report({ properties }))), JSON_HEADERS)
    const unsigned = await server.post(SUBMIT, body(report({ properties, name: 'u' })), JSON_HEADERS)
    const show = async (id: string) => (await server.get(`/api/v1/test_runs/${id}`)).json

    expect(await show(signed.at('test_run_id'))).toMatchObject({
      project: 'shop',
      branch: 'main',
      environment: 'prod',
      contradictions: [
        { name: 'project', claimed: 'bank', signed: 'shop' },
        { name: 'branch', claimed: 'release', signed: 'main' },
      ],
    })
    expect(await show(unsigned.at('test_run_id'))).toMatchObject({
      project: 'bank',
      branch: 'release',
      contradictions: [],
    })
  })
})

describe('a hostile report', () => {
  const signedReport = known.sign(report())
  const BOMB = `<!DOCTYPE b [<!ENTITY a "${'a'.repeat(50)}"><!ENTITY b "${'&a;'.repeat(50)}">]>`

  it.each<[string, (signed: string) => string | Promise<string>, number, string]>([
    ['edited after signing', (xml) => xml.replace('expected 1', 'expected 2'), 422, 'digest-mismatch'],
    ['with a failure taken out', (xml) => xml.replace(/<failure.*?<\/failure>/, ''), 422, 'digest-mismatch'],
    [
      'with a test case put in front',
      (xml) => xml.replace('<testcase', '<testcase name="x"/><testcase'),
      422,
      'digest-mismatch',
    ],
    ['wrapped in another root', (xml) => insertLast(report(), xml), 422, 'signature-position'],
    ['with the signed one inside an Object', wrapped, 422, 'signature-structure'],
    [
      'signed twice',
      async (xml) => insertLast(xml, await signature(report(), stranger.privatePem)),
      422,
      'several-signatures',
    ],
    [
      'with the signature of another report',
      async () => insertLast(report(), await signature(report({ name: 'x' }), known.privatePem)),
      422,
      'digest-mismatch',
    ],
    ['whose signature was emptied', (xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/, '$1'), 422, ''],
    ['with a comment beside the signature', (xml) => insertLast(xml, '<!-- -->'), 422, 'comment'],
    [
      'with an external entity',
      () => `<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]>${report()}`,
      400,
      'doctype',
    ],
    ['with an entity bomb', () => `${BOMB}${report().replace('expected 1', '&b;')}`, 400, 'doctype'],
    ['with an entity', () => report().replace('expected 1', '&x;'), 400, 'entity'],
    ['that ends too early', (xml) => xml.slice(0, -20), 400, ''],
    ['in UTF-16', () => `<?xml version="1.0" encoding="UTF-16"?>${report()}`, 400, 'encoding'],
    ['nested too deeply', () => `${'<testsuite>'.repeat(2_000)}${'</testsuite>'.repeat(2_000)}`, 400, 'too-deep'],
    ['that is another document', () => '<html><body/></html>', 422, 'not-junit'],
    ['that is empty', () => '', 400, 'empty'],
    ['that is JSON', () => '{}', 400, ''],
  ])('%s is refused', async (_name, change, status, reason) => {
    const server = await start()

    const answer = await server.post(SUBMIT, await change(await signedReport), XML)

    expect(answer.status).toBe(status)
    expect(answer.at('error')).not.toBe('')
    if (reason !== '') expect(answer.at('details', 'reason')).toBe(reason)
    await expectNothingStored(server)
  })

  it('is located by line and column', async () => {
    const server = await start()

    const answer = await server.post(SUBMIT, '<testsuites>\n  <testsuite name="a" name="b"/></testsuites>', XML)

    expect(answer).toMatchObject({ status: 400, json: { details: { line: 2, reason: 'duplicate-attribute' } } })
    expect(Number(answer.at('details', 'column'))).toBeGreaterThan(3)
  })

  it('that does not say its project is refused with the name of what is missing', async () => {
    const server = await start()

    for (const [body, headers] of [
      [report({ project: '' }), XML],
      [JSON.stringify({ xml_content: report({ project: '' }), metadata: {} }), JSON_HEADERS],
    ] as const) {
      const answer = await server.post(SUBMIT, body, headers)
      expect(answer).toMatchObject({ status: 400, json: { details: { missing_property: 'project' } } })
      expect(answer.at('suggestions', 0)).not.toBe('')
    }
  })

  it('with another hash than its envelope says is refused', async () => {
    const server = await start()
    const body = JSON.stringify({ report: report(), canonical_hash: `sha256:${'0'.repeat(64)}` })

    expect(await server.post('/api/v1/reports', body, JSON_HEADERS)).toMatchObject({
      status: 400,
      json: { status: 'error', details: { reason: 'hash-mismatch' } },
    })
  })
})

// The signed elements move into ds:Object, others take their place (signature wrapping).
function wrapped(xml: string): string {
  const inside = /<testsuite .*<\/testsuite>/.exec(xml)?.[0] ?? ''
  const [forged = ''] = /<testsuite .*<\/testsuite>/.exec(report({ cases: '<testcase name="all good"/>' })) ?? []
  return xml.replace(inside, forged).replace('</ds:Signature>', `<ds:Object>${inside}</ds:Object></ds:Signature>`)
}

function inEnvelope(xml: string): string {
  return JSON.stringify({ report: xml, canonical_hash: `sha256:${contentHash(Buffer.from(xml))}` })
}

async function expectNothingStored({ database }: TestServer): Promise<void> {
  expect(await database.selectFrom('runs').selectAll().execute()).toEqual([])
}
