import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisOf, place } from '../../src/pages/scale.js'

describe('an axis', () => {
  it('holds every value, and has between two and six lines', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(values, fc.boolean(), fc.boolean(), (list, whole, fromZero) => {
        const axis = axisOf(list, { whole, fromZero })

        expect(axis.from).toBeLessThanOrEqual(Math.min(...list) + 1e-6)
        expect(axis.to).toBeGreaterThanOrEqual(Math.max(...list) * (1 - 1e-6))
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2)
        expect(axis.ticks.length).toBeLessThanOrEqual(6)
      }),
      { examples: [[[5e-324], false, false]], numRuns: 1_000 },
    )
  })

  it('begins where the values do only when it may', () => {
    expect(axisOf([92, 96, 100], { most: 100, fromZero: false })).toEqual({ from: 90, to: 100, ticks: [90, 95, 100] })
    expect(axisOf([92, 96, 100], { most: 100 }).from).toBe(0)
  })

  it('has no lines between whole numbers of tests', () => {
    expect(axisOf([0, 1, 0], { whole: true }).ticks).toEqual([0, 1])
    expect(axisOf([0, 1], { whole: true, reach: 4 }).ticks).toEqual([0, 2, 4])
  })

  it('stands for values that are all the same', () => {
    expect(place(100, axisOf([100, 100], { most: 100, fromZero: false }), 50)).toBe(50)
    expect(place(0, axisOf([0, 0]), 50)).toBe(0)
  })
})
