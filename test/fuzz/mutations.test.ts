import { expect, it } from 'vitest'
import { verifyMutants } from '../support/mutants.js'

const RUNS = Number(process.env.JUX_FUZZ_RUNS ?? 200_000)
const SEED = Number(process.env.JUX_FUZZ_SEED ?? Date.now() % 2 ** 31)

it(`verifyReport accepts none of ${RUNS} mutants of signed reports with another content (JUX_FUZZ_SEED=${SEED})`, async () => {
  const { accepted, refused, unchanged } = await verifyMutants(RUNS, SEED)
  console.log(`${RUNS} mutants: ${refused} refused, ${accepted} accepted with equal content (${unchanged} unchanged)`)

  expect(accepted + refused).toBe(RUNS)
  expect(refused).toBeGreaterThan(RUNS / 2)
})
