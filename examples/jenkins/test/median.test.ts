import { expect, it } from 'vitest'
import { median } from '../src/median'

it('is the value in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
})

it('lies between the two in the middle', () => {
  expect(median([4, 1, 2, 9])).toBe(3)
})

it('is no number when there are no values', () => {
  expect(median([])).toBeNaN()
})
