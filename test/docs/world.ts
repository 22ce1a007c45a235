/**
 * Where pages run: a registry with our packages, a home folder, and a project with the packages installed.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closedPort } from '../support/ports.js'
import { startRegistry } from '../support/registry.js'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const PACKAGES = ['jux-reporter', 'jux-server', 'vitest', 'jest', 'typescript', '@types/node']

/** The test of a project with Vitest. */
const VITEST_TEST = "import { expect, it } from 'vitest'\n\nit('adds', () => expect(1 + 1).toBe(2))\n"

/** Network settings of this machine: registry, proxy, certificate authority. */
const NETWORK =
  /^(pip_\w+|npm_config_(https?_)?proxy|npm_config_(noproxy|ca|cafile)|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_\w+|requests_ca_bundle)$/i

/** Shared by all pages. */
export interface World {
  /** Creates a clean folder and a clean home folder for a page. */
  place(page: string, begin: Beginning): Promise<Place>
  close(): Promise<void>
}

/** How a page starts. */
export interface Beginning {
  readonly empty?: true
  readonly project?: readonly string[]
}

/** Where a page runs. */
export interface Place {
  /** Removed with the world. */
  readonly folder: string
  readonly home: string
  /** Folder for scripts, and for the output of background processes. */
  readonly notes: string
  /** A free port, used instead of the 4000 of the pages. */
  readonly port: number
  readonly env: NodeJS.ProcessEnv
}

/**
 * Starts the registry.
 *
 * @param packages packages that are installed for a page that does not say how it starts
 */
export async function createWorld(packages: readonly string[] = PACKAGES): Promise<World> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'jux-docs-')))
  const registry = await startRegistry()
  const environment = (home: string): NodeJS.ProcessEnv => ({
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => NETWORK.test(name))),
    ...registry.env,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_progress: 'false',
    npm_config_update_notifier: 'false',
    npm_config_yes: 'true',
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
  })
  const install = (cwd: string, home: string, packages: readonly string[]) =>
    finish('npm', ['install', '--silent', '--save-dev', ...packages], cwd, environment(home))
  const ready = join(folder, 'ready')
  let count = 0

  let installed: Promise<void> | undefined
  const installReady = async () => {
    startProject(ready)
    if (packages.length > 0) await install(ready, folder, packages)
  }
  return {
    place: async (page, begin) => {
      count += 1
      const place = join(folder, String(count))
      const home = join(place, 'home')
      const cwd = join(place, 'repo')
      const notes = join(place, 'notes')
      for (const path of [home, cwd, notes]) mkdirSync(path, { recursive: true })
      const example = page.startsWith('examples/') ? join(ROOT, dirname(page)) : undefined
      if (begin.project) {
        startProject(cwd)
        if (begin.project.includes('vitest')) writeFileSync(join(cwd, 'sum.test.js'), VITEST_TEST)
        await install(cwd, home, begin.project)
      } else if (example !== undefined) {
        cpSync(example, cwd, { recursive: true, filter: (path) => !/node_modules/.test(path) })
        // A reader has it in a repository.
        await finish('git', ['init', '--quiet'], cwd, environment(home))
      } else if (!begin.empty) {
        // Once, for the first page that needs it.
        installed ??= installReady()
        await installed
        startProject(cwd)
        symlinkSync(join(ready, 'node_modules'), join(cwd, 'node_modules'))
      }
      const port = await closedPort()
      const bin = join(cwd, 'node_modules', '.bin')
      const env = environment(home)
      return {
        folder: cwd,
        home,
        notes,
        port,
        env: { ...env, PATH: `${bin}:${env.PATH}` },
      }
    },
    close: async () => {
      await registry.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function startProject(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n')
}

// Not execFileSync: the registry runs in this process.
function finish(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`))
    })
  })
}
