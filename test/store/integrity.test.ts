import { describe, expect, it } from 'vitest'
import { checkContent, isDamaged } from '../../src/store/integrity.js'
import { contentHash } from '../../src/xml/canonical.js'

const OURS =
  '<testsuites><testsuite><properties><property name="jux:client" value="jux-reporter"></property></properties></testsuite></testsuites>'
const THEIRS = '<testsuites></testsuites>'
const bytes = (text: string) => Buffer.from(text)

/** What checking says. */
function judge(text: string, hash: string): string {
  try {
    checkContent(bytes(text), hash)
    return 'as it was'
  } catch (error) {
    return isDamaged(error) ? 'damaged' : String(error)
  }
}

describe('checkContent', () => {
  it('knows our own reports from damaged ones by the hash that names them', () => {
    const hash = contentHash(bytes(OURS))

    expect(judge(OURS, hash)).toBe('as it was')
    expect(judge(OURS.replace('jux-reporter', 'jux-reported'), hash)).toBe('damaged')
  })

  it('calls one of ours that is no longer XML damaged', () => {
    expect(judge(OURS.slice(0, -5), contentHash(bytes(OURS)))).toBe('damaged')
  })

  it('does not judge the reports of others, which they name by other hashes', () => {
    expect(judge(THEIRS, 'f'.repeat(64))).toBe('as it was')
  })

  it('says of a file that is no report, and not ours, what is wrong with it', () => {
    expect(judge('<testsuites>', 'f'.repeat(64))).toMatch(/^JuxError: /)
    expect(isDamaged(new Error('something else'))).toBe(false)
  })
})
