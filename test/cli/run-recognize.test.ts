import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recognizeRunner } from '../../src/cli/run/recognize.js'
import { runsTests } from '../../src/cli/run/runner-arguments.js'
import { temporaryFolder } from '../support/folders.js'

const SCRIPTS = {
  test: 'tsc --noEmit && cross-env NODE_ENV=test vitest run',
  unit: 'NODE_OPTIONS=--experimental-vm-modules npx jest --ci',
  all: 'npm run unit',
  e2e: 'playwright test',
  loop: 'npm run loop',
  build: 'tsc -p vitest',
}

function recognize(line: string) {
  const cwd = temporaryFolder()
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ scripts: SCRIPTS }))
  return recognizeRunner(line.split(' '), cwd)
}

describe('recognizeRunner', () => {
  it.each([
    'vitest',
    'npx vitest run',
    'npx --yes vitest@4 run',
    'node node_modules/vitest/vitest.mjs run',
    'node --import tsx ./node_modules/.bin/vitest',
    'node_modules/.bin/vitest.cmd',
    'pnpm vitest run',
    'pnpm --filter shop exec vitest',
    'yarn vitest',
    'bunx vitest',
    'cross-env X=1 vitest',
    'env X=1 npx vitest',
    'npm test',
    'npm run test -- --coverage',
    'yarn test',
    'pnpm run test',
  ])('recognizes Vitest in: %s', (line) => {
    expect(recognize(line)).toBe('vitest')
  })

  it.each(['jest --ci', 'npx jest', 'node node_modules/jest/bin/jest.js', 'npm run unit', 'npm run all', 'yarn unit'])(
    'recognizes Jest in: %s',
    (line) => {
      expect(recognize(line)).toBe('jest')
    },
  )

  it.each([
    'playwright test',
    'npx playwright test --project=chromium',
    'npx playwright@1.65 test',
    'node node_modules/@playwright/test/cli.js test',
    'node ./node_modules/playwright/cli.js test',
    'npm run e2e',
  ])('recognizes Playwright in: %s', (line) => {
    expect(recognize(line)).toBe('playwright')
  })

  it.each([
    'make test',
    'turbo run test',
    './ci.sh vitest',
    'bun test',
    'npm run build',
    'npm run absent',
    'npm run loop',
    'npm install vitest',
    'pytest --jux-submit',
    'node -e vitest',
  ])('does not recognize a runner in: %s', (line) => {
    expect(recognize(line)).toBeUndefined()
  })
})

describe('runsTests', () => {
  it.each([
    ['vitest', 'run --coverage', true],
    ['vitest', 'tests/list', true],
    ['vitest', 'list', false],
    ['vitest', 'bench', false],
    ['vitest', 'run --version', false],
    ['jest', '--ci', true],
    ['jest', '--listTests', false],
    ['jest', '--showConfig', false],
    ['jest', '--clearCache', false],
    ['jest', '-- --help', true],
    ['playwright', 'test --project=chromium', true],
    ['playwright', 'test --list', false],
    ['playwright', 'test --ui-port=0', false],
    ['playwright', 'install chromium', false],
    ['playwright', 'merge-reports blobs', false],
  ] as const)('says whether %s %s runs tests: %s', (runner, args, expected) => {
    expect(runsTests(runner, args.split(' '))).toBe(expected)
  })
})
