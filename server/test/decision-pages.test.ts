import { describe, expect, it } from 'vitest'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { decision, FINDING, postDecision } from './support/decisions.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { HTML, htmlOf, textOf } from './support/pages.js'
import { report, XML } from './support/reports.js'
import { newKey, type TestKey } from './support/signing.js'

const DAY_MS = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)

describe.each(ENGINES)('the pages about decisions of gates on %s', (engine) => {
  const { start } = engineUnderTest(engine)

  /** A server that trusts the key for the project shop. */
  const trusting = (key: TestKey, overrides: Parameters<typeof start>[0] = {}) =>
    start(overrides, (database) =>
      addTrustedKey(database, { pem: key.publicPem, name: 'gate', project: 'shop' }, Date.now()),
    )

  it('the page lists the violated rules, the reports, the signer, and the command that verifies the decision', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const run = await server.post('/api/v1/junit/submit', report(), XML)
    const before = await textOf(server, '/projects/shop')
    const reports = [{ name: 'unit.xml', sha256: 'a'.repeat(64), contentHash: run.at('content_hash') }]
    const findings = [{ ...FINDING, found: '<b>4</b> tests' }, FINDING]
    const added = await postDecision(server, await decision(gate, { reports, findings, policyName: '<i>release</i>' }))

    const path = `/decisions/${added.at('id')}`
    const [html, text] = [await htmlOf(server, path), await textOf(server, path)]
    const project = await textOf(server, '/projects/shop')

    expect(before).toContain('No decision of a gate was submitted')
    expect(before).toContain('--submit')
    expect(html).not.toMatch(/<b>4|<i>release/)
    expect(html).toContain(`href="/runs/${run.at('test_run_id')}"`)
    expect(text).toMatch(/Violated rules\s+1\s/)
    expect(text).toContain(FINDING.rule)
    expect(text).toContain(FINDING.wanted)
    expect(text.replaceAll(' ', '')).toContain(gate.fingerprint)
    expect(text).toContain(`/api/v1${path}/envelope`)
    expect(text).toContain('npx jux verify decision.json --public-key gate.pub.pem')
    expect(project).toContain(FINDING.rule)
    expect((await server.get('/decisions/nothing', HTML)).status).toBe(404)
  })

  it('the pages list a project of which the server has decisions only', async () => {
    const gate = newKey()
    const server = await trusting(gate)

    await postDecision(server, await decision(gate))

    expect(await htmlOf(server, '/projects')).toContain('href="/projects/shop"')
    expect(await textOf(server, '/projects/shop')).toContain(FINDING.rule)
    expect(await textOf(server, '/projects/shop/quarantine')).toContain('shop')
  })

  it('the page of an old decision leads to the latest one of the gate', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const add = async (days: number, parts: Parameters<typeof decision>[1]) =>
      (await postDecision(server, await decision(gate, { timeVerified: daysAgo(days), ...parts }))).at('id')
    const latest = await add(1, {})
    const old = await add(2, { passed: true })
    await add(0, { about: { branch: 'topic' } })

    expect(await htmlOf(server, `/decisions/${old}`)).toContain(
      `The latest decision of this gate: <a href="/decisions/${latest}">failed</a>`,
    )
    expect(await textOf(server, `/decisions/${latest}`)).not.toContain('The latest decision of this gate')
  })

  it('the pages of a run and a project say when they list only the latest decisions', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const run = await server.post('/api/v1/junit/submit', report(), XML)
    const reports = [{ name: 'unit.xml', sha256: 'a'.repeat(64), contentHash: run.at('content_hash') }]
    const pages = async () => [
      await textOf(server, `/runs/${run.at('test_run_id')}`),
      await textOf(server, '/projects/shop'),
    ]
    const add = async (from: number, to: number) => {
      for (let at = from; at < to; at++) {
        await postDecision(server, await decision(gate, { reports, about: { branch: `b${at}` } }))
      }
    }

    await add(0, 20)
    const [ofRun] = await pages()
    await add(20, 50)
    const [, ofProject] = await pages()
    await add(50, 51)
    const cut = await pages()

    expect(ofRun).toMatch(/Gates 20 /)
    expect(ofProject).not.toContain('of these')
    expect(cut[0]).toContain('Gates the latest 20 ')
    expect(cut[1]).toContain('each policy and branch, the latest 50 of these')
  })

  it('the page says if the key of the gate also signs reports of the project', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    const path = `/decisions/${(await postDecision(server, await decision(gate))).at('id')}`

    const before = await textOf(server, path)
    await server.post('/api/v1/junit/submit', await gate.sign(report()), XML)
    const after = await textOf(server, path)

    expect(before).not.toContain('This key also signs reports')
    expect(after).toContain('This key also signs reports of this project')
  })

  it('the page of the project shows the latest decision of each policy and branch, and none of pull requests', async () => {
    const gate = newKey()
    const server = await trusting(gate)
    await postDecision(server, await decision(gate, { timeVerified: daysAgo(2) }))
    await postDecision(server, await decision(gate, { passed: true, timeVerified: daysAgo(1) }))
    await postDecision(server, await decision(gate, { about: { branch: 'main', pullRequest: '7' } }))

    const html = await htmlOf(server, '/projects/shop')

    expect(html.match(/href="\/decisions\//g)).toHaveLength(1)
    expect(html).not.toContain(FINDING.rule)
  })
})
