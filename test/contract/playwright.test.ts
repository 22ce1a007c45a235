import { installedRunner } from '../support/lab.js'
import { CASES, contract } from './contract.js'

// The slow cases run only in the matrix, for every version.
contract(
  installedRunner('playwright'),
  CASES.filter((one) => !one.slow),
)
