import { expect, it } from 'vitest'
import { initials } from '../src/initials'

it('takes the first letter of each word', () => {
  expect(initials('Ada Lovelace')).toBe('AL')
})

it('is empty for an empty name', () => {
  expect(initials('  ')).toBe('')
})
