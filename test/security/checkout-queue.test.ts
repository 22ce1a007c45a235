import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { credentialMark, type HeldCredentials } from '../../src/store/destinations.js'
import { openQueue } from '../../src/store/queue.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { created, startServer } from '../support/http-server.js'
import { ownReport } from '../support/queued-reports.js'

const KEY = 'key-of-the-user-0123456789'

/** A port of a stranger that counts its connections. */
async function stranger() {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.on('error', () => {})
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, connections: () => connections }
}

/** A user with a configuration and a queue, in a checkout with the given `.jux.conf`. */
function checkout(conf: string, userFile: string, env: Readonly<Record<string, string>> = {}) {
  const root = temporaryFolder()
  const [homeDir, cwd] = [join(root, 'home'), join(root, 'checkout')]
  mkdirSync(join(homeDir, '.config', 'jux'), { recursive: true })
  mkdirSync(join(cwd, '.git'), { recursive: true })
  writeFileSync(join(homeDir, '.config', 'jux', 'config'), userFile)
  writeFileSync(join(cwd, '.jux.conf'), conf)
  const run = (...argv: readonly string[]) =>
    runJux(argv, {
      system: { env: { JUX_API_MAX_RETRIES: '0', HOME: homeDir, ...env }, homeDir, cwd, dataDir: join(root, 'store') },
    })
  return { run, root, cwd, queue: openQueue(join(root, 'store')) }
}

function enqueue(queue: ReturnType<typeof openQueue>, apiUrl?: string, held: HeldCredentials = {}): string {
  const bytes = ownReport('private')
  const hash = contentHash(bytes)
  queue.put(
    bytes,
    hash,
    apiUrl === undefined ? undefined : { apiUrl, protocol: 'json', credential: credentialMark(hash, held) },
  )
  return hash
}

describe('a queued report of the user', () => {
  it('is not sent with a credential of the repository, whose owner could read it on the server', async () => {
    const server = await startServer(created)
    const { run, queue, cwd } = checkout(
      '[jux]\napi_key = key-of-the-stranger-0123\n',
      `[jux]\napi_url = ${server.url}\n`,
    )
    enqueue(queue, server.url)

    const { code, err } = await run('publish', '--queue')

    expect([code, server.received.length, queue.list().length]).toEqual([1, 0, 1])
    expect(err).toContain(`api_key (${join(cwd, '.jux.conf')}:2)`)
  })

  it.each([
    ['ca_file', 'ca_file = ca.pem'],
    ['allow_insecure_http', 'allow_insecure_http = true'],
  ])('is not sent with %s of the repository, even by a user without a credential', async (name, line) => {
    const port = await stranger()
    const { run, queue, cwd } = checkout(`[jux]\n${line}\n`, '')
    writeFileSync(join(cwd, 'ca.pem'), 'x')
    enqueue(queue, port.url)

    const { code, err } = await run('publish', '--queue')

    expect([code, port.connections(), queue.list().length]).toEqual([1, 0, 1])
    expect(err).toContain(`${name} (${join(cwd, '.jux.conf')}:2)`)
  })
})

describe('a queue that the repository brings along', () => {
  it('opens no connection of a user with a credential, and suggests none', async () => {
    const port = await stranger()
    const { run, cwd } = checkout('[jux]\nstorage_path = store\n', `[jux]\napi_key = ${KEY}\n`)
    const queue = openQueue(join(cwd, 'store'))
    enqueue(queue, port.url)

    const { code, err } = await run('publish', '--queue')

    expect([code, port.connections(), queue.list().length]).toEqual([1, 0, 1])
    expect(err).toContain(`storage_path (${join(cwd, '.jux.conf')}:2)`)
  })

  it('is sent if the run of the user queued the report with the same credential', async () => {
    const server = await startServer(created)
    const { run, cwd } = checkout('[jux]\nstorage_path = store\n', `[jux]\napi_key = ${KEY}\n`)
    enqueue(openQueue(join(cwd, 'store')), server.url, { apiKey: KEY })

    const { code } = await run('publish', '--queue')

    expect([code, server.received[0]?.headers.authorization]).toEqual([0, `Bearer ${KEY}`])
  })

  it('does not stop the command with a link to a device where a server is remembered', async () => {
    const { run, cwd } = checkout('[jux]\nstorage_path = store\n', '')
    const queue = openQueue(join(cwd, 'store'))
    const hash = enqueue(queue)
    const folder = join(cwd, 'store', 'jux-reporter', 'destinations')
    mkdirSync(folder, { recursive: true })
    symlinkSync('/dev/zero', join(folder, `${hash}.json`))

    const { code, err } = await run('publish', '--queue')

    expect(code).toBe(1)
    expect(err).toContain('a device, not a file')
  })
})

describe('a file of the repository', () => {
  it('cannot name a private key outside of the repository for a connection', async () => {
    const port = await stranger()
    const secure = port.url.replace('http:', 'https:')
    const { run, root, cwd } = checkout(
      `[jux]\napi_url = ${secure}\nclient_key_file = ../private.pem\nclient_cert_file = cert.pem\n`,
      '',
    )
    writeFileSync(join(root, 'private.pem'), 'x')
    writeFileSync(join(cwd, 'cert.pem'), 'x')
    writeFileSync(join(cwd, 'report.xml'), ownReport('shop'))

    const { code, err } = await run('publish', 'report.xml')

    expect([code, port.connections()]).toEqual([1, 0])
    expect(err).toContain(`client_key_file (${join(cwd, '.jux.conf')}:3)`)
  })

  it('is not read as a file of the user where XDG_CONFIG_HOME is a relative path', async () => {
    const { run, cwd } = checkout('', '', { XDG_CONFIG_HOME: '.config' })
    mkdirSync(join(cwd, '.config', 'jux'), { recursive: true })
    writeFileSync(join(cwd, '.config', 'jux', 'config'), '[jux]\nproject = theirs\n')

    const { out } = await run('config', 'list')

    expect(out).not.toContain('theirs')
  })
})
