import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { credentialMark } from '../../src/store/destinations.js'
import { openQueue } from '../../src/store/queue.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { ownReport } from '../support/queued-reports.js'
import { hasTool } from '../support/tools.js'

const KEY = 'key-of-the-user-0123456789'

/** A port of a stranger that counts the bytes it receives. */
async function stranger() {
  let bytes = 0
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      bytes += data.length
    })
    socket.on('error', () => {})
    setTimeout(() => socket.destroy(), 300)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, bytes: () => bytes }
}

/** A machine of a user, and a folder that the user has cloned. */
function machine(files: Readonly<Record<string, string>>, userFile = `[jux]\napi_key = ${KEY}\n`) {
  const root = temporaryFolder()
  const homeDir = join(root, 'home')
  const origin = join(root, 'origin')
  const cwd = join(root, 'clone')
  mkdirSync(join(homeDir, '.config', 'jux'), { recursive: true })
  writeFileSync(join(homeDir, '.config', 'jux', 'config'), userFile)
  mkdirSync(origin)
  for (const [name, text] of Object.entries({ 'report.xml': ownReport('shop').toString(), ...files })) {
    writeFileSync(join(origin, name), text)
  }
  git(origin, 'init', '--quiet')
  git(origin, 'add', '.')
  git(origin, '-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'all')
  git(root, 'clone', '--quiet', origin, cwd)
  const storage = join(root, 'store')
  const queue = openQueue(storage)
  const env: Record<string, string> = { JUX_STORAGE_PATH: storage, JUX_API_MAX_RETRIES: '0', HOME: homeDir }
  const run = (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    runJux(argv, { system: { env: { ...env, ...more }, homeDir, cwd } })
  return { run, queue, cwd }
}

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', args, { cwd, stdio: 'ignore', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' } })
}

function enqueue(queue: ReturnType<typeof openQueue>, project: string, apiUrl?: string, credential?: string): string {
  const bytes = ownReport(project)
  const hash = contentHash(bytes)
  const mark = credential === undefined ? undefined : credentialMark(hash, { apiKey: credential })
  queue.put(bytes, hash, apiUrl === undefined ? undefined : { apiUrl, protocol: 'json', credential: mark })
  return hash
}

/** Every command that runs no code of the project. */
const COMMANDS: readonly (readonly string[])[] = [
  ['publish', '--queue'],
  ['publish', '--process-queue', '--json'],
  ['publish', 'report.xml'],
  ['publish', '--file', 'report.xml', '--verbose'],
  ['publish', '--queue', '--dry-run'],
  ['publish', 'report.xml', '--dry-run'],
  ['cache', 'list'],
  ['cache', 'list', '--queue'],
  ['cache', 'stats'],
  ['inspect', 'report.xml'],
  ['verify', 'report.xml'],
  ['sign', 'report.xml'],
  ['config', 'list'],
  ['config', 'view'],
  ['config', 'dump'],
  ['config', 'validate'],
]

describe.skipIf(!hasTool('git'))('a cloned repository', () => {
  it.each([
    ['.jux.conf', (url: string) => `[jux]\napi_url = ${url}\nallow_insecure_http = true\n`],
    ['package.json', (url: string) => JSON.stringify({ jux: { apiUrl: url, storageMode: 'both', protocol: 'xml' } })],
  ])('that names a server in %s gets not one byte from any command of a user with an API key', async (name, text) => {
    const port = await stranger()
    const { run, queue } = machine({ [name]: text(port.url) })
    enqueue(queue, 'private')

    const outputs: string[] = []
    for (const argv of COMMANDS) {
      const { out, err } = await run(argv)
      outputs.push(out + err)
    }

    expect(port.bytes()).toBe(0)
    expect(outputs.join('\n')).not.toContain(KEY)
    expect(queue.list()).toHaveLength(1)
  })

  it.each([
    ['a bearer token', '[jux]\nbearer_token = token-of-the-user-012345\n'],
    ['an API key for one server only', `[jux]\napi_key = ${KEY}\n`],
  ])(
    'does not get the report of a user with %s, and the error names the file, the server and the cure',
    async (_, file) => {
      const port = await stranger()
      const { run, cwd } = machine({ '.jux.conf': `[jux]\napi_url = ${port.url}\n` }, file)

      const { code, err } = await run(['publish', 'report.xml'])

      expect(code).toBe(1)
      expect(err).toContain(`${join(cwd, '.jux.conf')}:2`)
      expect(err).toContain(`npx jux publish --file report.xml --api-url ${port.url}`)
      expect(port.bytes()).toBe(0)
    },
  )

  it('gets the report when the user names its server on the command line', async () => {
    const server = await startServer(created)
    const { run } = machine({ '.jux.conf': `[jux]\napi_url = ${server.url}\n` })

    const { code } = await run(['publish', 'report.xml', '--api-url', server.url])

    expect([code, server.received[0]?.headers.authorization]).toEqual([0, `Bearer ${KEY}`])
  })

  it('gets the report when the environment names server and key, as in a CI job', async () => {
    const server = await startServer(created)
    const { run } = machine({ '.jux.conf': '[jux]\napi_url = http://127.0.0.1:9\n' })

    const { code } = await run(['publish', 'report.xml'], { JUX_API_URL: server.url, JUX_API_KEY: 'key-of-the-job' })

    expect([code, server.received[0]?.headers.authorization]).toEqual([0, 'Bearer key-of-the-job'])
  })

  it('does not get the report of another project that waits in the queue, even from a user without a key', async () => {
    const port = await stranger()
    const { run, queue } = machine({ '.jux.conf': `[jux]\napi_url = ${port.url}\n` }, '')
    enqueue(queue, 'private')

    const { code, err } = await run(['publish', '--queue'])

    expect([code, port.bytes(), queue.list().length]).toEqual([1, 0, 1])
    expect(err).toContain('.jux.conf:2')
  })

  it('cannot add an authority for the connection to the server of the user', async () => {
    const port = await stranger()
    const { run } = machine(
      { '.jux.conf': '[jux]\nca_file = ca.pem\n', 'ca.pem': 'x' },
      `[jux]\napi_key = ${KEY}\napi_url = ${port.url}\n`,
    )

    const { code, err } = await run(['publish', 'report.xml'])

    expect([code, port.bytes()]).toEqual([1, 0])
    expect(err).toContain('.jux.conf:2')
  })

  it('of another owner has no say: its file is ignored with one line', async () => {
    if (process.getuid?.() !== 0) {
      console.log('did not run: files of another owner (only root can make them)')
      expect(process.getuid?.()).not.toBe(0)
      return
    }
    const port = await stranger()
    const { run, cwd } = machine({ '.jux.conf': `[jux]\napi_url = ${port.url}\nproject = theirs\n` })
    chownSync(join(cwd, '.jux.conf'), 12345, 12345)

    const { out, err } = await run(['config', 'list'])

    expect(out).not.toContain('theirs')
    expect((out + err).split('\n').filter((line) => /\.jux\.conf.*another user/.test(line))).toHaveLength(1)
  })
})

describe.skipIf(!hasTool('git'))('jux publish --queue', () => {
  it('sends each report to the server that it was queued for, and needs no URL for it', async () => {
    const [one, two] = [await startServer(created), await startServer(created)]
    const { run, queue } = machine({}, '')
    enqueue(queue, 'a', one.url)
    enqueue(queue, 'b', two.url)

    const { code } = await run(['publish', '--queue'])

    expect([code, one.received.length, two.received.length, queue.list().length]).toEqual([0, 1, 1, 0])
    expect(one.received[0]?.body.toString()).toContain('\\"a\\"')
  })

  it('sends the credential of the run to the server of the run, and another credential to none', async () => {
    const [own, other] = [await startServer(created), await startServer(created)]
    const { run, queue } = machine({})
    enqueue(queue, 'own', own.url, KEY)
    enqueue(queue, 'other', other.url, 'another-key')

    await run(['publish', '--queue'])

    expect(own.received[0]?.headers.authorization).toBe(`Bearer ${KEY}`)
    expect(other.received[0]?.headers.authorization).toBeUndefined()
  })

  it('sends all reports to the server that the command line names', async () => {
    const [remembered, named] = [await stranger(), await startServer(created)]
    const { run, queue } = machine({})
    enqueue(queue, 'a', remembered.url)
    enqueue(queue, 'b')

    const { code } = await run(['publish', '--queue', '--api-url', named.url])

    expect([code, named.received.length, remembered.bytes()]).toEqual([0, 2, 0])
  })
})

describe.skipIf(!hasTool('git'))('a credential that is bound to a server', () => {
  const bound = (...urls: readonly string[]) =>
    urls.map((url, index) => `[jux "${url}"]\napi_key = bound-key-${index}-0123456789\n`).join('')

  it('goes to this server when a file of the repository names it, one key for each server', async () => {
    const [first, second] = [await startServer(created), await startServer(created)]
    for (const [index, server] of [first, second].entries()) {
      const { run } = machine({ '.jux.conf': `[jux]\napi_url = ${server.url}/api/v1\n` }, bound(first.url, second.url))

      const { code } = await run(['publish', 'report.xml'])

      expect([code, server.received[0]?.headers.authorization]).toEqual([0, `Bearer bound-key-${index}-0123456789`])
    }
  })

  it('goes to no other server', async () => {
    const [own, other] = [await startServer(created), await startServer(created)]
    const { run } = machine({}, bound(own.url))

    await run(['publish', 'report.xml', '--api-url', other.url])

    expect(other.received[0]?.headers.authorization).toBeUndefined()
  })

  it('in the environment goes to the server that JUX_API_KEY_ORIGIN names, and to no other', async () => {
    const [own, other] = [await startServer(created), await startServer(created)]
    const env = { JUX_API_KEY: 'key-of-the-job', JUX_API_KEY_ORIGIN: own.url }
    const { run } = machine({ '.jux.conf': `[jux]\napi_url = ${own.url}\n` }, '')

    await run(['publish', 'report.xml'], env)
    await run(['publish', 'report.xml', '--api-url', other.url], env)

    expect(own.received[0]?.headers.authorization).toBe('Bearer key-of-the-job')
    expect(other.received[0]?.headers.authorization).toBeUndefined()
  })
})
