import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ownPath, projectPath, webAddress, withQuery } from '../../src/pages/links.js'

const HERE = 'http://127.0.0.1:4000'

describe('a link to a project', () => {
  it('leads to that project and stays on this server, whatever its name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (name) => {
        const url = new URL(projectPath(name), HERE)

        const [, section, rest] = url.pathname.split('/')
        expect([url.origin, section]).toEqual([HERE, 'projects'])
        expect(rest === undefined ? url.searchParams.get('project') : decodeURIComponent(rest)).toBe(name)
      }),
      { examples: [['..'], ['.'], ['a/b'], ['//evil.example'], ['?x#y'], ['%2e%2e']] },
    )
  })
})

describe('an address in a report', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' https://example.com',
    'data:text/html,x',
    'ftp://example.com/',
    '//example.com',
    'https://user:password@example.com/',
    'https:example.com',
    'http://',
    'vbscript:x',
    '\u0001https://example.com',
  ])('is no link when it is %j', (text) => {
    expect(webAddress(text)).toBeUndefined()
  })

  it('is a link when it is http or https', () => {
    expect(webAddress('https://ci.example.com/runs/1?a=b#c')).toBe('https://ci.example.com/runs/1?a=b#c')
    expect(webAddress('HTTP://ci.example.com')).toBe('http://ci.example.com/')
  })
})

describe('the way back after signing in', () => {
  it('never leads to another server', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^[/\\]{1,4}[a-z.:@/\\]*$/)), (text) => {
        expect(new URL(ownPath(text), HERE).origin).toBe(HERE)
      }),
      {
        examples: [
          ['//evil.example'],
          ['/\\evil.example'],
          ['/\t/evil.example'],
          ['/.//evil.example'],
          ['https:/evil'],
        ],
      },
    )
  })

  it('keeps the path and its parameters', () => {
    expect(ownPath('/runs/1/tests?status=failed')).toBe('/runs/1/tests?status=failed')
    expect(ownPath(undefined)).toBe('/')
  })
})

it('leaves out parameters without a value', () => {
  expect(withQuery('/', { project: 'a b&c', page: undefined, tags: '', runs: 0 })).toBe('/?project=a+b%26c&runs=0')
})
