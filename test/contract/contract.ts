/** The contract of all adapters. */
import { describe, it } from 'vitest'
import type { Install } from '../support/lab.js'
import { BROWSER_CASES } from './browser.js'
import { type Case, inabilityOf, openLab } from './case.js'
import { ERROR_CASES } from './errors.js'
import { JEST_RUN_CASES } from './jest-runs.js'
import { PATH_CASES } from './paths.js'
import { PLAYWRIGHT_RUN_CASES } from './playwright-runs.js'
import { REQUEST_CASES } from './request.js'
import { RUN_CASES } from './runs.js'
import { SECRET_CASES } from './secrets.js'
import { TEST_CASES } from './tests.js'
import { VITEST_RUN_CASES } from './vitest-runs.js'
import { WITNESS_CASES } from './witness.js'

/** Every fact that a report must contain. */
export const CASES: readonly Case[] = [
  ...TEST_CASES,
  ...ERROR_CASES,
  ...RUN_CASES,
  ...REQUEST_CASES,
  ...PATH_CASES,
  ...JEST_RUN_CASES,
  ...PLAYWRIGHT_RUN_CASES,
  ...SECRET_CASES,
  ...VITEST_RUN_CASES,
  ...BROWSER_CASES,
  ...WITNESS_CASES,
]

const NAMES = { vitest: 'Vitest', jest: 'Jest', playwright: 'Playwright' } as const

/** Declares the tests of the contract for one runner: each case, or its probe if the runner cannot provide the fact. */
export function contract(install: Install, cases: readonly Case[] = CASES): void {
  const lab = openLab(install)
  // The first case waits for a project with many failures, after each of which Playwright starts another worker.
  const limit = install.runner === 'playwright' ? { timeout: 180_000 } : {}
  describe.each([[`${NAMES[install.runner]} adapter ${install.version}`]])('%s', () => {
    for (const one of cases) {
      const inability = inabilityOf(one, install)
      if (inability === undefined) {
        it(one.title, limit, (context) => {
          const lacking = one.lacking?.()
          return lacking === undefined ? one.check(lab) : context.skip(lacking)
        })
      } else it(`${one.title} [cannot: ${inability.why}]`, limit, () => inability.probe(lab))
    }
  })
}
