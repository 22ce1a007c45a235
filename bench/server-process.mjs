// Processes of bench/server.mjs: servers, clients, and PostgreSQL.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** Unit of the times in /proc (USER_HZ), the same on every Linux. */
const MS_PER_TICK = 10
const POSTGRES_FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']
const CLIENT = fileURLToPath(new URL('./server-client.mjs', import.meta.url))

/** Starts a jux-server with an empty or existing folder. Its log is dropped. */
export async function startServer(bin, dataDir, databaseUrl, nodeOptions = []) {
  const argv = [...nodeOptions, bin, '--port', '0', '--data', dataDir, '--rate-limit', '0', '--max-size', '500m']
  const env = { PATH: process.env.PATH, HOME: dataDir }
  const child = spawn(process.execPath, argv, {
    env: databaseUrl === undefined ? env : { ...env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-2_000)
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const url = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const found = /http:\S+/.exec(text)
      if (found) resolve(found[0])
    })
    child.once('close', () => reject(new Error(`the server ended: ${log}`)))
  })
  return {
    url,
    cpuMs: () => cpuMsOf(child.pid),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Starts a client process; it waits until `go` is called. */
export async function startClient(...args) {
  const child = spawn(process.execPath, [CLIENT, ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
  let out = ''
  const ended = new Promise((resolve) => child.once('close', resolve))
  await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text
      if (out.startsWith('ready\n')) resolve()
    })
    child.once('close', () => reject(new Error('the client ended')))
  })
  const result = async () => {
    if ((await ended) !== 0) throw new Error('the client failed')
    return JSON.parse(out.slice('ready\n'.length))
  }
  return {
    go: () => child.stdin.write('go\n'),
    result,
    stop: () => {
      child.stdin.end()
      return result()
    },
  }
}

/** Starts PostgreSQL in a new folder, with fsync; undefined when its programs are not installed. */
export async function startPostgres() {
  const programs = findPostgres()
  const user = process.getuid?.() === 0 ? otherUser() : {}
  if (programs === undefined || user === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-postgres-'))
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' }, stdio: 'ignore' }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'jux', '-A', 'trust', '-E', 'UTF8'], options)
  const port = await freePort()
  const settings = ['max_connections=100', 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
  const argv = ['-D', data, '-p', port, ...settings.flatMap((setting) => ['-c', setting])]
  const server = spawn(join(programs, 'postgres'), argv.map(String), options)
  const ended = new Promise((resolve) => server.once('close', resolve))
  const url = (name) => `postgres://jux@127.0.0.1:${port}/${name}`
  let number = 0
  await untilReady(url('postgres'), server)
  return {
    newDatabase: async () => {
      const name = `jux_${++number}`
      await query(url('postgres'), `create database ${name}`)
      return url(name)
    },
    /** Processor time of all its processes, of those that ended too. */
    cpuMs: () =>
      [server.pid, ...childrenOf(server.pid)].reduce((total, pid) => total + cpuMsOf(pid, { withEnded: true }), 0),
    stop: async () => {
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function findPostgres() {
  const folders = POSTGRES_FOLDERS.flatMap((folder) =>
    existsSync(folder) ? [join(folder, 'bin'), ...readdirSync(folder).map((name) => join(folder, name, 'bin'))] : [],
  )
  return folders.reverse().find((folder) => existsSync(join(folder, 'initdb')))
}

// PostgreSQL refuses to run as root.
function otherUser() {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // Try the next one.
    }
  }
  return undefined
}

async function untilReady(url, server) {
  for (let tries = 0; ; tries++) {
    try {
      await query(url, 'select 1')
      return
    } catch (cause) {
      if (server.exitCode !== null || tries > 300) throw new Error('PostgreSQL did not start', { cause })
      await pause(100)
    }
  }
}

async function query(url, text) {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

// Fields 14 to 17 of proc(5) stat: user and system time of all threads, and of children that ended.
function cpuMsOf(pid, { withEnded = false } = {}) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')
    const ticks = fields.slice(11, withEnded ? 15 : 13).reduce((total, field) => total + Number(field), 0)
    return ticks * MS_PER_TICK
  } catch {
    return 0
  }
}

function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
