/**
 * A registry on this machine: it serves the packages of this repository as they would be published, and redirects
 * clients to the configured registry for all others. With it any package manager can run `npm install jux-reporter` as
 * printed.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folders of the packages, the repository's root first. */
const PACKAGES = ['../../', '../../server/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/**
 * The newest release of a package that clients see. Vite 8.4.0 has an optional dependency that the registry does not
 * have, which Yarn refuses and `npm ci` takes for an error of the lock file.
 */
const HELD_AT: ReadonlyMap<string, string> = new Map([['vite', '8.3.8']])

/** A running registry. */
export interface Registry {
  /** Ends in a slash, as npm's setting `registry` does. */
  readonly url: string
  /** Variables that make npm, pnpm and Yarn use it. */
  readonly env: Readonly<Record<string, string>>
  close(): Promise<void>
}

interface Published {
  readonly name: string
  readonly version: string
  /** package.json of the tarball. */
  readonly manifest: Readonly<Record<string, unknown>>
  readonly file: string
  readonly tarball: Buffer
}

/**
 * Packs the packages as they are built and serves them on a free port of 127.0.0.1. The server runs in this process, so
 * clients must be started without blocking it (`spawn`, not `spawnSync`).
 *
 * @throws Error if `npm pack` fails, for instance before `npm run build`
 */
export async function startRegistry(): Promise<Registry> {
  const published = pack()
  const cache = packageCache()
  const upstream = npm(['config', 'get', 'registry'])
  const server = createServer((request, response) => {
    respond(published, upstream, request, response).catch((error: unknown) =>
      response.writeHead(502).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the registry has no port')
  const url = `http://127.0.0.1:${address.port}/`
  return {
    url,
    env: {
      npm_config_registry: url,
      npm_config_cache: cache,
      pnpm_config_registry: url,
      YARN_NPM_REGISTRY_SERVER: url,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    },
    close: () =>
      new Promise((resolve, reject) => {
        rmSync(cache, { recursive: true, force: true })
        server.closeAllConnections()
        server.close((error) => (error === undefined ? resolve() : reject(error)))
      }),
  }
}

// The downloads of this machine, without the programs that npx has installed: those of an earlier run have our version, too.
function packageCache(): string {
  const downloads = join(npm(['config', 'get', 'cache']), '_cacache')
  mkdirSync(downloads, { recursive: true })
  const cache = mkdtempSync(join(tmpdir(), 'jux-npm-'))
  symlinkSync(downloads, join(cache, '_cacache'))
  return cache
}

function pack(): Published[] {
  const folder = mkdtempSync(join(tmpdir(), 'jux-registry-'))
  try {
    return PACKAGES.map((root) => {
      const file = npm(['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root)
      const path = join(folder, basename(file))
      const manifest: Readonly<Record<string, unknown>> = JSON.parse(
        execFileSync('tar', ['-xzOf', path, 'package/package.json'], { encoding: 'utf8' }),
      )
      return {
        name: String(manifest.name),
        version: String(manifest.version),
        manifest,
        file,
        tarball: readFileSync(path),
      }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Standard output of npm, with the machine's own configuration. */
function npm(args: readonly string[], cwd?: string): string {
  return execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd }).trim()
}

async function respond(
  published: readonly Published[],
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = '/', headers } = request
  const [name = '', , file] = url.slice(1).split('/')
  const found = published.find((one) => one.name === name)
  const newest = HELD_AT.get(name)
  if (newest !== undefined && file === undefined) {
    const body = await heldAt(newest, new URL(url, upstream), headers.accept)
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  } else if (found === undefined) {
    response.writeHead(302, { location: new URL(url, upstream).href }).end()
  } else if (file === found.file) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(found.tarball)
  } else {
    const body = JSON.stringify(packument(found, `http://${headers.host}/${name}/-/${found.file}`))
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  }
}

/** The metadata of a package of the registry without the releases that came after one. */
async function heldAt(newest: string, url: URL, accept = 'application/json'): Promise<string> {
  const answer = await fetch(url, { headers: { accept } })
  if (!answer.ok) throw new Error(`the registry answered ${answer.status}`)
  const whole: { 'dist-tags': object; versions: Record<string, unknown> } = JSON.parse(await answer.text())
  const versions = Object.entries(whole.versions)
  const until = versions.findIndex(([version]) => version === newest)
  if (until === -1) throw new Error(`the registry does not have ${url.pathname} ${newest}`)
  return JSON.stringify({
    ...whole,
    'dist-tags': { ...whole['dist-tags'], latest: newest },
    versions: Object.fromEntries(versions.slice(0, until + 1)),
  })
}

/**
 * The metadata of a package, as a registry has it:
 * https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
function packument({ name, version, manifest, tarball }: Published, url: string): object {
  const dist = {
    tarball: url,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    shasum: createHash('sha1').update(tarball).digest('hex'),
  }
  return {
    name,
    'dist-tags': { latest: version },
    time: { [version]: new Date(0).toISOString() },
    versions: { [version]: { ...manifest, dist } },
  }
}
