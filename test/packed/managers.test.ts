import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.js'
import { runProgram } from '../support/run-program.js'
import { BOTH_DEPENDENCIES, BOTH_RUNNERS, makeProject, type Project } from './project.js'

/** Package managers other than npm, from the registry: Corepack downloads from other places. */
const PROGRAMS = ['pnpm@12.21.0', '@yarnpkg/cli-dist@4.18.1']

const programs = mkdtempSync(join(tmpdir(), 'jux-managers-'))
const pnpm = join(programs, 'node_modules', '.bin', 'pnpm')
const yarn = join(programs, 'node_modules', '.bin', 'yarn')
const yarnEnv = {
  YARN_GLOBAL_FOLDER: join(programs, 'yarn'),
  YARN_ENABLE_TELEMETRY: 'false',
  // There is no lockfile yet, and in CI Yarn refuses to make one.
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
}

/** The program, how it runs what it has installed, and settings. */
const MANAGERS = [
  // A dependency of Vite has a build script that is optional.
  { name: 'pnpm', program: pnpm, exec: 'exec', env: { pnpm_config_strict_dep_builds: 'false' } },
  {
    name: 'Yarn with node_modules',
    program: yarn,
    exec: 'run',
    env: { ...yarnEnv, YARN_NODE_LINKER: 'node-modules' },
  },
  { name: "Yarn with Plug'n'Play", program: yarn, exec: 'run', env: { ...yarnEnv, YARN_NODE_LINKER: 'pnp' } },
]

let registry: Registry

beforeAll(async () => {
  registry = await startRegistry()
  const { status, stderr } = await runProgram('npm', ['install', '--prefix', programs, '--no-audit', ...PROGRAMS], {})
  if (status !== 0) throw new Error(`the package managers could not be installed: ${stderr}`)
})
afterAll(async () => {
  await registry.close()
  rmSync(programs, { recursive: true, force: true })
})

describe.each(MANAGERS)('jux-reporter installed by $name', ({ program, exec, env }) => {
  let project: Project
  const run = (args: readonly string[]) => project.run(program, [exec, ...args], { ...env, JUX_KEY_PATH: 'key.pem' })

  beforeAll(() => {
    project = makeProject(registry, {
      'package.json': {
        name: 'scratch',
        private: true,
        devDependencies: BOTH_DEPENDENCIES,
        // Yarn asks for the binaries of all platforms, and not every release of Jest's resolver has them all.
        resolutions: { 'unrs-resolver': '1.12.2' },
      },
      ...BOTH_RUNNERS,
    })
  })
  afterAll(() => project.remove())

  it('stores signed reports of a Vitest and a Jest run, and verifies them', async () => {
    const { stdout, stderr } = await project.must(program, ['install'], env)
    await project.must(program, [exec, 'jux', 'keygen', '--output', 'key.pem'], env)

    const vitest = await run(['vitest', 'run'])
    const jest = await run(['jest'])
    const verified = await run(['jux', 'verify', '--public-key', 'key.pub.pem', ...project.reports()])

    expect(stdout + stderr).not.toMatch(/peer dep|YN0002|YN0060|YN0086/i)
    expect(vitest).toMatchObject({ status: 1, stderr: expect.stringContaining('signed  RSA 3072') })
    expect(jest).toMatchObject({ status: 0, stderr: expect.stringContaining('signed  RSA 3072') })
    expect(project.reports()).toHaveLength(2)
    expect(verified).toMatchObject({ status: 0 })
  })
})
