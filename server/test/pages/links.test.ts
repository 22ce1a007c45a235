import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localPath, projectPath, webAddress, withQuery } from '../../src/pages/links.js'

const HERE = 'http://127.0.0.1:4000'

describe('projectPath', () => {
  it('leads to the project on this server for every name', () => {
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

describe('webAddress', () => {
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
  ])('refuses %j', (text) => {
    expect(webAddress(text)).toBeUndefined()
  })

  it('accepts http and https addresses', () => {
    expect(webAddress('https://ci.example.com/runs/1?a=b#c')).toBe('https://ci.example.com/runs/1?a=b#c')
    expect(webAddress('HTTP://ci.example.com')).toBe('http://ci.example.com/')
  })
})

describe('localPath', () => {
  it('never leads to another server', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^[/\\]{1,4}[a-z.:@/\\]*$/)), (text) => {
        expect(new URL(localPath(text), HERE).origin).toBe(HERE)
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

  it('keeps a local path and its parameters, and falls back to the start page', () => {
    expect(localPath('/runs/1/tests?status=failed')).toBe('/runs/1/tests?status=failed')
    expect(localPath(undefined)).toBe('/')
  })
})

describe('withQuery', () => {
  it('leaves out undefined and empty parameters', () => {
    expect(withQuery('/', { project: 'a b&c', page: undefined, tags: '', runs: 0 })).toBe('/?project=a+b%26c&runs=0')
  })
})
