import { describe, expect, it } from 'vitest'
import { MAX_REPORT_BYTES, MAX_SERVER_CASES } from '../../src/limits.js'
import { sizeNotice } from '../../src/render/size.js'

const BYTES = 'jux verify and jux-server refuse more than 524,288,000 bytes'
const CASES = 'jux-server refuses more than 500,000 test cases'
const PARTS = 'run the tests in parts, which makes a report of each'
const VITEST = `${PARTS}: npx vitest run --shard=1/2, then npx vitest run --shard=2/2`
const JEST = `${PARTS}: npx jest --shard=1/2, then npx jest --shard=2/2`

const notice = (sizeBytes: number, tests: number, runner = 'vitest') => sizeNotice({ sizeBytes, tests, runner })

describe('sizeNotice', () => {
  it('says nothing about a report below four fifths of the limits', () => {
    expect([notice(0, 0), notice(30_000_000, 100_000), notice(0.8 * MAX_REPORT_BYTES - 1, 399_999)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('warns before a report reaches a limit, with the commands that make smaller ones', () => {
    expect([
      notice(0.8 * MAX_REPORT_BYTES, 1, 'jest'),
      notice(MAX_REPORT_BYTES, 1, 'another'),
      notice(1, 400_000),
    ]).toEqual([
      `the report has 419,430,400 bytes; ${BYTES}; ${JEST}`,
      `the report has 524,288,000 bytes; ${BYTES}; ${PARTS}`,
      `the report has 400,000 test cases; ${CASES}; ${VITEST}`,
    ])
  })

  it('says of a report above a limit that it is complete, and who refuses it', () => {
    expect([notice(MAX_REPORT_BYTES + 1, 1_500_000), notice(1, MAX_SERVER_CASES + 1)]).toEqual([
      `the report has 524,288,001 bytes: it is complete, but ${BYTES}; ${VITEST}`,
      `the report has 500,001 test cases: it is complete, but ${CASES}; ${VITEST}`,
    ])
  })
})
