/**
 * A server to which the demo runs were submitted over three weeks of its clock.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { addTrustedKey } from '../../src/access/trusted-keys.js'
import { decision, FINDING, postDecision } from '../support/decisions.js'
import { SUBMIT } from '../support/pages.js'
import { JSON_HEADERS, XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'
import { newKey, renderReport } from '../support/signing.js'
import { demoRuns } from './demo-runs.js'

const QUARANTINE = '/api/v1/projects/storefront/quarantine'

/** The server, and its latest large run. */
export interface DemoServer {
  readonly server: TestServer
  /** Id of the latest run of the project storefront, which failed. */
  readonly latest: string
  /** The report of that run. */
  readonly xml: string
  /** Fingerprint of the key that signed it. */
  readonly fingerprint: string
  /** Id of the decision of a gate about that run, which failed. */
  readonly decision: string
}

/** Starts the server. It stops when the test ends. */
export async function demoServer(): Promise<DemoServer> {
  const trusted = newKey()
  const untrusted = newKey()
  const server = await testServer({ rateLimit: 0 }, (database) =>
    addTrustedKey(database, { pem: trusted.publicPem, name: 'ci' }, Date.now()),
  )
  const runs = demoRuns()
  let nowMs = 0
  let latest = ''
  let latestXml = ''
  let latestHash = ''
  // The last run is submitted now.
  server.advance(-(runs.at(-1)?.atMs ?? 0))
  for (const { run, atMs, signature } of runs) {
    server.advance(atMs - nowMs)
    nowMs = atMs
    const unsigned = renderReport(run)
    const xml = signature === 'unsigned' ? unsigned : await { trusted, untrusted }[signature].sign(unsigned)
    const response = await server.post(SUBMIT, xml, XML)
    if (response.status !== 201) throw new Error(`${response.status} ${response.text}`)
    if (run.modules.length > 1) {
      latest = response.at('test_run_id')
      latestXml = xml
      latestHash = response.at('content_hash')
    }
  }
  const entry = {
    test: 'src/checkout/payment.test.ts > checkout > refunds',
    owner: 'bea',
    reason: 'the sandbox of the bank has no accounts until its release',
    expires: new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10),
  }
  const quarantined = await server.post(QUARANTINE, JSON.stringify(entry), JSON_HEADERS)
  if (quarantined.status !== 201) throw new Error(`${quarantined.status} ${quarantined.text}`)
  const commit = /name="git:commit" value="([0-9a-f]+)"/.exec(latestXml)?.[1] ?? ''
  const about = { projects: ['storefront'], commit }
  const resourceUri = `git+https://github.com/acme/storefront@${commit}`
  const policy = { uri: 'file:policy.json', sha256: createHash('sha256').update('policy').digest('hex') }
  const passed = await decision(trusted, { about, resourceUri, policy, passed: true, policyName: 'nightly' })
  const failed = await decision(trusted, {
    about,
    resourceUri,
    policy,
    reports: [
      { name: 'unit.xml', sha256: 'a'.repeat(64), contentHash: latestHash },
      { name: 'e2e.xml', sha256: 'b'.repeat(64), contentHash: createHash('sha256').update('e2e').digest('hex') },
    ],
    findings: [FINDING, { rule: 'results.passed', found: 'the outcome is failed', wanted: 'every test passed' }],
  })
  await postDecision(server, passed)
  const decided = await postDecision(server, failed)
  if (decided.status !== 201) throw new Error(`${decided.status} ${decided.text}`)
  return { server, latest, xml: latestXml, fingerprint: trusted.fingerprint, decision: decided.at('id') }
}
