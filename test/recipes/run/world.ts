/**
 * The world that a provider's build runs in: a repository with an example's project, its secrets, a registry that has this package, and a
 * Jux server.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CiFixture, ciFixtures } from '../../support/ci-fixtures.js'
import { GIT_WORLD, git } from '../../support/repository.js'
import { run } from './build.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Where the recipes say that the server is. */
const SERVER_OF_THE_RECIPES = 'https://jux.example.com'

/** What a build is about. */
export interface Event {
  readonly fixture: CiFixture
  /** The commit that is built. */
  readonly commit: string
  /** Whether the provider hands out its secrets. */
  readonly secrets: boolean
}

/** A project at one provider. */
export interface World {
  /** For everything that the provider keeps between builds. */
  readonly base: string
  /** The repository as the forge has it. */
  readonly origin: string
  /** For every command, before anything that the provider adds. */
  readonly env: Readonly<Record<string, string>>
  /** The private key in PEM, and an API key of the server. */
  readonly secrets: { readonly key: string; readonly apiKey: string }
  /** The recipe's file, with the address of the server put in. */
  readonly recipe: string
  /** Starts the server; until then its address answers nobody. */
  startServer(): Promise<void>
  /** Content hashes of the reports that the server has. */
  delivered(): Promise<readonly string[]>
  /** Commits the project with a text replaced; gives the commit. */
  commit(file: string, from: string, to: string): string
  close(): Promise<void>
}

/**
 * Sets up an example as its README says: installed once, a key made, its public half committed.
 *
 * @param base an empty folder
 * @param registry variables of the registry
 */
export async function createWorld(
  example: string,
  recipe: string,
  base: string,
  registry: Readonly<Record<string, string>>,
): Promise<World> {
  const origin = join(base, 'origin')
  const data = join(base, 'server')
  cpSync(join(ROOT, 'examples', example), origin, { recursive: true })
  const env = cleanEnvironment(base, registry)
  const sh = async (script: string) => {
    const { status, output } = await run({ shell: ['bash', '-ec'], script, folder: origin, env })
    if (status !== 0) throw new Error(`${script}: ${output}`)
    return output
  }
  await sh('npm install --no-audit --no-fund && npx jux keygen --output keys/ci.pem')
  git(origin, 'init', '--quiet', '--initial-branch=main')
  const commitAll = () => {
    git(origin, 'add', '--all')
    git(origin, 'commit', '--quiet', '--message', 'a change')
    return git(origin, 'rev-parse', 'HEAD')
  }
  commitAll()
  git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true')

  const server = join(ROOT, 'server', 'dist', 'bin.js')
  await sh(`node ${server} trust add keys/ci.pub.pem --data ${data}`)
  const apiKey = /jux_\w+/.exec(await sh(`node ${server} keys create --name ci --scope submit --data ${data}`))?.[0]
  if (apiKey === undefined) throw new Error('the server made no key')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let running: ChildProcess | undefined
  return {
    base,
    origin,
    env,
    secrets: { key: readFileSync(join(origin, 'keys', 'ci.pem'), 'utf8'), apiKey },
    recipe: readFileSync(join(ROOT, 'examples', example, recipe), 'utf8').replace(SERVER_OF_THE_RECIPES, url),
    startServer: async () => {
      const flags = ['--port', String(port), '--data', data, '--signatures', 'require-trusted']
      running = spawn(process.execPath, [server, ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      await untilListening(running)
    },
    delivered: async () => {
      const answer: { test_runs: { content_hash: string }[] } = await (await fetch(`${url}/api/v1/test_runs`)).json()
      return answer.test_runs.map((run) => run.content_hash.replace('sha256:', '')).sort()
    },
    commit: (file, from, to) => {
      const path = join(origin, file)
      const text = readFileSync(path, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
      writeFileSync(path, text.replace(from, to))
      return commitAll()
    },
    close: async () => {
      if (running === undefined) return
      const closed = new Promise((resolve) => running?.once('close', resolve))
      running.kill()
      await closed
    },
  }
}

/** The environment of a provider for a kind of event. */
export function fixtureOf(provider: string, event: string): CiFixture {
  const fixture = ciFixtures().find((one) => one.provider === provider && one.event === event)
  if (fixture === undefined) throw new Error(`no fixture of ${provider} for ${event}`)
  return fixture
}

/** Copies what lies in a folder, as an artefact or a cache carries it: without hidden files, and without modes. */
export function carry(from: string, to: string): number {
  mkdirSync(to, { recursive: true })
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => !/(^|\/)\./.test(name) && statSync(join(from, name)).isFile())
  for (const name of files) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    writeFileSync(join(to, name), readFileSync(join(from, name)))
  }
  return files.length
}

/** The files that a pattern such as `jux/reports/*.xml` means; it may have its star in the last part. */
export function matching(folder: string, pattern: string): string[] {
  const parent = join(folder, dirname(pattern))
  const [before = '', after = ''] = basename(pattern).split('*')
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((name) => !name.startsWith('.') && name.startsWith(before) && name.endsWith(after))
    .map((name) => join(parent, name))
}

function cleanEnvironment(base: string, registry: Readonly<Record<string, string>>): Record<string, string> {
  const home = join(base, 'home')
  mkdirSync(home, { recursive: true })
  const { PATH = '', TMPDIR = '/tmp' } = process.env
  return {
    PATH,
    TMPDIR,
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    ...GIT_WORLD,
    ...registry,
    // What an hour of waiting shows, one attempt shows too.
    JUX_API_MAX_RETRIES: '0',
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/"url":|listens on/.test(said)) resolve()
    })
    child.on('close', () => reject(new Error(`the server ended: ${said}`)))
  })
}
