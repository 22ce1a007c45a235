/**
 * A server that the demo runs were submitted to, through its own routes, over three weeks of its clock.
 *
 * @module
 */
import { addTrustedKey } from '../../src/access/trusted-keys.js'
import { XML } from '../support/reports.js'
import { type TestServer, testServer } from '../support/server.js'
import { demoRuns } from './demo-runs.js'
import { reportOf, testSigner } from './signed-reports.js'

/** The server and what is worth knowing of it. */
export interface Company {
  readonly server: TestServer
  /** Id of the latest run, which failed. */
  readonly latest: string
  /** Its report. */
  readonly bytes: Uint8Array
  /** Of the key that signed it. */
  readonly fingerprint: string
}

/** Starts it. It ends with the test. */
export async function demoCompany(): Promise<Company> {
  const [ours, stranger] = [await testSigner(), await testSigner()]
  const server = await testServer({ rateLimit: 0 }, (database) =>
    addTrustedKey(database, { pem: ours.publicKey, name: 'ci' }, Date.now()),
  )
  const signers = { trusted: ours.signer, stranger: stranger.signer, nobody: undefined }
  const runs = demoRuns()
  let atMs = 0
  let latest = ''
  let bytes: Uint8Array = new Uint8Array()
  // The latest one arrives now.
  server.advance(-(runs.at(-1)?.atMs ?? 0))
  for (const demo of runs) {
    server.advance(demo.atMs - atMs)
    atMs = demo.atMs
    const report = reportOf(demo.run, signers[demo.signedBy])
    const response = await server.post('/api/v1/junit/submit', report, XML)
    if (response.status !== 201) throw new Error(`${response.status} ${response.text}`)
    if (demo.run.modules.length > 1) {
      latest = response.at('test_run_id')
      bytes = report
    }
  }
  return { server, latest, bytes, fingerprint: ours.signer.fingerprint }
}
