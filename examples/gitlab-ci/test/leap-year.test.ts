import { expect, it } from 'vitest'
import { isLeapYear } from '../src/leap-year'

it.each([2024, 2000])('gives %i a 29th of February', (year) => {
  expect(isLeapYear(year)).toBe(true)
})

it.each([2023, 1900])('gives %i none', (year) => {
  expect(isLeapYear(year)).toBe(false)
})
