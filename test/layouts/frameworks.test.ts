import { describe, expect, it } from 'vitest'
import { chromiumPath } from '../support/lab.js'
import {
  expectOne,
  JEST,
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

/** Two packages of a workspace, one for each runner; the second has no package.json of its own in Nx. */
const PACKAGES = {
  'apps/web/vitest.config.mjs': VITEST_CONFIG,
  'apps/web/web.test.js': VITEST_TEST,
  'apps/api/jest.config.js': "module.exports = { reporters: ['default', 'jux-reporter/jest'] }\n",
  'apps/api/api.test.js': JEST_TEST,
}
/** Nx has no process in the background. */
const NX = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' }
const COUNTS = '1 passed, 1 failed, 0 errors, 0 skipped'

describe('Vitest and Jest', () => {
  describe('in', () => {
    it('Nx 23, with projects that have no package.json', async () => {
      const target = (command: string, cwd: string) => ({
        name: cwd.replace('apps/', ''),
        targets: { test: { executor: 'nx:run-commands', cache: false, options: { command, cwd } } },
      })
      const project = await layout({
        'package.json': { name: 'workspace', private: true, devDependencies: { ...VITEST, ...JEST, nx: '23.2.1' } },
        'nx.json': {},
        'apps/web/project.json': target('npx --no-install vitest run', 'apps/web'),
        'apps/api/project.json': target('npx --no-install jest', 'apps/api'),
        ...PACKAGES,
      })
      await npmInstall(project)

      await run(project, npx('nx', 'run-many', '-t', 'test', '--nxBail=false'), NX)

      expect(await stored(project)).toMatchObject([
        { project: 'api', counts: COUNTS, files: ['apps/api/api.test.js'], facts: { 'jux:task': 'api:test' } },
        { project: 'web', counts: COUNTS, files: ['apps/web/web.test.js'], facts: { 'jux:task': 'web:test' } },
      ])
    })

    it('Turborepo 2, which passes variables on that turbo.json names', async () => {
      const manifest = (name: string, test: string) => ({ name, version: '1.0.0', private: true, scripts: { test } })
      const project = await layout({
        'package.json': {
          name: 'workspace',
          private: true,
          workspaces: ['apps/*'],
          packageManager: 'npm@10.8.2',
          devDependencies: { ...VITEST, ...JEST, turbo: '2.11.11' },
        },
        'turbo.json': { globalPassThroughEnv: ['JUX_*', 'XDG_*'], tasks: { test: { cache: false } } },
        'apps/web/package.json': manifest('web', 'vitest run'),
        'apps/api/package.json': manifest('api', 'jest'),
        ...PACKAGES,
      })
      await npmInstall(project)

      await run(project, npx('turbo', 'run', 'test', '--continue'), { TURBO_TELEMETRY_DISABLED: '1' })

      expect(await stored(project)).toMatchObject([
        { project: 'api', counts: COUNTS, files: ['apps/api/api.test.js'], facts: { 'jux:task': 'api#test' } },
        { project: 'web', counts: COUNTS, files: ['apps/web/web.test.js'], facts: { 'jux:task': 'web#test' } },
      ])
    })
  })
})

describe('Jest', () => {
  describe(JEST.jest, () => {
    it('next/jest of Next.js 16', async () => {
      const project = await layout({
        'package.json': {
          name: 'site',
          private: true,
          dependencies: { next: '16.4.6', react: '19.2.0', 'react-dom': '19.2.0' },
          devDependencies: JEST,
        },
        'app/layout.jsx': 'export default ({ children }) => <html><body>{children}</body></html>\n',
        'app/page.jsx': 'export default () => <h1>hello</h1>\n',
        'jest.config.mjs': `import nextJest from 'next/jest.js'
export default nextJest({ dir: './' })({ reporters: ['default', 'jux-reporter/jest'] })
`,
        'page.test.jsx': `import { renderToString } from 'react-dom/server'
import Page from './app/page'
test('shows a heading', () => expect(renderToString(<Page />)).toBe('<h1>hello</h1>'))
test('fails', () => expect(1).toBe(2))
`,
      })
      await npmInstall(project)

      await run(project, npx('jest'), { NEXT_TELEMETRY_DISABLED: '1' })

      await expectOne(project, { project: 'site', files: ['page.test.jsx'] })
    })
  })
})

describe('Vitest', () => {
  describe(VITEST.vitest, () => {
    it("Angular's unit-test builder", async () => {
      const angular = '21.0.0'
      const project = await layout({
        'package.json': {
          name: 'shop',
          private: true,
          dependencies: {
            '@angular/common': angular,
            '@angular/compiler': angular,
            '@angular/core': angular,
            '@angular/platform-browser': angular,
            rxjs: '7.8.2',
            tslib: '2.8.1',
          },
          devDependencies: {
            '@angular/build': angular,
            '@angular/cli': angular,
            '@angular/compiler-cli': angular,
            jsdom: '27.2.0',
            typescript: '5.9.3',
            ...VITEST,
          },
        },
        'angular.json': {
          version: 1,
          cli: { analytics: false },
          projects: {
            shop: {
              projectType: 'application',
              root: '',
              sourceRoot: 'src',
              architect: {
                build: {
                  builder: '@angular/build:application',
                  options: { browser: 'src/main.ts', tsConfig: 'tsconfig.json' },
                },
                test: {
                  builder: '@angular/build:unit-test',
                  options: {
                    buildTarget: 'shop:build',
                    tsConfig: 'tsconfig.json',
                    runner: 'vitest',
                    watch: false,
                    reporters: ['default', 'jux-reporter/vitest'],
                  },
                },
              },
            },
          },
        },
        'tsconfig.json': {
          compilerOptions: {
            target: 'ES2022',
            module: 'preserve',
            moduleResolution: 'bundler',
            strict: true,
            skipLibCheck: true,
            types: ['vitest/globals'],
          },
          include: ['src/**/*.ts'],
        },
        'src/index.html': '<!doctype html><html><body><app-root></app-root></body></html>\n',
        'src/main.ts': `import { bootstrapApplication } from '@angular/platform-browser'
import { App } from './app'
bootstrapApplication(App)
`,
        'src/app.ts': `import { Component } from '@angular/core'
@Component({ selector: 'app-root', template: '<h1>hello</h1>' })
export class App {}
`,
        'src/app.spec.ts': `import { TestBed } from '@angular/core/testing'
import { App } from './app'
describe('App', () => {
  it('adds', () => expect(TestBed.createComponent(App).nativeElement.textContent).toBe('hello'))
  it('fails', () => expect(1).toBe(2))
})
`,
      })
      await npmInstall(project)

      await run(project, npx('ng', 'test'), { NG_CLI_ANALYTICS: 'false' })

      await expectOne(project, {
        project: 'shop',
        files: ['src/app.spec.ts'],
        cases: ['[shop] src/app.spec.ts > App > adds', '[shop] src/app.spec.ts > App > fails'],
      })
    })

    it("Storybook 10's addon, in Chromium", async ({ skip, task }) => {
      const chromium = chromiumPath()
      if (chromium === undefined) {
        Object.assign(task.meta, { cell: 'lacks', why: 'Chromium not found' })
        return skip()
      }
      const storybook = '10.1.4'
      const project = await layout({
        'package.json': {
          name: 'buttons',
          private: true,
          type: 'module',
          devDependencies: {
            ...VITEST,
            storybook,
            '@storybook/react-vite': storybook,
            '@storybook/addon-vitest': storybook,
            '@vitest/browser-playwright': VITEST.vitest,
            playwright: '1.65.1',
            react: '19.2.0',
            'react-dom': '19.2.0',
            vite: '7.2.4',
          },
        },
        '.storybook/main.js': `export default {
  stories: ['../src/*.stories.jsx'],
  addons: ['@storybook/addon-vitest'],
  framework: '@storybook/react-vite',
  core: { disableTelemetry: true },
}
`,
        '.storybook/vitest.setup.js':
          "import { setProjectAnnotations } from '@storybook/react-vite'\nsetProjectAnnotations([])\n",
        'src/button.stories.jsx': `import React from 'react'
import { expect } from 'storybook/test'
const Button = ({ label }) => <button>{label}</button>
export default { component: Button }
export const Adds = {
  args: { label: 'hello' },
  play: async ({ canvas }) => { await expect(canvas.getByRole('button').textContent).toBe('hello') },
}
export const Fails = { args: { label: 'hello' }, play: async () => { await expect(1).toBe(2) } }
`,
        'vitest.config.js': `import { storybookTest } from '@storybook/addon-vitest/vitest-plugin'
import { playwright } from '@vitest/browser-playwright'
const launchOptions = { executablePath: process.env.LAB_CHROMIUM, args: ['--no-sandbox'] }
export default {
  test: {
    reporters: ['default', 'jux-reporter/vitest'],
    projects: [
      {
        extends: true,
        plugins: [storybookTest({ configDir: '.storybook' })],
        test: {
          name: 'storybook',
          setupFiles: ['.storybook/vitest.setup.js'],
          browser: { enabled: true, headless: true, provider: playwright({ launchOptions }), instances: [{ browser: 'chromium' }] },
        },
      },
    ],
  },
}
`,
      })
      await npmInstall(project)

      await run(project, npx('vitest', 'run'), { LAB_CHROMIUM: chromium, STORYBOOK_DISABLE_TELEMETRY: '1' })

      await expectOne(project, {
        project: 'buttons',
        files: ['src/button.stories.jsx'],
        cases: ['Adds', 'Fails'].map((name) => `[storybook (chromium)] src/button.stories.jsx > ${name}`),
      })
    })
  })

  describe('3.2.7', () => {
    it('Nuxt test-utils 3', async () => {
      const project = await layout({
        'package.json': {
          name: 'site',
          private: true,
          type: 'module',
          devDependencies: {
            ...VITEST,
            vitest: '3.2.7',
            nuxt: '4.2.1',
            vue: '3.5.24',
            'vue-router': '4.6.3',
            '@nuxt/test-utils': '3.20.1',
            '@vue/test-utils': '2.4.6',
            'happy-dom': '20.0.10',
          },
        },
        'nuxt.config.ts': "export default defineNuxtConfig({ telemetry: false, compatibilityDate: '2025-07-15' })\n",
        'vitest.config.ts': `import { defineVitestConfig } from '@nuxt/test-utils/config'
export default defineVitestConfig({ test: { environment: 'nuxt', reporters: ['default', 'jux-reporter/vitest'] } })
`,
        'app/app.vue': '<template><h1>hello</h1></template>\n',
        'test/app.test.ts': `import { mountSuspended } from '@nuxt/test-utils/runtime'
import { expect, it } from 'vitest'
import App from '../app/app.vue'
it('adds', async () => expect((await mountSuspended(App)).text()).toBe('hello'))
it('fails', () => expect(1).toBe(2))
`,
      })
      await npmInstall(project)

      await run(project, npx('vitest', 'run'), { NUXT_TELEMETRY_DISABLED: '1' })

      await expectOne(project, { project: 'site', files: ['test/app.test.ts'] })
    })
  })
})
