import { describe, expect, it } from 'vitest'
import { proxyFor } from '../../src/submit/proxy.js'

const server = new URL('https://jux.example.com/api')
const proxied = (noProxy: string, url = 'https://jux.example.com:8443') =>
  proxyFor(new URL(url), { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }) !== undefined

describe('proxyFor', () => {
  it('takes the variable of the scheme, lower case first, and no empty one', () => {
    const env = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2', HTTP_PROXY: 'http://plain:3' }

    expect(proxyFor(server, env)).toEqual({ uri: 'http://lower:2', variable: 'https_proxy' })
    expect(proxyFor(server, { ...env, https_proxy: '' })).toMatchObject({ uri: 'http://upper:1' })
    expect(proxyFor(new URL('http://jux.example.com'), env)).toMatchObject({ uri: 'http://plain:3' })
    expect(proxyFor(server, { HTTP_PROXY: 'http://plain:3' })).toBeUndefined()
    expect(proxyFor(server, {})).toBeUndefined()
  })

  it('needs no scheme', () => {
    expect(proxyFor(server, { HTTPS_PROXY: 'proxy.corp:3128' })?.uri).toBe('http://proxy.corp:3128')
    expect(proxyFor(server, { HTTPS_PROXY: ' https://proxy.corp ' })?.uri).toBe('https://proxy.corp')
  })

  it('keeps credentials out of the address', () => {
    expect(proxyFor(server, { HTTPS_PROXY: 'http://us%40er:p%3Aw%@proxy:8080' })).toEqual({
      uri: 'http://proxy:8080',
      variable: 'HTTPS_PROXY',
      token: `Basic ${Buffer.from('us@er:p%3Aw%').toString('base64')}`,
    })
    expect(proxyFor(server, { HTTPS_PROXY: 'user:secret@proxy:8080' })).toMatchObject({
      uri: 'http://proxy:8080',
      token: `Basic ${Buffer.from('user:secret').toString('base64')}`,
    })
  })

  it.each(['socks5://user:secret@proxy:1080', 'http://', 'ftp://proxy', '::'])(
    'refuses %j without showing it',
    (value) => {
      expect(() => proxyFor(server, { HTTPS_PROXY: value })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID_VALUE',
          reason: 'proxy',
          message: expect.not.stringContaining('secret'),
        }),
      )
    },
  )

  it('never asks another machine for this one', () => {
    for (const url of ['http://localhost:4000', 'http://127.0.0.1', 'http://[::1]:4000']) {
      expect(proxyFor(new URL(url), { HTTP_PROXY: 'http://p:1' })).toBeUndefined()
    }
  })
})

describe('NO_PROXY', () => {
  it.each([
    '*',
    'jux.example.com',
    'JUX.example.com',
    'example.com',
    '.example.com',
    '*.example.com',
    'other, jux.example.com',
    'other jux.example.com',
    'jux.example.com:8443',
  ])('%j keeps the request direct', (noProxy) => expect(proxied(noProxy)).toBe(false))

  it.each(['', 'ample.com', 'jux.example.com:443', 'x.jux.example.com', '10.0.0.0/8', 'com.', ','])(
    '%j does not',
    (noProxy) => expect(proxied(noProxy)).toBe(true),
  )

  it('knows addresses and networks', () => {
    expect(proxied('10.0.0.0/8', 'https://10.1.2.3')).toBe(false)
    expect(proxied('10.0.0.0/8', 'https://11.1.2.3')).toBe(true)
    expect(proxied('fd00::/8', 'https://[fd12::1]')).toBe(false)
    expect(proxied('[fd12::1]:443', 'https://[fd12::1]')).toBe(false)
    expect(proxied('fd12::1', 'https://[fd12::1]')).toBe(false)
    expect(proxied('2.3', 'https://10.1.2.3')).toBe(true)
    expect(proxied('10.0.0.0/99', 'https://10.1.2.3')).toBe(true)
  })
})
