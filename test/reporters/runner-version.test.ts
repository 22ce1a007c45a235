import { describe, expect, it } from 'vitest'
import { oldRunner } from '../../src/reporters/runner-version.js'

describe('oldRunner', () => {
  it('names the oldest supported version and the cost of an older one', () => {
    expect(oldRunner('vitest', '2.1.9')).toBe(
      'Vitest 2.1.9 is older than 3.2, the oldest supported version: there will be no report of this run',
    )
    expect(oldRunner('vitest', undefined)).toMatch(/^this Vitest is older than 3\.2, .* no report of this run$/)
    expect(oldRunner('vitest', '3.1.4')).toContain('may be incomplete')
    expect(oldRunner('jest', '28.1.3')).toContain('Jest 28.1.3 is older than 29.7')
  })

  it.each(['3.2.0', '4.1.12', 'unknown'])('says nothing about Vitest %s', (version) => {
    expect(oldRunner('vitest', version)).toBeUndefined()
  })
})
