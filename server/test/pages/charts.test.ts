import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisOf, positionOf } from '../../src/pages/charts.js'

describe('axisOf', () => {
  it('returns an axis that includes every value and has two to six grid lines', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(values, fc.boolean(), fc.boolean(), (list, isWhole, fromZero) => {
        const axis = axisOf(list, { isWhole, fromZero })

        expect(axis.from).toBeLessThanOrEqual(Math.min(...list) + 1e-6)
        expect(axis.to).toBeGreaterThanOrEqual(Math.max(...list) * (1 - 1e-6))
        expect(axis.ticks.length).toBeGreaterThanOrEqual(2)
        expect(axis.ticks.length).toBeLessThanOrEqual(6)
      }),
      { examples: [[[5e-324], false, false]], numRuns: 1_000 },
    )
  })

  it('starts the axis above 0 only when fromZero is false', () => {
    expect(axisOf([92, 96, 100], { max: 100, fromZero: false })).toEqual({ from: 90, to: 100, ticks: [90, 95, 100] })
    expect(axisOf([92, 96, 100], { max: 100 }).from).toBe(0)
  })

  it('puts grid lines only at whole numbers when isWhole is true', () => {
    expect(axisOf([0, 1, 0], { isWhole: true }).ticks).toEqual([0, 1])
    expect(axisOf([0, 1], { isWhole: true, minTop: 4 }).ticks).toEqual([0, 2, 4])
  })
})

describe('positionOf', () => {
  it('works on an axis for equal values', () => {
    expect(positionOf(100, axisOf([100, 100], { max: 100, fromZero: false }), 50)).toBe(50)
    expect(positionOf(0, axisOf([0, 0]), 50)).toBe(0)
  })
})
