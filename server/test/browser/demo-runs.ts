/**
 * Three weeks of a small company, for the screenshots and the browser tests: about 60 runs of three projects, with a pull request, one of a
 * fork, a flaky test, a rerun of a commit, and a failure that comes, goes and comes again. They are the same every time.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { ErrorInfo, ModuleResult, Property, TestResult, TestRun } from 'jux-reporter'
import { aModule, aRun, aTest } from '../../../test/support/runs.js'

/** A run, and when and how it is submitted. */
export interface DemoRun {
  readonly run: TestRun
  /** Milliseconds since the first run. */
  readonly atMs: number
  readonly signature: 'trusted' | 'untrusted' | 'unsigned'
}

const HOUR_MS = 3_600_000
const RUNS = 46
/** The run of a pull request from a fork, and the run that was repeated. */
const FORK = 43
const RERUN = 20
const PULL_REQUESTS: Readonly<Record<string, string>> = { 'feature/one-page-checkout': '41', 'eve:main': '44' }
const OWNERS: Readonly<Record<string, string>> = {
  cart: '@acme/cart',
  checkout: '@acme/payments @bea',
  search: '@acme/search',
}

const FILES: Readonly<Record<string, readonly string[]>> = {
  'src/cart/cart.test.ts': ['adds an item', 'removes an item', 'keeps the order of items', 'sums up prices with VAT'],
  'src/cart/voucher.test.ts': ['takes a voucher once', 'refuses an expired voucher', 'never goes below zero'],
  'src/checkout/payment.test.ts': ['charges the card', 'asks for 3-D Secure', 'retries a lost connection', 'refunds'],
  'src/checkout/address.test.ts': ['knows postal codes of 38 countries', 'keeps umlauts', 'suggests a street'],
  'src/search/index.test.ts': ['finds by prefix', 'ranks exact matches first', 'survives an empty index'],
  'src/search/synonyms.test.ts': ['merges two lists', 'handles cycles'],
  'src/session/login.test.ts': ['signs in with a passkey', 'locks out after five attempts', 'signs out everywhere'],
  'src/session/token.test.ts': ['renews a token before it expires', 'refuses a forged token', 'rotates keys'],
}

/** Creates the runs, oldest first. */
export function demoRuns(): DemoRun[] {
  const runs: DemoRun[] = []
  for (let index = 0; index < RUNS; index++) {
    const feature = index % 4 === 3
    const branch = index === FORK ? 'eve:main' : feature ? 'feature/one-page-checkout' : 'main'
    runs.push({
      run: storefrontRun(index, branch),
      atMs: index * 11 * HOUR_MS,
      signature: index === FORK || (feature && index % 8 === 3) ? 'untrusted' : 'trusted',
    })
    if (index === RERUN) {
      runs.push({ run: storefrontRun(index, 'main', 2), atMs: index * 11 * HOUR_MS + HOUR_MS, signature: 'trusted' })
    }
    if (index % 5 === 1) runs.push(otherRun(index, 'billing-api', 'trusted'))
    if (index % 7 === 2) runs.push(otherRun(index, 'design-system', 'unsigned'))
  }
  return runs
}

function storefrontRun(index: number, branch: string, attempt = 1): TestRun {
  const modules = Object.entries(FILES).map(([file, titles]): ModuleResult => {
    const tests = titles.map((title, at): TestResult => {
      const usualMs = 4 + (noise(`${file} ${title}`) % 60)
      const durationMs =
        usualMs + (noise(`${title} ${index}`) % 14) + (title.includes('countries') ? 900 + index * 22 : 0)
      const place = { title, path: [suiteOf(file)], durationMs, location: { line: 12 + at * 9 } }
      if (title === 'retries a lost connection' && index % 3 === 0) {
        return aTest({ ...place, flaky: true, retry: { count: 1 }, attempts: attempts(TIMEOUT) })
      }
      if (title === 'suggests a street' && index % 11 === 5) {
        return aTest({ ...place, flaky: true, retry: { count: 1 }, attempts: attempts(TIMEOUT) })
      }
      if (title === 'signs out everywhere' && index < 30)
        return aTest({ ...place, status: 'skipped', reason: 'needs the new session store' })
      if (title === 'sums up prices with VAT' && attempt === 1 && (index === RUNS - 1 || (index > 17 && index < 21))) {
        return aTest({
          ...place,
          status: 'failed',
          errors: [ROUNDING],
          output: [{ stream: 'stdout', text: 'VAT table: 2026-10\nlines: 3, rate: 8.1 %\n' }],
        })
      }
      if (title === 'refunds' && (index === RUNS - 1 || index === 9 || (branch !== 'main' && index > 30))) {
        return aTest({ ...place, status: 'failed', errors: [REFUND] })
      }
      return aTest(place)
    })
    const owner = OWNERS[suiteOf(file)]
    const properties = owner === undefined ? [] : [{ name: 'jux:owner', value: owner }]
    return aModule({
      file,
      tests,
      properties,
      durationMs: tests.reduce((sum, { durationMs = 0 }) => sum + durationMs, 60),
    })
  })
  const durationMs = modules.reduce((sum, module) => sum + (module.durationMs ?? 0), 0)
  const commit = sha1(`${branch} ${index}`)
  const pullRequest = PULL_REQUESTS[branch]
  const facts = {
    'git:remote': 'https://github.com/acme/storefront.git',
    'ci:attempt': String(attempt),
    ...(pullRequest === undefined
      ? {}
      : {
          'ci:pull_request': pullRequest,
          'ci:base_branch': 'main',
          'git:merge_base': sha1(`main ${index - 1}`),
        }),
  }
  const more = Object.entries(facts).map(([name, value]) => ({ name, value }))
  const properties = [...propertiesOf('storefront', branch, commit, index), ...more]
  return aRun({ runId: runId(index, attempt), durationMs, modules, properties })
}

function otherRun(index: number, project: string, signature: DemoRun['signature']): DemoRun {
  const tests = ['parses an invoice', 'writes a ledger', 'closes a month'].map((title, at) =>
    aTest({
      title,
      durationMs: 20 + at * 40 + (index % 9) * 5,
      ...(index === 42 && at === 1 ? { status: 'failed' as const, errors: [ROUNDING] } : {}),
    }),
  )
  const commit = sha1(`${project} ${index}`)
  const properties = propertiesOf(project, 'main', commit, index)
  const modules = [aModule({ file: 'test/main.test.ts', tests })]
  return {
    run: aRun({ runId: runId(index, project.length), durationMs: 320 + index * 4, modules, properties }),
    atMs: index * 11 * HOUR_MS + HOUR_MS / 2,
    signature,
  }
}

function propertiesOf(project: string, branch: string, commit: string, index: number): Property[] {
  const entries = {
    project,
    'git:commit': commit,
    'git:branch': branch,
    'git:status': 'clean',
    'ci:provider': 'GitHub Actions',
    'ci:build_id': String(19_000_421 + index * 37),
    'ci:build_url': `https://ci.example.com/${encodeURIComponent(project)}/runs/${19_000_421 + index * 37}`,
    'jux:tags': branch === 'main' ? 'nightly,chromium' : 'pull-request',
    'jux:environment': 'ci',
    'jux:node_version': 'v22.11.0',
  }
  return Object.entries(entries).map(([name, value]) => ({ name, value }))
}

function suiteOf(file: string): string {
  return file.split('/')[1] ?? 'all'
}

/** A pseudorandom number that depends only on the text. */
function noise(text: string): number {
  return Number.parseInt(sha1(text).slice(0, 6), 16)
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

function runId(index: number, group: number): string {
  return `00000000-0000-4000-8000-${String(group * 1_000 + index).padStart(12, '0')}`
}

function attempts(error: ErrorInfo): TestResult['attempts'] {
  return [
    { index: 0, status: 'failed', durationMs: 5_000, errors: [error], exact: true },
    { index: 1, status: 'passed', durationMs: 40, errors: [], exact: true },
  ]
}

const TIMEOUT: ErrorInfo = {
  kind: 'timeout',
  name: 'Error',
  message: 'no response from the payment gateway within 5000 ms',
}
const ROUNDING: ErrorInfo = {
  kind: 'assertion',
  name: 'AssertionError',
  message: 'expected 107.99 to be 108 // Object.is equality',
  expected: '108',
  actual: '107.99',
  diff: '- Expected\n+ Received\n\n- 108\n+ 107.99',
  stack:
    'AssertionError: expected 107.99 to be 108 // Object.is equality\n    at src/cart/cart.test.ts:41:27\n    at total (src/cart/total.ts:18:11)\n    at runTest (src/cart/cart.test.ts:39:5)',
}
const REFUND: ErrorInfo = {
  kind: 'error',
  name: 'TypeError',
  message: "Cannot read properties of undefined (reading 'iban')",
  stack:
    "TypeError: Cannot read properties of undefined (reading 'iban')\n    at refund (src/checkout/refund.ts:27:34)\n    at src/checkout/payment.test.ts:39:9",
}
