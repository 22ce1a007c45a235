import { describe, expect, it } from 'vitest'
import { verifyMutants } from '../support/mutants.js'

describe('verifyReport', () => {
  it('accepts a randomly changed report only if its content is still the same', async () => {
    const { accepted, refused, unchanged } = await verifyMutants(3_000, 20_260_101)

    expect(accepted + refused).toBe(3_000)
    expect(accepted).toBeGreaterThan(unchanged)
    expect(refused).toBeGreaterThan(2_000)
  })
})
