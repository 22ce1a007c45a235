import { describe, expect, it } from 'vitest'
import { isDamaged, readIntact } from '../../src/store/integrity.js'
import { contentHash } from '../../src/xml/canonical.js'

const OURS =
  '<testsuites><testsuite><properties><property name="jux:client" value="jux-reporter"></property></properties><testcase/></testsuite></testsuites>'
const THEIRS = '<testsuites></testsuites>'
const bytes = (text: string) => Buffer.from(text)

/** What came of reading a report under a hash. */
function judge(text: string, hash: string): string {
  try {
    const report = readIntact(bytes(text), hash)
    return `${report.summary.tests} tests, ${report.contentHash === contentHash(bytes(text)) ? 'hashed' : 'another hash'}`
  } catch (error) {
    return isDamaged(error) ? 'damaged' : String(error)
  }
}

describe('readIntact', () => {
  it('reads one of our own reports, and refuses a changed one by the hash that names it', () => {
    const hash = contentHash(bytes(OURS))

    expect(judge(OURS, hash)).toBe('1 tests, hashed')
    expect(judge(OURS.replace('jux-reporter', 'jux-reported'), hash)).toBe('damaged')
  })

  it('calls one of our own reports that is no longer XML damaged', () => {
    expect(judge(OURS.slice(0, -5), contentHash(bytes(OURS)))).toBe('damaged')
  })

  it('reads reports of other tools, which name them by other hashes', () => {
    expect(judge(THEIRS, 'f'.repeat(64))).toBe('0 tests, hashed')
  })

  it('says what is wrong with a file that is no report, and not ours', () => {
    expect(judge('<testsuites>', 'f'.repeat(64))).toMatch(/^JuxError: /)
    expect(isDamaged(new Error('something else'))).toBe(false)
  })
})
