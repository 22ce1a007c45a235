import { describe, expect, it } from 'vitest'
import {
  JEST,
  JEST_CONFIG,
  JEST_TEST,
  keyOf,
  layout,
  npmInstall,
  program,
  run,
  stored,
  useLayouts,
  VITEST,
  VITEST_CONFIG,
  VITEST_TEST,
} from './layout.js'

useLayouts()

const COUNTS = '1 passed, 1 failed, 0 errors, 0 skipped'

/** A workspace of two packages, whose root has the runner, the reporter and the configuration. */
const ROOT_CONFIGURATION = {
  vitest: {
    'vitest.config.mjs':
      "export default { test: { projects: ['packages/*'], reporters: ['default', 'jux-reporter/vitest'] } }\n",
    'packages/one/src/one.test.js': VITEST_TEST,
    'packages/two/src/two.test.js': VITEST_TEST,
  },
  jest: {
    'jest.config.cjs': `module.exports = { projects: ['<rootDir>/packages/*'], reporters: ['default', 'jux-reporter/jest'] }\n`,
    'packages/one/src/one.test.js': JEST_TEST,
    'packages/two/src/two.test.js': JEST_TEST,
    'packages/one/jest.config.js': "module.exports = { displayName: 'one' }\n",
    'packages/two/jest.config.js': "module.exports = { displayName: 'two' }\n",
  },
}
const MANIFESTS = {
  'packages/one/package.json': { name: 'one', version: '1.0.0', private: true, dependencies: {} },
  'packages/two/package.json': { name: 'two', version: '1.0.0', private: true, dependencies: {} },
}
const FILES = ['packages/one/src/one.test.js', 'packages/two/src/two.test.js']
const CASES = ['[one] packages/one/src/one.test.js', '[two] packages/two/src/two.test.js'].flatMap((name) => [
  `${name} > adds`,
  `${name} > fails`,
])

/** Each package has its own runner, reporter and configuration. */
const ownConfigurations = (runner: 'vitest' | 'jest') => ({
  ...Object.fromEntries(
    ['one', 'two'].flatMap((name) => [
      [
        `packages/${name}/package.json`,
        {
          name,
          version: '1.0.0',
          private: true,
          scripts: { test: runner === 'vitest' ? 'vitest run' : 'jest' },
          devDependencies: runner === 'vitest' ? VITEST : JEST,
        },
      ],
      [`packages/${name}/src/${name}.test.js`, runner === 'vitest' ? VITEST_TEST : JEST_TEST],
      runner === 'vitest'
        ? [`packages/${name}/vitest.config.mjs`, VITEST_CONFIG]
        : [`packages/${name}/jest.config.js`, JEST_CONFIG],
    ]),
  ),
})

describe.each([
  ['Vitest', '4.1.12', 'vitest', VITEST, ['vitest', 'run']],
  ['Jest', '30.5.2', 'jest', JEST, ['jest']],
] as const)('%s', (_name, version, runner, dependencies, words) => {
  describe(version, () => {
    const root = { name: 'workspace', private: true, devDependencies: dependencies }

    it('npm workspaces, each package with its own configuration', async () => {
      const project = await layout({
        'package.json': { name: 'workspace', private: true, workspaces: ['packages/*'] },
        ...ownConfigurations(runner),
      })
      await npmInstall(project)

      await run(project, ['npm', 'test', '--workspaces'])

      expect(await stored(project)).toMatchObject([
        {
          project: 'one',
          counts: COUNTS,
          files: FILES.slice(0, 1),
          cases: ['src/one.test.js > adds', 'src/one.test.js > fails'],
        },
        { project: 'two', counts: COUNTS, files: FILES.slice(1) },
      ])
    })

    it('npm workspaces, with one configuration of projects at the root', async () => {
      const project = await layout({
        'package.json': { ...root, workspaces: ['packages/*'] },
        ...MANIFESTS,
        ...ROOT_CONFIGURATION[runner],
      })
      await npmInstall(project)

      await run(project, ['npx', '--no-install', ...words])

      expect(await stored(project)).toMatchObject([{ project: 'workspace', files: FILES, cases: CASES }])
    })

    it('pnpm workspace, strict, with one configuration of projects at the root', async () => {
      const pnpm = `${await program('pnpm@10.15.1')}/pnpm`
      const project = await layout({
        'package.json': root,
        'pnpm-workspace.yaml': 'packages: ["packages/*"]\nhoist: false\nstrictDepBuilds: false\n',
        ...MANIFESTS,
        ...ROOT_CONFIGURATION[runner],
      })
      await project.must(pnpm, ['install'])
      await project.must(pnpm, ['exec', 'jux', 'keygen', '--output', keyOf(project)])

      await run(project, [pnpm, 'exec', ...words])

      expect(await stored(project)).toMatchObject([{ project: 'workspace', files: FILES, cases: CASES }])
    })

    it('pnpm workspace, strict, each package with its own configuration', async () => {
      const pnpm = `${await program('pnpm@10.15.1')}/pnpm`
      const project = await layout({
        'package.json': { name: 'workspace', private: true, devDependencies: { 'jux-reporter': '^0.1.0' } },
        'pnpm-workspace.yaml': 'packages: ["packages/*"]\nhoist: false\nstrictDepBuilds: false\n',
        ...ownConfigurations(runner),
      })
      await project.must(pnpm, ['install'])
      await project.must(pnpm, ['exec', 'jux', 'keygen', '--output', keyOf(project)])

      await run(project, [pnpm, '--recursive', '--no-bail', 'test'])

      expect(await stored(project)).toMatchObject([
        { project: 'one', counts: COUNTS, files: FILES.slice(0, 1) },
        { project: 'two', counts: COUNTS, files: FILES.slice(1) },
      ])
    })

    it("Yarn with Plug'n'Play, with one configuration of projects at the root", async () => {
      const yarn = `${await program('@yarnpkg/cli-dist@4.18.1')}/yarn`
      const project = await layout({
        'package.json': {
          ...root,
          workspaces: ['packages/*'],
          resolutions: { 'unrs-resolver': '1.12.2' },
        },
        ...MANIFESTS,
        ...ROOT_CONFIGURATION[runner],
      })
      const env = {
        YARN_NODE_LINKER: 'pnp',
        YARN_GLOBAL_FOLDER: `${project.home}/yarn`,
        YARN_ENABLE_TELEMETRY: 'false',
        YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
      }
      await project.must(yarn, ['install'], env)
      await project.must(yarn, ['run', 'jux', 'keygen', '--output', keyOf(project)], env)

      await run(project, [yarn, 'run', ...words], env)

      expect(await stored(project)).toMatchObject([{ project: 'workspace', files: FILES, cases: CASES }])
    })

    it('Bun, with isolated installs and one configuration of projects at the root', async () => {
      const folder = await program('bun@1.4.5')
      const project = await layout({
        'package.json': { ...root, workspaces: ['packages/*'] },
        'bunfig.toml': '[install]\nlinker = "isolated"\n',
        ...MANIFESTS,
        ...ROOT_CONFIGURATION[runner],
      })
      const env = { PATH: `${folder}:${process.env.PATH}`, BUN_INSTALL_CACHE_DIR: `${project.home}/bun` }
      await project.must('bun', ['install'], env)
      await project.must('bun', ['run', 'jux', 'keygen', '--output', keyOf(project)], env)

      await run(project, ['bun', 'run', ...words], env)

      expect(await stored(project)).toMatchObject([{ project: 'workspace', files: FILES, cases: CASES }])
    })
  })
})
