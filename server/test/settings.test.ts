import { realSystem } from 'jux-reporter'
import { MAX_REPORT_BYTES } from 'jux-reporter/internal'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../src/settings.js'

const load = (flags: Parameters<typeof loadSettings>[0], env: Record<string, string> = {}) =>
  loadSettings(flags, { ...realSystem(), cwd: '/srv', env })

describe('loadSettings', () => {
  it('prefers flags to variables, and ignores empty variables', () => {
    const env = { JUX_SERVER_PORT: '5000', JUX_SERVER_HOST: '', JUX_SERVER_TRUSTED_PROXIES: '10.0.0.1,10.0.0.2' }

    expect(load({ data: 'reports' }, env)).toMatchObject({
      port: 5000,
      host: '127.0.0.1',
      dataDir: '/srv/reports',
      trustedProxies: ['10.0.0.1', '10.0.0.2'],
    })
    expect(load({ port: '6000' }, env).port).toBe(6000)
  })

  it.each([
    [{ maxSize: '2k' }, 'maxBytes', 2 * 1024],
    [{ maxSize: '3MB' }, 'maxBytes', 3 * 1024 ** 2],
    [{ maxSize: '70' }, 'maxBytes', 70],
    [{ maxSize: '500m' }, 'maxBytes', MAX_REPORT_BYTES],
    [{}, 'maxBytes', 100 * 1024 ** 2],
    [{ keep: '2w' }, 'keepMs', 14 * 86_400_000],
  ])('reads %j with its unit as %s %i', (flags, name, value) => {
    expect(load(flags)).toMatchObject({ [name]: value })
  })

  it.each([
    [{}, {}, false],
    [{ trustLocal: true }, {}, true],
    [{}, { JUX_SERVER_TRUST_LOCAL: 'true' }, true],
    [{}, { JUX_SERVER_TRUST_LOCAL: '0' }, false],
  ])('trusts programs on this machine only when it is told to: %j %j', (flags, env, trustLocal) => {
    expect(load(flags, env)).toMatchObject({ trustLocal })
  })

  it.each([
    [{}, { JUX_SERVER_TRUST_LOCAL: 'maybe' }, 'JUX_SERVER_TRUST_LOCAL: must be true or false'],
    [{ port: 'x' }, {}, '--port: '],
    [{ maxSize: 'much' }, {}, '--max-size: must be a size such as 50m'],
    [{ maxSize: '501m' }, {}, '--max-size: must be at most 500m'],
    [{ keep: '0d' }, {}, '--keep: must be a duration such as 90d, 12h or 8w'],
    [{}, { JUX_SERVER_PORT: '70000' }, 'JUX_SERVER_PORT: '],
    [{}, { JUX_SERVER_KEEP: 'long' }, 'JUX_SERVER_KEEP: must be a duration'],
  ])('names the flag or the variable of an invalid value: %j %j', (flags, env, message) => {
    expect(() => load(flags, env)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE', message: expect.stringContaining(message) }),
    )
  })
})
