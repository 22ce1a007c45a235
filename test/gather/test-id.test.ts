import { expect, it } from 'vitest'
import { testIdOf } from '../../src/gather/test-id.js'

it('the id of a test is the same in every run, and another one for other names and for the next test of the same name', () => {
  const ids = [
    testIdOf(['web', 'a.test.js', 'outer', 'works'], 1),
    testIdOf(['web', 'a.test.js', 'outer', 'works'], 2),
    testIdOf(['', 'a.test.js', 'outer', 'works'], 1),
    testIdOf(['web', 'a.test.js', 'outer works'], 1),
    testIdOf(['web', 'a.test.js', ''], 1),
  ]

  expect(ids[0]).toBe('1cf879d851c29420')
  expect(new Set(ids).size).toBe(5)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/)
})
