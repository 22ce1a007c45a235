import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.js'
import { hasTool } from '../support/tools.js'
import { BOTH_DEPENDENCIES, BOTH_RUNNERS, makeProject, type Project } from './project.js'

let registry: Registry
beforeAll(async () => {
  registry = await startRegistry()
})
afterAll(() => registry.close())

/** Warnings of npm about a package, or about ours in particular. */
const WARNINGS = /EBADENGINE|ERESOLVE|deprecated|peer dep|jux-reporter@/i

const KEY = { JUX_KEY_PATH: 'key.pem' }
const install = (project: Project, packages: readonly string[] = []) =>
  project.must('npm', ['install', '--no-audit', '--no-fund', ...packages])
const npx = (project: Project, args: readonly string[]) => project.run('npx', ['--no-install', ...args], KEY)
const verify = (project: Project, reports: readonly string[]) =>
  npx(project, ['jux', 'verify', '--public-key', 'key.pub.pem', ...reports])

describe('jux-reporter in an npm project', () => {
  const JEST = "testMatch: ['**/sum.jest.cjs'], reporters: ['default', 'jux-reporter/jest']"
  const configs = {
    'jest.config.mjs': `export default { ${JEST} }\n`,
    'jest.config.ts': `import type { Config } from 'jest'
const config: Config = { ${JEST} }
export default config
`,
  }
  let project: Project

  beforeAll(async () => {
    const manifest = { name: 'scratch', private: true, devDependencies: BOTH_DEPENDENCIES }
    project = makeProject(registry, { 'package.json': manifest, ...BOTH_RUNNERS, ...configs })
    await install(project, ['--save-dev', 'ts-node@10.9.2', 'typescript@5.9.3', '@playwright/test@1.65.1'])
    await project.must('npx', ['--no-install', 'jux', 'keygen', '--output', 'key.pem'])
  })
  afterAll(() => project.remove())

  it('signs, stores and verifies the report of a Vitest run, and xmlsec1 accepts it too', async ({ skip }) => {
    const run = await npx(project, ['vitest', 'run'])

    expect(run.status).toBe(1)
    const [report = 'none'] = project.reports()
    const xml = readFileSync(report, 'utf8')
    const forged = join(project.home, 'forged.xml')
    writeFileSync(forged, xml.replace('failures="1"', 'failures="0"'))
    const digest = /<ds:DigestValue>([^<]+)</.exec(xml)?.[1] ?? ''
    expect(statSync(report).mode & 0o777).toBe(0o600)
    expect(basename(report)).toBe(`${Buffer.from(digest, 'base64').toString('hex')}.xml`)
    expect(await verify(project, [report])).toMatchObject({ status: 0 })
    expect(await verify(project, [forged])).toMatchObject({ status: 1 })
    if (!hasTool('xmlsec1')) skip('xmlsec1 not found')
    const xmlsec = (file: string) => project.run('xmlsec1', ['--verify', '--pubkey-pem', 'key.pub.pem', file])
    expect(await xmlsec(report)).toMatchObject({ status: 0 })
    expect((await xmlsec(forged)).status).not.toBe(0)
  })

  it.each(['jest.config.cjs', ...Object.keys(configs)])(
    'stores a signed report of a Jest run configured by %s',
    async (config) => {
      const before = project.reports()

      const run = await npx(project, ['jest', '--config', config])

      const added = project.reports().filter((report) => !before.includes(report))
      expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining('signed  RSA 3072') })
      expect(added).toHaveLength(1)
      expect(await verify(project, added)).toMatchObject({ status: 0 })
    },
  )

  it('has types that fit those of the runners in a type-checked configuration', async () => {
    const config = `import { defineConfig as definePlaywright } from '@playwright/test'
import type { Config } from 'jest'
import VitestReporter from 'jux-reporter/vitest'
import type { JuxOptions } from 'jux-reporter'
import { defineConfig } from 'vitest/config'
const options: JuxOptions = { storageMode: 'local' }
export const playwright = definePlaywright({ reporter: [['list'], ['jux-reporter/playwright', options]] })
export const jest: Config = { reporters: ['default', ['jux-reporter/jest', options]] }
export default defineConfig({ test: { reporters: ['default', ['jux-reporter/vitest', options], new VitestReporter(options)] } })
`
    writeFileSync(join(project.dir, 'checked.mts'), config)

    // The runners' own declarations are not checked here.
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', '--target', 'es2022']
    const { stdout } = await npx(project, ['tsc', ...flags, '--module', 'nodenext', 'checked.mts'])

    expect(stdout).toBe('')
  })
})

describe('jux-reporter in an npm workspace, installed in the root', () => {
  let project: Project

  beforeAll(async () => {
    const member = (name: string, test: string) => ({ name, version: '1.0.0', private: true, scripts: { test } })
    project = makeProject(registry, {
      'package.json': {
        name: 'monorepo',
        private: true,
        workspaces: ['packages/*'],
        devDependencies: BOTH_DEPENDENCIES,
      },
      'packages/web/package.json': member('web', 'vitest run'),
      'packages/web/vitest.config.ts': BOTH_RUNNERS['vitest.config.ts'],
      'packages/web/sum.test.ts': BOTH_RUNNERS['sum.test.ts'],
      'packages/api/package.json': member('api', 'jest'),
      'packages/api/jest.config.cjs': BOTH_RUNNERS['jest.config.cjs'],
      'packages/api/sum.jest.cjs': BOTH_RUNNERS['sum.jest.cjs'],
    })
    await install(project)
    await project.must('npx', ['--no-install', 'jux', 'keygen', '--output', 'key.pem'])
  })
  afterAll(() => project.remove())

  it('stores a report of each package under the name of the package', async () => {
    const key = { JUX_KEY_PATH: join(project.dir, 'key.pem') }

    const web = await project.run('npm', ['test', '--workspace', 'web'], key)
    const api = await project.run('npm', ['test', '--workspace', 'api'], key)

    const texts = project.reports().map((report) => readFileSync(report, 'utf8'))
    const names = texts.map((xml) => /name="project" value="([^"]*)"/.exec(xml)?.[1])
    expect({ web: web.status, api: api.status }).toEqual({ web: 1, api: 0 })
    expect(names.sort()).toEqual(['api', 'web'])
    expect(await verify(project, project.reports())).toMatchObject({ status: 0 })
  })
})

describe('npm install jux-reporter', () => {
  it.each([
    { runner: 'vitest@^4.1.0', other: 'jest' },
    { runner: 'jest@29.7.0', other: 'vitest' },
    { runner: 'vitest@3.2.0', other: 'jest' },
  ])('installs next to $runner without a warning, and does not install $other', async ({ runner, other }) => {
    const project = makeProject(registry, {})
    try {
      const args = ['install', '--package-lock-only', '--no-audit', '--no-fund', '--save-dev', 'jux-reporter']
      const { stderr } = await project.must('npm', [...args, runner])
      const { packages } = JSON.parse(readFileSync(join(project.dir, 'package-lock.json'), 'utf8'))

      // Jest 29 itself brings packages that npm calls deprecated.
      const ours = stderr.split('\n').filter((line) => WARNINGS.test(line) && !/deprecated (glob|inflight)@/.test(line))
      expect(ours).toEqual([])
      expect(readdirSync(project.dir)).toContain('package-lock.json')
      expect(Object.keys(packages)).toContain('node_modules/jux-reporter')
      expect(Object.keys(packages)).not.toContain(`node_modules/${other}`)
    } finally {
      project.remove()
    }
  })
})
