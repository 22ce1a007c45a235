import { expect, test } from '@playwright/test'
import { total } from '../src/orders.js'

test.describe('total', () => {
  test('of no lines is zero', { tag: '@fast' }, () => {
    expect(total([])).toBe(0)
  })

  // The mistake to be found: the count of a line is ignored.
  test('counts each piece', async () => {
    const lines = [{ count: 2, cents: 150 }]
    await test.step('add the lines', () => {
      expect(total(lines)).toBe(300)
    })
  })

  test.fixme('knows discounts', () => {})
})
