import { installedRunner } from '../support/lab.js'
import { BROWSER_CASES } from './browser.js'
import { CASES, contract } from './contract.js'
import { JEST_RUN_CASES } from './jest-runs.js'
import { PATH_CASES } from './paths.js'
import { REQUEST_CASES } from './request.js'
import { RUN_CASES } from './runs.js'
import { VITEST_RUN_CASES } from './vitest-runs.js'

/** Most of these start Playwright anew, which takes two seconds each time. */
const MATRIX_ONLY = new Set([
  ...RUN_CASES,
  ...REQUEST_CASES,
  ...PATH_CASES,
  ...JEST_RUN_CASES,
  ...VITEST_RUN_CASES,
  ...BROWSER_CASES,
])

// These and the slow cases run only in the matrix, for every version.
contract(
  installedRunner('playwright'),
  CASES.filter((one) => !one.slow && !MATRIX_ONLY.has(one)),
)
