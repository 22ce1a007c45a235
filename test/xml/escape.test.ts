import { describe, expect, it } from 'vitest'
import { escapeText, escapeValue } from '../../src/xml/characters.js'

const ALL = `& < > " ' \t \n \r`

describe('escapeText', () => {
  it('escapes like Canonical XML in character data', () => {
    expect(escapeText(ALL)).toBe(`&amp; &lt; &gt; " ' \t \n &#xD;`)
  })
})

describe('escapeValue', () => {
  it('escapes like Canonical XML in attributes', () => {
    expect(escapeValue(ALL)).toBe(`&amp; &lt; > &quot; ' &#x9; &#xA; &#xD;`)
  })

  it('escapes every ampersand once, also at the start of a reference', () => {
    expect(escapeValue('&amp; &#x0; &')).toBe('&amp;amp; &amp;#x0; &amp;')
  })
})
