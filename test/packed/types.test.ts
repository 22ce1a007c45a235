import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Registry, startRegistry } from '../support/registry.js'
import { makeProject, type Project } from './project.js'

const TSC = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))

/** The oldest Node that `engines` names. */
const OLDEST_NODE = '20.19.0'

const MODES = {
  node16: { module: 'node16' },
  nodenext: { module: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

const FILES = {
  'package.json': { name: 'scratch', private: true, type: 'module' },
  'library.ts': `import { type JuxOptions, JuxError, verifyReport, type VerifiedReport } from 'jux-reporter'
export const options: JuxOptions = { storageMode: 'both', apiUrl: 'https://jux.example.com' }
export const verified: VerifiedReport = verifyReport(new Uint8Array(), { publicKeys: [] })
export const error: Error = new JuxError('KEY_NOT_FOUND', { message: 'no key' })
`,
  'wrong.ts': `import type { JuxOptions } from 'jux-reporter'
export const options: JuxOptions = { storageMode: 'everywhere' }
`,
  'reporters.ts': `import JestReporter, { type JestTestFile } from 'jux-reporter/jest'
import PlaywrightReporter from 'jux-reporter/playwright'
import VitestReporter from 'jux-reporter/vitest'
export const file: JestTestFile = { path: 'sum.test.ts' }
export const reporters = [
  new VitestReporter({ storageMode: 'local' }),
  new JestReporter({}, { storageMode: 'local' }),
  new PlaywrightReporter({ storageMode: 'local' }),
]
`,
  'library.cts': `import { verifyReport } from 'jux-reporter'
import jest = require('jux-reporter/jest')
export const things = [verifyReport, jest.default]
`,
  'require.cjs': `const { verifyReport } = require('jux-reporter')
const runners = ['vitest', 'jest', 'playwright']
const names = [verifyReport, ...runners.map((name) => require('jux-reporter/' + name).default)]
console.log(process.version, names.map((one) => one.name).join(' '))
require('node:fs').accessSync(require.resolve('jux-reporter/schema/jux-junit.xsd'))
`,
}

let registry: Registry
let project: Project

beforeAll(async () => {
  registry = await startRegistry()
  project = makeProject(registry, FILES)
  const packages = ['jux-reporter', '@types/node@20.19.43', `node@${OLDEST_NODE}`]
  await project.must('npm', ['install', '--no-audit', '--no-fund', ...packages])
})
afterAll(async () => {
  project.remove()
  await registry.close()
})

/** The compiler's messages; our declarations are checked too. */
async function compile(files: readonly string[], options: Readonly<Record<string, unknown>>): Promise<string> {
  const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'es2022' }
  const config = { compilerOptions: { ...strict, ...options }, files }
  writeFileSync(join(project.dir, 'tsconfig.json'), JSON.stringify(config))
  const { stdout } = await project.run(process.execPath, [TSC])
  return stdout
}

describe('jux-reporter in a project without a runner', () => {
  it('installs no runner', () => {
    const modules = join(project.dir, 'node_modules')

    expect(
      ['vitest', 'jest', '@jest', '@playwright', 'playwright'].filter((name) => existsSync(join(modules, name))),
    ).toEqual([])
  })

  it.each(Object.entries(MODES))('compiles against all entries under %s', async (_, mode) => {
    expect(await compile(['library.ts', 'reporters.ts'], { ...mode, types: ['node'] })).toBe('')
  })

  it.each(Object.entries(MODES))('needs no types of Node for the reporters under %s', async (_, mode) => {
    expect(await compile(['reporters.ts'], { ...mode, types: [] })).toBe('')
  })

  it('reports a type error for an option with an unknown value', async () => {
    expect(await compile(['wrong.ts'], { ...MODES.nodenext, types: ['node'] })).toMatch(/TS2322.*everywhere/)
  })

  it('compiles as CommonJS under nodenext, as Node can require the package', async () => {
    expect(await compile(['library.cts'], { ...MODES.nodenext, types: ['node'] })).toBe('')
  })

  it('requires all entries and finds the schema, on this Node and on the oldest that is supported', async () => {
    const oldest = join(project.dir, 'node_modules', 'node', 'bin', 'node')

    const runs = [await project.run(process.execPath, ['require.cjs']), await project.run(oldest, ['require.cjs'])]

    const names = 'verifyReport JuxVitestReporter JuxJestReporter JuxPlaywrightReporter\n'
    expect(runs.map(({ stdout, stderr }) => stdout + stderr)).toEqual([
      `${process.version} ${names}`,
      `v${OLDEST_NODE} ${names}`,
    ])
  })
})
