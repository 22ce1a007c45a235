import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SETTING_NAMES, SETTINGS } from '../../src/config/table.js'

const SAMPLES = [
  ...[true, false, 'true', 'NO', ' on ', '1', 0, 1, 1.5, -1, 30, 301, '30s', '2 m', '1.5', ' 7 ', Number.NaN, Infinity],
  ...['auto', ' Skipped', 'error', 'sha256', 'SHA512', ' both', 'local', 'json', 'C14N11', 'sha1', 'sha'],
  ...['', ' ', 'a', ' a b ', '\u0024{KEY}', '<key>', '$(pass)', '%KEY%', 'a<b>c', '/keys/$HOME/key.pem', '~/key.pem'],
  ...[
    'http://localhost:4000',
    ' https://jux.example.com/api/v1',
    'ftp://a',
    'https://u:p@a',
    'jux.example.com',
    'a\nb',
  ],
  ...[
    'repository',
    ' Project',
    'project ',
    'packages/api/',
    ' packages/api/ ',
    'packages/api',
    '../api/',
    'a\\b/',
    '/',
  ],
  ...['-----BEGIN PRIVATE KEY-----\nAAAA\n', 'a,b, ,c', ['a', ' b ', ''], ['a', 1], [], {}, null, [[]], ['(']],
]

describe('a kind of value', () => {
  it.each(SETTING_NAMES)('of %s reads every value that it accepts without its schema as its schema does', (name) => {
    const { kind } = SETTINGS[name]
    const check = (value: unknown) => {
      const plain = kind.plain(value)
      if (plain === undefined) return
      expect({ value, read: kind.schema().parse(value) }).toEqual({ value, read: plain })
    }

    for (const value of SAMPLES) check(value)
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.integer(), fc.array(fc.string()), fc.anything()), check),
    )
  })

  it.each([
    'enabled',
    'keyPath',
    'key',
    'certPath',
    'digest',
    'storageMode',
    'project',
    'filePaths',
    'nothingToRun',
    'tags',
    'apiUrl',
    'apiKey',
    'apiTimeout',
    'apiMaxRetries',
  ] as const)('of %s accepts without its schema each of the samples that its schema accepts', (name) => {
    const { kind } = SETTINGS[name]
    const accepted = SAMPLES.filter((value) => kind.schema().safeParse(value).success)

    expect(accepted.length).toBeGreaterThan(0)
    expect(accepted.filter((value) => kind.plain(value) === undefined)).toEqual([])
  })
})
