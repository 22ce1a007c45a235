import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runJux } from '../../test/support/cli.js'
import { EXPECT, type GateScene, gateScene, NOW } from '../../test/support/gate-scene.js'
import { createKey } from '../src/access/keys.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { type TestServer, testServer } from './support/server.js'

const FAILED = { properties: { project: 'web' }, key: 'web', cases: [{ name: 'a', inside: '<failure/>' }] } as const

/** A server that trusts the key of the gate, and a command that knows the server. */
async function serverOf(scene: GateScene) {
  let key = ''
  const server = await testServer({ trustLocal: false }, async (database) => {
    const pem = readFileSync(join(scene.cwd, 'lead.pub.pem'), 'utf8')
    await addTrustedKey(database, { pem, name: 'gate' }, Date.now())
    key = (await createKey(database, { name: 'ci', scope: 'all' }, Date.now())).text
  })
  return { server, env: { JUX_API_URL: server.url, JUX_API_KEY: key }, bearer: { authorization: `Bearer ${key}` } }
}

const run = (scene: GateScene, env: Record<string, string>, ...argv: string[]) =>
  runJux(argv, { system: { cwd: scene.cwd, now: NOW, env } })

const DECIDE = [
  ...['verify', 'reports', '--policy', 'policy.json', ...EXPECT],
  ...['--decision', 'decision.json', '--key', 'lead.pem'],
]

const decide = (scene: GateScene, env: Record<string, string>, ...flags: string[]) =>
  run(scene, env, ...DECIDE, ...flags)

const decisionsOf = async (server: TestServer, bearer: Record<string, string>, project = 'shop') =>
  server.get(`/api/v1/projects/${project}/decisions`, bearer)

describe('jux verify --decision --submit', () => {
  it('sends the decision to the configured server, and prints where it is there', async () => {
    const scene = await gateScene()
    const { server, env, bearer } = await serverOf(scene)

    const { code, err } = await decide(scene, env, '--submit')
    const stored = await decisionsOf(server, bearer)
    const id = stored.at('decisions', 0, 'id')

    expect(code).toBe(0)
    expect(err.split('\n').slice(1)).toEqual([`decision.json  submitted as ${id}, ${server.url}/decisions/${id}`, ''])
    expect(stored.json).toMatchObject({
      decisions: [
        {
          project: 'shop',
          branch: 'main',
          commit_sha: expect.stringMatching(/^[0-9a-f]{40}$/),
          policy: { name: 'release', uri: 'file:policy.json' },
          result: 'passed',
          failed_rules: [],
          decided_at: NOW,
        },
      ],
    })
    expect((await server.get(`/api/v1/decisions/${id}/envelope`, bearer)).text).toBe(
      readFileSync(join(scene.cwd, 'decision.json'), 'utf8'),
    )
    expect((await decisionsOf(server, bearer, 'web')).at('decisions', 0, 'result')).toBe('passed')
  })

  it('sends a failed decision with the rules that are violated, and the exit code stays 1', async () => {
    const scene = await gateScene()
    await scene.report('extra.xml', FAILED)
    const { server, env, bearer } = await serverOf(scene)

    const { code } = await decide(scene, env, '--submit', '--quiet')

    expect(code).toBe(1)
    const stored = await decisionsOf(server, bearer)
    expect(stored.at('decisions', 0, 'result')).toBe('failed')
    expect(stored.at('decisions', 0, 'failed_rules', 0, 'rule')).toMatch(/^\w+\.[\w-]+$/)
    expect(JSON.stringify(stored.json)).toContain('results.passed')
  })

  it('states what the gate was to decide about if no report was good enough to be read', async () => {
    const scene = await gateScene()
    for (const name of ['shop-1.xml', 'shop-2.xml', 'web.xml']) await scene.report(name, { key: 'none' })
    const { server, env, bearer } = await serverOf(scene)

    const expected = ['--expect', 'git:branch=main', '--subject', 'policy.json']
    const { code } = await decide(scene, env, '--submit', ...expected)

    expect(code).toBe(1)
    for (const project of ['shop', 'web']) {
      expect((await decisionsOf(server, bearer, project)).json).toMatchObject({
        decisions: [{ result: 'failed', branch: 'main', commit_sha: expect.stringMatching(/^[0-9a-f]{40}$/) }],
      })
    }
  })

  it('needs --decision', async () => {
    const scene = await gateScene()

    const { code, err } = await run(scene, {}, 'verify', 'reports', '--policy', 'policy.json', '--submit')

    expect([code, err]).toEqual([64, expect.stringContaining('--submit requires --decision')])
  })

  it.each([
    ['no server listens', async () => 'http://127.0.0.1:9'],
    ['the server takes no decisions', async () => answering(404, '{"error":"page not found"}')],
    ['the server is broken', async () => answering(500, 'oops')],
    ['the server says nothing that confirms it', async () => answering(200, '<html></html>')],
    ['others could read the key', async () => 'http://192.0.2.1'],
  ])(
    'keeps the exit code of the gate, and says in one line how to send the decision later, if %s',
    async (_, address) => {
      const scene = await gateScene()
      const env = { JUX_API_URL: await address(), JUX_API_KEY: 'secret-of-the-test', JUX_API_MAX_RETRIES: '0' }

      const passed = await decide(scene, env, '--submit')
      await scene.report('extra.xml', FAILED)
      const failed = await decide(scene, env, '--submit')
      writeFileSync(join(scene.cwd, 'policy.json'), '{')
      const undecided = await decide(scene, env, '--submit')

      expect([passed.code, failed.code, undecided.code]).toEqual([0, 1, 2])
      for (const { err } of [passed, failed]) {
        const [wrote, warning, ...rest] = err.split('\n')
        expect(wrote).toMatch(/^wrote decision\.json/)
        expect(warning).toMatch(
          /^warn {2}the decision was not submitted: .+; send it later: npx jux publish --file decision\.json$/,
        )
        expect(rest).toEqual([''])
        expect(err).not.toContain('secret-of-the-test')
      }
      expect(undecided.err).not.toContain('not submitted')
    },
  )
})

describe('jux verify --decision --submit with a server that is busy', () => {
  it('waits no longer than a run waits for its report', async () => {
    const scene = await gateScene()
    const busy = { JUX_API_URL: await answering(429, '{"error":"Rate limit exceeded"}', { 'retry-after': '300' }) }
    let timeMs = 0
    const submit = async (deadline: Record<string, string>, ...flags: string[]) => {
      timeMs = 0
      const clock = {
        monotonicMs: () => timeMs,
        sleep: async (ms: number) => {
          timeMs += ms
        },
      }
      const env = { ...busy, ...deadline }
      return runJux([...DECIDE, '--submit', ...flags], { system: { cwd: scene.cwd, now: NOW, env, ...clock } })
    }

    const usual = await submit({})
    const waitedMs = timeMs
    const longer = await submit({ JUX_DEADLINE: '400' })
    const quiet = await submit({ JUX_DEADLINE: '400' }, '--quiet')

    expect([usual.code, longer.code, quiet.code]).toEqual([0, 0, 0])
    expect([waitedMs, timeMs]).toEqual([0, 300_000])
    expect(usual.err).toContain('another attempt after 300 s would not fit into JUX_DEADLINE (90 s)')
    expect(longer.err.split('\n')).toEqual([
      expect.stringContaining('wrote decision.json'),
      expect.stringContaining('waiting 300 s'),
      expect.stringContaining('the decision was not submitted'),
      '',
    ])
    expect(quiet.err.split('\n')).toEqual([expect.stringContaining('the decision was not submitted'), ''])
  })
})

describe('jux publish with the decision of a gate', () => {
  it('sends it, whatever its file is called and in either form, and says when the server has it', async () => {
    const scene = await gateScene()
    const { server, env, bearer } = await serverOf(scene)
    await decide(scene, {}, '--decision-format', 'dsse')
    writeFileSync(join(scene.cwd, 'report.xml'), readFileSync(join(scene.cwd, 'decision.json')))

    const sent = await run(scene, env, 'publish', 'report.xml')
    const again = await run(scene, env, 'publish', 'decision.json', '--json')
    const id = (await decisionsOf(server, bearer)).at('decisions', 0, 'id')

    expect(sent).toEqual({
      code: 0,
      out: `ok  report.xml  published as ${id}, ${server.url}/decisions/${id}\n`,
      err: '',
    })
    expect(JSON.parse(again.out)).toMatchObject({
      success: true,
      results: [{ file: 'decision.json', decision_id: id, status: 'duplicate' }],
    })
  })

  it('shows with --dry-run what would be sent, and opens no connection', async () => {
    const scene = await gateScene()
    await decide(scene, {})

    const { code, out } = await run(scene, { JUX_API_URL: 'http://127.0.0.1:9' }, 'publish', 'decision.json', '-n')

    expect(code).toBe(0)
    expect(out).toMatch(/server +http:\/\/127\.0\.0\.1:9\/api\/v1\/decisions\n/)
    expect(out).toMatch(/decision +PASSED\n/)
    expect(out).toMatch(/project +shop, web\n/)
  })

  it('refuses an attestation of a report, and other JSON, and sends nothing', async () => {
    const scene = await gateScene()
    const { server, env } = await serverOf(scene)
    const trust = ['--key', 'ci.pem']
    await run(scene, {}, 'attest', 'reports/shop-1.xml', ...trust, '--output', 'attested.json')
    writeFileSync(join(scene.cwd, 'other.json'), '{"a":1}')

    const attested = await run(scene, env, 'publish', 'attested.json')
    const other = await run(scene, env, 'publish', 'other.json')

    expect([attested.code, other.code]).toEqual([1, 1])
    expect(attested.err).toContain('a server takes reports and decisions of gates')
    expect(other.err).toContain('not a DSSE envelope')
    expect(server.log.filter((line) => line.includes('POST'))).toEqual([])
  })

  it('says what to do if the server does not trust the signer', async () => {
    const scene = await gateScene()
    const server = await testServer()
    await decide(scene, {})

    const { code, err } = await run(scene, { JUX_API_URL: server.url }, 'publish', 'decision.json')

    expect(code).toBe(1)
    expect(err).toContain('not signed by a key that this server trusts for the project')
    expect(err).toContain('jux-server trust add gate.pub.pem --project NAME')
  })
})

/** The address of a server that answers each request in the same way. */
async function answering(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  const http = createServer((_, response) => response.writeHead(status, headers).end(body))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}
