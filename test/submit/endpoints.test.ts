import { describe, expect, it } from 'vitest'
import { isLoopback, resolveEndpoints } from '../../src/submit/endpoints.js'

describe('resolveEndpoints', () => {
  it.each([
    'http://host:4000',
    'http://host:4000/',
    'http://host:4000//',
    'http://host:4000/api',
    'http://host:4000/api/',
    'http://host:4000/api/v1',
    'http://host:4000/api/v1/',
    'http://host:4000/api/v2',
    'http://host:4000/api/v1/junit/submit',
    'http://host:4000/api/junit/submit/',
    'http://host:4000/api/v1/reports/package',
    'http://host:4000/?query=1#fragment',
    'HTTP://HOST:4000/api/v1',
  ])('finds the root of %s', (apiUrl) => {
    const { root, submit, version } = resolveEndpoints(apiUrl, 'json')

    expect(root).toBe('http://host:4000')
    expect(submit.href).toBe('http://host:4000/api/v1/junit/submit')
    expect(version.href).toBe('http://host:4000/api/version')
  })

  it('keeps the path prefix of a reverse proxy', () => {
    expect(resolveEndpoints('https://ci.example.com/jux/api/v1').submit.href).toBe(
      'https://ci.example.com/jux/api/v1/junit/submit',
    )
    expect(resolveEndpoints('https://ci.example.com/api/tools').root).toBe('https://ci.example.com/api/tools')
  })

  it('has one path for json and xml and another for reports', () => {
    expect(resolveEndpoints('http://h', 'xml').submit.pathname).toBe('/api/v1/junit/submit')
    expect(resolveEndpoints('http://h', 'reports').submit.pathname).toBe('/api/v1/reports')
  })

  it('infers the protocol from a URL that ends in /reports, unless one is given', () => {
    expect(resolveEndpoints('http://h/api/v1/reports')).toMatchObject({ protocol: 'reports', root: 'http://h' })
    expect(resolveEndpoints('http://h/api/v1/reports', 'xml')).toMatchObject({ protocol: 'xml', root: 'http://h' })
    expect(resolveEndpoints('http://h/api/v1')).toMatchObject({ protocol: 'json' })
  })

  it.each([
    ['jux.example.com', 'CONFIG_INVALID_VALUE'],
    ['ftp://host', 'CONFIG_INVALID_VALUE'],
    ['file:///etc/passwd', 'CONFIG_INVALID_VALUE'],
  ])('refuses %j', (apiUrl, code) => {
    expect(() => resolveEndpoints(apiUrl)).toThrow(expect.objectContaining({ code, reason: 'api-url' }))
  })

  it.each([undefined, ''])('finds the server on this machine for the URL %j', (apiUrl) => {
    expect(resolveEndpoints(apiUrl)).toMatchObject({ root: 'http://localhost:4000', protocol: 'json' })
  })

  it('refuses credentials in the URL without showing them', () => {
    expect(() => resolveEndpoints('https://user:hunter2@host')).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE', message: expect.not.stringContaining('hunter2') }),
    )
  })
})

describe('isLoopback', () => {
  it.each(['http://localhost:1', 'http://jux.localhost', 'http://127.0.0.1', 'http://127.9.8.7', 'http://[::1]:4000'])(
    'is true for %s',
    (url) => expect(isLoopback(new URL(url))).toBe(true),
  )

  it.each([
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'http://[::2]',
    'http://mylocalhost',
  ])('is false for %s', (url) => expect(isLoopback(new URL(url))).toBe(false))
})
