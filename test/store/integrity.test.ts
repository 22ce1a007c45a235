import { describe, expect, it } from 'vitest'
import { isDamaged, readIntact } from '../../src/store/integrity.js'
import { contentHash } from '../../src/xml/canonical.js'

const OURS =
  '<testsuites><testsuite><properties><property name="jux:client" value="jux-reporter"></property></properties><testcase/></testsuite></testsuites>'
const THEIRS = '<testsuites></testsuites>'
const bytes = (text: string) => Buffer.from(text)

/** Reads a report under a hash, and describes the result. */
function resultOf(text: string, hash: string): string {
  try {
    const report = readIntact(bytes(text), hash)
    return `${report.summary.tests} tests, ${report.contentHash === contentHash(bytes(text)) ? 'hashed' : 'another hash'}`
  } catch (error) {
    return isDamaged(error) ? 'damaged' : String(error)
  }
}

describe('readIntact', () => {
  it('reads a report of this package, and refuses it if it does not match the hash in its name', () => {
    const hash = contentHash(bytes(OURS))

    expect(resultOf(OURS, hash)).toBe('1 tests, hashed')
    expect(resultOf(OURS.replace('jux-reporter', 'jux-reported'), hash)).toBe('damaged')
  })

  it('reports a report of this package that is no longer XML as damaged', () => {
    expect(resultOf(OURS.slice(0, -5), contentHash(bytes(OURS)))).toBe('damaged')
  })

  it('reads reports of other tools, whose names have other hashes', () => {
    expect(resultOf(THEIRS, 'f'.repeat(64))).toBe('0 tests, hashed')
  })

  it('throws the error of the reader for a file that is neither of this package nor a report', () => {
    expect(resultOf('<testsuites>', 'f'.repeat(64))).toMatch(/^JuxError: /)
    expect(isDamaged(new Error('something else'))).toBe(false)
  })
})
