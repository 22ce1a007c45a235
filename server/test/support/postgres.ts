/**
 * A real PostgreSQL server for tests, in a temporary folder. It runs as a user other than root, because initdb refuses root.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/** A running PostgreSQL server. */
export interface Postgres {
  /** Creates an empty database and returns its URL. */
  newDatabase(): Promise<string>
  stop(): Promise<void>
}

/** Where packages install the programs of the server. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']
const REQUIRED = process.env.JUX_REQUIRE_TOOLS === '1'
const START_TIMEOUT_MS = 30_000

/** Finds the folder of `initdb`; prints one line when there is none. */
export function findPostgres(): string | undefined {
  const folders = FOLDERS.flatMap((folder) =>
    existsSync(folder) ? [join(folder, 'bin'), ...readdirSync(folder).map((name) => join(folder, name, 'bin'))] : [],
  )
  const found = folders.reverse().find((folder) => existsSync(join(folder, 'initdb')))
  if (found === undefined || (process.getuid?.() === 0 && otherUser() === undefined)) {
    if (REQUIRED) throw new Error('PostgreSQL is required but cannot be run')
    console.log('did not run: PostgreSQL not found')
    return undefined
  }
  return found
}

/** Starts a server on a free port. */
export async function startPostgres(programs: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'jux-postgres-'))
  const user = process.getuid?.() === 0 ? otherUser() : undefined
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'jux', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    stdio: 'ignore',
  })
  const port = await freePort()
  // The data need not survive a crash of the machine. jux-server cannot see the difference.
  const settings = [
    'fsync=off',
    'max_connections=200',
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
  ]
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: 'ignore' },
  )
  const url = (name: string) => `postgres://jux@127.0.0.1:${port}/${name}`
  await untilReady(url('postgres'), server)
  return {
    newDatabase: async () => {
      const name = `jux_${randomBytes(6).toString('hex')}`
      await query(url('postgres'), `create database ${name}`)
      return url(name)
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once('close', resolve))
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + START_TIMEOUT_MS
  for (;;) {
    try {
      await query(url, 'select 1')
      return
    } catch (cause) {
      if (server.exitCode !== null || Date.now() > until) throw new Error('PostgreSQL did not start', { cause })
      await delay(100)
    }
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

// The Debian package creates the user postgres; the user nobody exists everywhere.
function otherUser(): { uid: number; gid: number } | undefined {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // Try the next one.
    }
  }
  return undefined
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
