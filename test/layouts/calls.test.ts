import { beforeAll, describe, expect, it } from 'vitest'
import type { Project } from '../packed/project.js'
import {
  expectOne,
  forgetReports,
  JEST,
  JEST_CONFIG,
  JEST_TEST,
  layout,
  npmInstall,
  run,
  stored,
  useLayouts,
  VITEST,
  VITEST_CONFIG,
  VITEST_TEST,
} from './layout.js'

useLayouts()

const npx = (...words: readonly string[]) => ['npx', '--no-install', ...words]

describe('Vitest', () => {
  describe(VITEST.vitest, () => {
    let project: Project
    beforeAll(async () => {
      project = await layout({
        'package.json': {
          name: 'calls',
          private: true,
          type: 'module',
          devDependencies: {
            ...VITEST,
            '@vitest/ui': VITEST.vitest,
            '@stryker-mutator/core': '9.6.1',
            '@stryker-mutator/vitest-runner': '9.6.1',
          },
        },
        'vitest.config.mjs': VITEST_CONFIG,
        'one.test.js': VITEST_TEST,
        'two.test.js': `import { expect, it } from 'vitest'\nimport { max } from './two.js'\nit('finds', () => expect(max(1, 2)).toBe(2))\n`,
        'two.js': 'export const max = (a, b) => (a > b ? a : b)\n',
        'speed.bench.js': "import { bench } from 'vitest'\nbench('is fast', () => {}, { time: 20 })\n",
        'start.mjs': `import { startVitest } from 'vitest/node'
const vitest = await startVitest('test', ['one'], { watch: false })
await vitest.close()
`,
        'stryker.config.json': {
          testRunner: 'vitest',
          mutate: ['two.js'],
          reporters: ['clear-text'],
          concurrency: 1,
          allowEmpty: true,
          vitest: { configFile: 'stryker.vitest.mjs' },
        },
        'stryker.vitest.mjs':
          "export default { test: { include: ['two.test.js'], reporters: ['default', 'jux-reporter/vitest'] } }\n",
      })
      await npmInstall(project)
    })

    it('vitest list stores no report', async () => {
      const { status, stdout } = await run(project, npx('vitest', 'list'))

      expect([status, stdout]).toEqual([0, expect.stringContaining('two.test.js > finds')])
      expect(await stored(project)).toEqual([])
    })

    it('vitest related stores the report of the files that it runs', async () => {
      forgetReports(project)

      await run(project, npx('vitest', 'related', '--run', 'two.js'))

      expect(await stored(project)).toMatchObject([{ files: ['two.test.js'], cases: ['two.test.js > finds'] }])
    })

    it('vitest bench stores a report of its benchmarks', async () => {
      forgetReports(project)

      // It takes reporters of benchmarks from another option.
      await run(project, npx('vitest', 'bench', '--run', '--reporter=jux-reporter/vitest'))

      expect(await stored(project)).toMatchObject([
        { cases: ['speed.bench.js > is fast'], facts: { 'jux:outcome': 'passed' } },
      ])
    })

    it('vitest --merge-reports stores one report of all shards, and the shards store none', async () => {
      forgetReports(project)
      for (const shard of ['1/2', '2/2'])
        await run(project, npx('vitest', 'run', '--reporter=blob', `--shard=${shard}`))
      expect(await stored(project)).toEqual([])

      await run(project, npx('vitest', '--merge-reports'))

      expect(await stored(project)).toMatchObject([
        { counts: '2 passed, 1 failed, 0 errors, 0 skipped', facts: { 'jux:merged': 'true' } },
      ])
    })

    it('vitest --ui stores the report of a run that ends', async () => {
      forgetReports(project)

      await run(project, npx('vitest', 'run', '--ui', '--open=false', 'one'))

      await expectOne(project, { files: ['one.test.js'] })
    })

    it('startVitest or runCLI stores the report of its run', async () => {
      forgetReports(project)

      await run(project, [process.execPath, 'start.mjs'])

      await expectOne(project, { files: ['one.test.js'] })
    })

    it('Stryker stores no report of its mutants', async () => {
      forgetReports(project)

      const { stdout } = await run(project, npx('stryker', 'run'))

      expect(stdout).toMatch(/# killed/)
      expect(await stored(project)).toEqual([])
    })

    it('Stryker stores the reports of its mutants if JUX_ENABLED asks for them', async () => {
      forgetReports(project)

      await run(project, npx('stryker', 'run'), { JUX_ENABLED: 'true' })

      expect((await stored(project)).length).toBeGreaterThan(1)
    })
  })
})

describe('Jest', () => {
  describe(JEST.jest, () => {
    let project: Project
    beforeAll(async () => {
      project = await layout({
        'package.json': {
          name: 'calls',
          private: true,
          devDependencies: { ...JEST, '@stryker-mutator/core': '9.6.1', '@stryker-mutator/jest-runner': '9.6.1' },
        },
        'jest.config.js': JEST_CONFIG,
        'one.test.js': JEST_TEST,
        'two.test.js': "const { max } = require('./two.js')\ntest('finds', () => expect(max(1, 2)).toBe(2))\n",
        'two.js': 'exports.max = (a, b) => (a > b ? a : b)\n',
        'start.js': `const { runCLI } = require('jest')
runCLI({ _: ['one'], $0: 'jest', runInBand: true }, [__dirname]).then(({ results }) => {
  process.exitCode = results.success ? 0 : 1
})
`,
        'stryker.config.json': {
          testRunner: 'jest',
          mutate: ['two.js'],
          reporters: ['clear-text'],
          concurrency: 1,
          jest: { config: { testMatch: ['**/two.test.js'], reporters: ['default', 'jux-reporter/jest'] } },
        },
      })
      await npmInstall(project)
    })

    it('startVitest or runCLI stores the report of its run', async () => {
      await run(project, [process.execPath, 'start.js'])

      await expectOne(project, { files: ['one.test.js'] })
    })

    it('jest --findRelatedTests stores the report of the files that it runs', async () => {
      forgetReports(project)

      await run(project, npx('jest', '--findRelatedTests', 'two.js'))

      expect(await stored(project)).toMatchObject([{ files: ['two.test.js'], cases: ['two.test.js > finds'] }])
    })

    it('jest --listTests stores no report', async () => {
      forgetReports(project)

      await run(project, npx('jest', '--listTests'))

      expect(await stored(project)).toEqual([])
    })

    it('Stryker stores no report of its mutants', async () => {
      forgetReports(project)

      const { stdout } = await run(project, npx('stryker', 'run'))

      expect(stdout).toMatch(/# killed/)
      expect(await stored(project)).toEqual([])
    })
  })
})
