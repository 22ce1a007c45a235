import { describe, expect, it } from 'vitest'
import { discountCents, totalCents } from '../src/cart'

describe('cart', () => {
  it('adds up what is in it', () => {
    expect(
      totalCents([
        { name: 'pen', cents: 120, quantity: 3 },
        { name: 'paper', cents: 450, quantity: 1 },
      ]),
    ).toBe(810)
  })

  it('is free when it is empty', () => {
    expect(totalCents([])).toBe(0)
  })

  it.each([
    ['TEN', 81],
    ['NONE', 0],
  ])('takes the code %s for a discount of %i cents', (code, cents) => {
    expect(discountCents(810, code)).toBe(cents)
  })

  it.todo('keeps prices in other currencies')
})
