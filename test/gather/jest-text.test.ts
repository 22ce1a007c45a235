import { describe, expect, it } from 'vitest'
import { parseFailure } from '../../src/gather/jest-text.js'

describe('parseFailure', () => {
  it('tells the message from the stack', () => {
    expect(parseFailure('TypeError: two\nlines\n    at a.js:1:2')).toEqual({
      message: 'two\nlines',
      stack: 'TypeError: two\nlines\n    at a.js:1:2',
    })
  })

  it('hangs causes and members where they belong', () => {
    const parsed = parseFailure(
      [
        'Error: top\n    at a.js:1:1',
        '[cause]: AggregateError: several\n    at a.js:2:1',
        '[errors]: Error: first\n    at a.js:3:1',
        '[cause]: deep',
        '[errors]: Error: second\n    at a.js:4:1',
      ].join('\n\n'),
    )

    expect(parsed).toMatchObject({
      message: 'top',
      cause: {
        message: 'several',
        errors: [{ message: 'first', cause: { message: 'deep' } }, { message: 'second' }],
      },
    })
    expect(parsed.cause?.errors).toHaveLength(2)
  })

  it('takes off the error that Jest 30 puts around what was no error', () => {
    const text = 'Error: thrown: 42\n    at inside.js:1:1\n\n[cause]: Error: thrown: 42\n    at a.test.js:7:1'

    expect(parseFailure(text)).toMatchObject({ message: 'thrown: 42', stack: expect.stringContaining('a.test.js:7:1') })
  })
})
