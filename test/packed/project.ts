/**
 * A user's project, in a folder and with a home of its own, that installs our packages from a registry.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Registry } from '../support/registry.js'
import { type Finished, runProgram } from '../support/run-program.js'

/** A project on disk. */
export interface Project {
  readonly dir: string
  readonly home: string
  /** Runs a program in it. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  /** Like `run`, and throws with the program's output unless it exits with 0. */
  must(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  /** Paths of the reports in the store of its home. */
  reports(): string[]
  remove(): void
}

/** A Vitest run with a failure, a Jest run without, and configurations that name the reporters as the README does. */
export const BOTH_RUNNERS = {
  'vitest.config.ts': `import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { reporters: ['default', 'jux-reporter/vitest'] } })
`,
  'jest.config.cjs':
    "module.exports = { testMatch: ['**/sum.jest.cjs'], reporters: ['default', 'jux-reporter/jest'] }\n",
  'sum.jest.cjs': "test('adds', () => expect(1 + 1).toBe(2))\n",
  'sum.test.ts': `import { expect, it } from 'vitest'
it('adds', () => expect(1 + 1).toBe(2))
it('fails', () => expect<number>(1).toBe(2))
`,
} as const

/** The dependencies of such a project. */
export const BOTH_DEPENDENCIES = { 'jux-reporter': '^0.1.0', jest: '^30.0.0', vitest: '^4.1.0' } as const

/** Writes the files: text as it is, anything else as JSON. */
export function makeProject(registry: Registry, files: Readonly<Record<string, unknown>>): Project {
  const folder = mkdtempSync(join(tmpdir(), 'jux-packed-'))
  const home = join(folder, 'home')
  const dir = join(folder, 'project')
  const data = join(home, 'data')
  mkdirSync(home)
  for (const [name, content] of Object.entries({ 'package.json': { name: 'scratch', private: true }, ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true })
    writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const world = {
    ...own(['PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']),
    HOME: home,
    XDG_DATA_HOME: data,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    NO_COLOR: '1',
    ...registry.env,
  }
  const run: Project['run'] = (command, args, env = {}) =>
    runProgram(command, args, { cwd: dir, env: { ...world, ...env } })
  return {
    dir,
    home,
    run,
    must: async (command, args, env) => {
      const finished = await run(command, args, env)
      if (finished.status === 0) return finished
      throw new Error(`${command} ${args.join(' ')}: ${finished.status}\n${finished.stdout}\n${finished.stderr}`)
    },
    reports: () => {
      const store = join(data, 'jux', 'reports')
      return readdirSync(store).map((name) => join(store, name))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Those variables of this process that are set. */
function own(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
