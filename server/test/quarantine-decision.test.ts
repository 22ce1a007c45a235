import { describe, expect, it } from 'vitest'
import { type QuarantineEntry, quarantineOf } from '../src/quarantine/decide.js'

const TEST = { project: 'shop', classname: 'cart', name: 'pays > by card' }
const NOW = Date.parse('2026-06-15T12:00:00Z')

function entry(parts: Partial<QuarantineEntry & { id: string }> = {}) {
  return {
    id: 'one',
    project: 'shop',
    test: 'cart > pays > by card',
    expires: '2026-06-30',
    created_at: 1,
    removed_at: null,
    signer: null,
    ...parts,
  }
}

const LATER = entry({ id: 'later', expires: '2026-07-30' })
const SIGNED = entry({ id: 'signed', signer: 'aa' })
const EXPIRED = entry({ id: 'expired', expires: '2026-06-14' })
const REMOVED = entry({ id: 'removed', removed_at: 5 })
const NEWER = entry({ id: 'newer', created_at: 2 })

describe('quarantineOf', () => {
  it.each<[string, QuarantineEntry[], string]>([
    ['has none without entries', [], 'none'],
    ['is active with an entry', [entry()], 'active one'],
    ['is active on the last day', [entry({ expires: '2026-06-15' })], 'active one'],
    ['has expired on the day after the last one', [EXPIRED], 'expired expired'],
    ['has none after the entry was removed', [REMOVED], 'none'],
    ['has none if an expired entry was removed', [entry({ expires: '2026-06-14', removed_at: 5 })], 'none'],
    ['is active if one of two entries is', [EXPIRED, entry()], 'active one'],
    ['has none for another project', [entry({ project: 'bank' })], 'none'],
    ['has none for another test', [entry({ test: 'cart > pays' })], 'none'],
    ['ignores no case', [entry({ test: 'Cart > pays > by card' })], 'none'],
    ['is that of the entry that ends last', [entry(), LATER], 'active later'],
    ['is that of a signed entry before one that ends later', [LATER, SIGNED], 'active signed'],
    ['is that of the newer entry of two that end on the same day', [entry(), NEWER], 'active newer'],
    ['is unsigned if the signed entry has expired', [{ ...SIGNED, expires: '2026-06-01' }, entry()], 'active one'],
  ])('%s', (_, entries, expected) => {
    const decided = quarantineOf(entries, TEST, NOW)

    const id = decided.state === 'none' ? '' : ` ${Reflect.get(decided.entry, 'id')}`
    expect(`${decided.state}${id}`).toBe(expected)
  })

  it('knows a test without a class name by its name', () => {
    const test = { project: 'shop', classname: '', name: 'pays' }

    expect(quarantineOf([entry({ test: 'pays' })], test, NOW).state).toBe('active')
    expect(quarantineOf([entry({ test: ' > pays' })], test, NOW).state).toBe('none')
  })
})
