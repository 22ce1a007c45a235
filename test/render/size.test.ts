import { describe, expect, it } from 'vitest'
import { MAX_REPORT_BYTES } from '../../src/limits.js'
import { LARGE_REPORT_BYTES, sizeNotice } from '../../src/render/size.js'

const LIMIT = 'jux verify and jux-server refuse more than 524,288,000 bytes'
const PARTS = 'run the tests in parts, which makes a report of each'

describe('sizeNotice', () => {
  it('says nothing about a report below four fifths of the limit', () => {
    expect([0, 30_000_000, LARGE_REPORT_BYTES - 1].map((size) => sizeNotice(size, 'vitest'))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('warns before a report reaches the limit, with the command that makes smaller ones', () => {
    expect(sizeNotice(LARGE_REPORT_BYTES, 'jest')).toBe(
      `the report has 419,430,400 bytes; ${LIMIT}; ${PARTS}: npx jest --shard=1/2, then npx jest --shard=2/2`,
    )
    expect(sizeNotice(MAX_REPORT_BYTES, 'another')).toBe(`the report has 524,288,000 bytes; ${LIMIT}; ${PARTS}`)
  })

  it('says of a report above the limit that it is complete, and that it is refused', () => {
    expect(sizeNotice(MAX_REPORT_BYTES + 1, 'vitest')).toBe(
      `the report has 524,288,001 bytes: it is complete, but ${LIMIT}; ${PARTS}: npx vitest run --shard=1/2, then npx vitest run --shard=2/2`,
    )
  })
})
