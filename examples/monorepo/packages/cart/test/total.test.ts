import { expect, it } from 'vitest'
import { totalCents } from '../src/total'

it('adds up the prices', () => {
  expect(totalCents([120, 450])).toBe(570)
})
