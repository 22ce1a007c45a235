/**
 * What the builds of a recipe need: a repository with the project of the example, its secrets, and a Jux server.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CiFixture, ciFixtures } from '../../support/ci-fixtures.js'
import { closedPort } from '../../support/ports.js'
import { GIT_WORLD, git } from '../../support/repository.js'
import { run } from './build.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The server of the recipes. */
const RECIPE_SERVER = 'https://jux.example.com'

/** The project of an example at one provider. */
export interface World {
  /** Folder for everything that the provider keeps between builds. */
  readonly base: string
  /** The repository that builds fetch from. */
  readonly origin: string
  /** Variables of every command, before those of the provider. */
  readonly env: Readonly<Record<string, string>>
  /** The private key in PEM, also as a file, and an API key of the server. */
  readonly secrets: { readonly key: string; readonly keyPath: string; readonly apiKey: string }
  /** The recipe of the example. */
  readonly recipe: string
  /** Puts the URL of the server into a recipe. */
  withServer(recipe: string): string
  /** Starts the server. Before that, connections are refused. */
  startServer(): Promise<void>
  /** Content hashes of the reports that the server has. */
  delivered(): Promise<readonly string[]>
  /** Replaces a text of the project and commits the change; gives the commit. */
  commit(file: string, from: string, to: string): string
  close(): Promise<void>
}

/**
 * Sets up an example as its README says: installs it, creates a key, and commits the public key.
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
  const createKey = async (scope: string) => {
    const output = await sh(`node ${server} keys create --name ${scope} --scope ${scope} --data ${data}`)
    const [key] = /jux_[\w-]+/.exec(output) ?? []
    if (key === undefined) throw new Error('the server created no key')
    return key
  }
  const apiKey = await createKey('submit')
  const readKey = await createKey('read')
  const key = readFileSync(join(origin, 'keys', 'ci.pem'), 'utf8')
  const keyPath = join(base, 'secret-key.pem')
  writeFileSync(keyPath, key)
  const port = await closedPort()
  const url = `http://127.0.0.1:${port}`
  let running: ChildProcess | undefined
  return {
    base,
    origin,
    env,
    secrets: { key, keyPath, apiKey },
    recipe: readFileSync(join(ROOT, 'examples', example, recipe), 'utf8'),
    withServer: (text) => text.replace(RECIPE_SERVER, url),
    startServer: async () => {
      const flags = ['--port', String(port), '--data', data, '--signatures', 'require-trusted']
      running = spawn(process.execPath, [server, ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      await untilListening(running)
    },
    delivered: async () => {
      const body: { test_runs: { content_hash: string }[] } = await (
        await fetch(`${url}/api/v1/test_runs`, { headers: { authorization: `Bearer ${readKey}` } })
      ).json()
      return body.test_runs.map((run) => run.content_hash.replace('sha256:', '')).sort()
    },
    commit: (file, from, to) => {
      const path = join(origin, file)
      const text = readFileSync(path, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
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

/** The fixture of a provider for a kind of event. */
export function fixtureOf(provider: string, event: string): CiFixture {
  const fixture = ciFixtures().find((one) => one.provider === provider && one.event === event)
  if (fixture === undefined) throw new Error(`no fixture of ${provider} for ${event}`)
  return fixture
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
    // One attempt is enough to see that the server is away.
    JUX_API_MAX_RETRIES: '0',
  }
}

function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (/"url":|listens on/.test(output)) resolve()
    })
    child.on('close', () => reject(new Error(`the server ended: ${output}`)))
  })
}
