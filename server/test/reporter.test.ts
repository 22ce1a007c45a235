import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { report } from './support/reports.js'
import { testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const JUX = fileURLToPath(new URL('../../dist/cli/bin.js', import.meta.url))
const key = newKey()

const publish = (env: Record<string, string>, file: string) => jux(env, 'publish', '--file', file, '--json')

async function jux(env: Record<string, string>, ...argv: readonly string[]) {
  const home = temporaryFolder()
  const child = spawn(process.execPath, [JUX, ...argv], {
    env: { PATH: process.env.PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, text }
}

describe('jux publish', () => {
  it.each(['json', 'xml', 'reports'])(
    'sends a report to jux-server by the protocol %s, and a second time as a duplicate',
    async (protocol) => {
      let apiKey = ''
      const server = await testServer({ policy: 'require-trusted', trustLocal: true }, async (database) => {
        await addTrustedKey(database, { pem: key.publicPem, name: 'ci' }, Date.now())
        apiKey = (await createKey(database, { name: 'ci', scope: 'submit', project: 'shop' }, Date.now())).text
      })
      const signed = await key.sign(report({ properties: { 'git:branch': 'main', 'jux:tags': 'a,b' } }))
      const file = join(temporaryFolder(), 'report.xml')
      writeFileSync(file, signed)
      const env = { JUX_API_URL: server.url, JUX_PROTOCOL: protocol, JUX_API_KEY: apiKey, JUX_GZIP: 'true' }

      const first = await publish(env, file)
      const second = await publish(env, file)

      const runs = await server.get('/api/v1/test_runs')
      const id = runs.at('test_runs', 0, 'id')
      expect([first.code, second.code]).toEqual([0, 0])
      for (const { text } of [first, second]) {
        expect(JSON.parse(text).results).toMatchObject([{ test_run_id: id, page: `${server.url}/runs/${id}` }])
      }
      expect(runs.json).toMatchObject({
        test_runs: [{ project: 'shop', branch: 'main', tags: ['a', 'b'], signature: { state: 'trusted' } }],
        pagination: { total_count: 1 },
      })
      expect((await server.get(`/api/v1/test_runs/${id}/report`)).text).toBe(signed)
    },
  )

  it('keeps the receipt of jux-server beside the report, which jux verify checks', async () => {
    const [folder, serverKey] = [temporaryFolder(), newKey()]
    const path = (name: string) => join(folder, name)
    writeFileSync(path('server.pem'), serverKey.privatePem, { mode: 0o600 })
    writeFileSync(path('server.pub.pem'), serverKey.publicPem)
    writeFileSync(path('ci.pub.pem'), key.publicPem)
    writeFileSync(path('report.xml'), await key.sign(report()))
    const server = await testServer({ receiptKey: path('server.pem') })

    const sent = await publish({ JUX_API_URL: server.url }, path('report.xml'))
    const trust = ['--public-key', path('ci.pub.pem'), '--receipt-key', path('server.pub.pem')]
    const verified = await jux({}, 'verify', path('report.xml'), '--receipt', path('report.receipt.json'), ...trust)

    const [{ test_run_id: id, warnings }] = JSON.parse(sent.text).results
    expect([sent.code, warnings, verified.code]).toEqual([0, undefined, 0])
    expect(verified.text).toMatch(new RegExp(`, received by ${server.url} at [0-9T:.-]+Z as ${id}\n$`))
  })

  it('fails with API_AUTHENTICATION_ERROR when jux-server refuses the key, and does not print the key', async () => {
    const server = await testServer({}, async (database) => {
      await createKey(database, { name: 'other', scope: 'all' }, Date.now())
    })
    const { key: revoked, text } = await createKey(server.database, { name: 'x', scope: 'all', expiresAt: 1 }, 0)
    const file = join(temporaryFolder(), 'report.xml')
    writeFileSync(file, report())

    const response = await publish({ JUX_API_URL: server.url, JUX_API_KEY: text }, file)

    expect(response.code).not.toBe(0)
    expect(response.text).toContain('API_AUTHENTICATION_ERROR')
    expect(response.text).not.toContain(text.slice(revoked.id.length + 5))
  })
})
