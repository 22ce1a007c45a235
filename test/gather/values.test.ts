import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isoOf } from '../../src/gather/values.js'

/** Largest time that a date has (ECMA-262, "Time Values and Time Range"). */
const MAX_TIME_MS = 8.64e15

describe('isoOf', () => {
  it('writes every time as a date does, whichever times were written before', () => {
    const near = fc.array(fc.double({ min: -3_000, max: 3_000, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(fc.integer({ min: -MAX_TIME_MS + 3_000, max: MAX_TIME_MS - 3_000 }), near, (startMs, offsetsMs) => {
        for (const timeMs of offsetsMs.map((offsetMs) => startMs + offsetMs)) {
          expect(isoOf(timeMs)).toBe(new Date(timeMs).toISOString())
        }
      }),
    )
  })

  it('throws for what is no time', () => {
    expect(() => isoOf(Number.NaN)).toThrow(RangeError)
    expect(() => isoOf(MAX_TIME_MS + 1)).toThrow(RangeError)
  })
})
