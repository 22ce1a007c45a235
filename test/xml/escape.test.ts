import { describe, expect, it } from 'vitest'
import { escapeText, escapeValue } from '../../src/xml/characters.js'

const ALL = `& < > " ' \t \n \r`

describe('escapeText', () => {
  it('writes what Canonical XML writes in content', () => {
    expect(escapeText(ALL)).toBe(`&amp; &lt; &gt; " ' \t \n &#xD;`)
  })
})

describe('escapeValue', () => {
  it('writes what Canonical XML writes in attributes', () => {
    expect(escapeValue(ALL)).toBe(`&amp; &lt; > &quot; ' &#x9; &#xA; &#xD;`)
  })

  it('escapes an ampersand once, whatever follows it', () => {
    expect(escapeValue('&amp; &#x0; &')).toBe('&amp;amp; &amp;#x0; &amp;')
  })
})
