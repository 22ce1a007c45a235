import { describe, expect, it } from 'vitest'
import { ftsQuery, indexWords, readQuery, tsQuery, vectorOf } from '../src/search/words.js'

describe('indexWords', () => {
  it.each([
    ['src/pay.test.ts > pays by card', 'src pay test ts pays by card'],
    ['Café Ünïcode', 'cafe unicode'],
    ['TimeoutError: 5000ms', 'timeouterror 5000ms · timeout error'],
    ['HTTPServer', 'httpserver · http server'],
    ['snake_case', 'snake case'],
    ['支払い 失敗', '支 払 い 失 敗'],
    ['"; drop table tests --', 'drop table tests'],
    ['* ( ) ^ : - "', ''],
    ['ﬁle ①', 'file 1'],
    ['x'.repeat(100), 'x'.repeat(60)],
    ['\ud800 a', 'a'],
  ])('splits %j', (text, words) => {
    expect(indexWords(text)).toBe(words)
  })

  it('makes a tsvector with positions, and none for the gap', () => {
    expect(vectorOf('timeouterror · timeout error')).toBe("'timeouterror':1 'timeout':3 'error':4")
    expect(vectorOf('')).toBe('')
  })
})

describe('readQuery', () => {
  it.each([
    ['pay', '"pay" *', ["'pay':*"]],
    ['pay card', '"pay" AND "card" *', ["'pay'", "'card':*"]],
    ['"pay card"', '"pay card"', ["'pay' <-> 'card'"]],
    ['"pay card', '"pay card"', ["'pay' <-> 'card'"]],
    ['src/pay.test', '"src pay test" *', ["'src' <-> 'pay' <-> 'test':*"]],
    ['a b', '"a" AND "b"', ["'a'", "'b'"]],
    ['x" OR *:( NEAR', '"x" AND "or near"', ["'x'", "'or' <-> 'near'"]],
    ['pay ', '"pay"', ["'pay'"]],
    ["o'neill \\", `"o neill"`, ["'o' <-> 'neill'"]],
  ])('reads %j', (text, fts, ts) => {
    const terms = readQuery(text)

    expect(ftsQuery(terms)).toBe(fts)
    expect(terms.map(tsQuery)).toEqual(ts)
  })

  it.each([
    ['""', 'no letter'],
    ['...', 'no letter'],
    ['x'.repeat(201), 'longer than 200'],
    ['a '.repeat(13), 'more than 12 words'],
    ['支'.repeat(13), 'more than 12 words'],
  ])('refuses %j', (text, message) => {
    expect(() => readQuery(text)).toThrow(message)
  })
})
