import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineConfig, flagProblems, loadConfig, missingFiles, requireFiles } from '../../src/config/load.js'
import { scene } from '../support/configuration.js'
import { isRoot } from '../support/tools.js'

const of = (options: unknown) => examineConfig(scene({ options }))
const messages = (options: unknown) => of(options).problems.map(({ message }) => message)

describe('settings together', () => {
  it.each([
    [{ clientCertFile: 'a.crt' }, 'clientCertFile (reporter options) is set, but clientKeyFile is not'],
    [{ clientKeyFile: 'a.pem' }, 'clientKeyFile (reporter options) is set, but clientCertFile is not'],
    [{ sign: true }, 'sign (reporter options) is true, but no private key is configured'],
    [{ certPath: 'a.crt' }, 'certPath (reporter options) is set, but no private key is configured'],
    [
      { submit: true, storageMode: 'local' },
      'submit (reporter options) is true, but storageMode (reporter options) is local, which sends nothing',
    ],
    [
      { submit: false, storageMode: 'api', apiUrl: 'https://jux.example.com' },
      'submit (reporter options) is false, but storageMode (reporter options) is api, which keeps nothing',
    ],
    [{ storageMode: 'both' }, 'storageMode (reporter options) is both, but no server is configured'],
    [{ key: 'PEM', keyPath: 'a.pem' }, 'key (reporter options) and keyPath (reporter options) both name a private key'],
  ])('that contradict each other are named: %j', (options, message) => {
    expect(messages(options)).toEqual([message])
  })

  it('that are not to submit only store, and say so', () => {
    const { settings, sources, notices, problems } = of({
      submit: false,
      storageMode: 'both',
      apiUrl: 'https://jux.example.com',
    })

    expect([settings.storageMode, sources.storageMode, problems]).toEqual(['local', 'reporter options', []])
    expect(notices).toEqual(['submit (reporter options) is false: storage mode both (reporter options) only stores'])
  })

  it('that are to submit do both, to a server that is named', () => {
    expect(of({ submit: true, apiUrl: 'https://jux.example.com' }).settings.storageMode).toBe('both')
  })

  it('take the protocol from the address, and time enough for one request', () => {
    const { settings, sources } = of({ apiUrl: 'https://jux.example.com/api/v1/reports/', apiTimeout: '2m' })

    expect(settings).toMatchObject({ protocol: 'reports', apiTimeout: 120, deadline: 120 })
    expect(sources).toMatchObject({ protocol: 'reporter options', deadline: 'reporter options' })
  })
})

describe('a value', () => {
  it.each([
    ['apiTimeout', '1500ms', 1.5],
    ['apiTimeout', '2m', 120],
    ['apiTimeout', ' 30s ', 30],
    ['apiTimeout', '7', 7],
    ['strict', 'YES', true],
    ['strict', 'off', false],
    ['storageMode', ' API ', 'api'],
    ['tags', 'a, b,,', ['a', 'b']],
  ])('of %s written %j is %j', (name, raw, value) => {
    expect(of({ [name]: raw, apiUrl: 'https://jux.example.com' }).settings).toMatchObject({ [name]: value })
  })

  it.each([
    ['apiTimeout', 'soon', 'apiTimeout (reporter options) must be a number of seconds'],
    ['strict', 'perhaps', 'strict (reporter options) must be true or false'],
    ['apiUrl', 'jux.example.com', 'apiUrl (reporter options) must be an http:// or https:// URL'],
    ['apiUrl', 'ftp://jux.example.com', 'apiUrl (reporter options) must be an http:// or https:// URL'],
    ['apiUrl', 'https://me:secret@jux.example.com', 'apiUrl (reporter options) must be an http:// or https:// URL'],
    ['project', ['a'], 'project (reporter options) must be text, not a list'],
    ['project', { a: 1 }, 'project (reporter options) must be text, not an object'],
    ['project', 7, 'project (reporter options) must be text, not 7'],
    ['scrubPatterns', '(', 'scrubPatterns (reporter options) must be'],
  ])('of %s cannot be %j', (name, raw, message) => {
    const [first = '', ...more] = messages({ [name]: raw })

    expect([first.startsWith(message), more], first).toEqual([true, []])
  })

  it('that is a pattern may stand alone or in a list', () => {
    expect(of({ scrubPatterns: 'a+' }).settings.scrubPatterns).toEqual(['a+'])
    expect(of({ scrubPatterns: ['a+', 'b'] }).settings.scrubPatterns).toEqual(['a+', 'b'])
  })

  it.each([
    ['1', false],
    ['no', undefined],
    ['perhaps', 'CONFIG_INVALID_VALUE'],
  ])('of JUX_NO_SIGN that is %j turns signing off, or does not', (raw, expected) => {
    const { settings, problems } = examineConfig(scene({ env: { JUX_NO_SIGN: raw, JUX_KEY: 'PEM' } }))

    expect(problems[0]?.code ?? (settings.sign === false ? false : undefined)).toBe(expected)
  })
})

describe('options that are no object', () => {
  it.each([7, 'text', ['a'], true])('are refused: %j', (options) => {
    expect(messages(options)).toEqual(['reporter options must be an object'])
  })

  it('may be missing, or say nothing', () => {
    expect([undefined, null, {}, { project: null, tags: '' }].flatMap(messages)).toEqual([])
  })
})

describe('several mistakes', () => {
  it('are one error with the code of the first and a line for each', () => {
    const load = () => loadConfig(scene({ options: { storageMode: 'lokal', strct: true } }))

    expect(load).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID_VALUE',
        message: expect.stringMatching(/^2 mistakes in the configuration\n {7}- .*\n {7}- .*$/),
      }),
    )
  })

  it('of flags are found before anything else is known', () => {
    const { system } = scene()

    expect(flagProblems({ storageMode: 'lokal', project: 'shop', unheardOf: 1 }, system)).toMatchObject([
      { code: 'CONFIG_INVALID_VALUE', message: expect.stringContaining('--storage-mode must be') },
    ])
  })
})

describe('files', () => {
  it('of the user are looked for where their system keeps them', () => {
    const projectOn = (platform: NodeJS.Platform, file: string) =>
      loadConfig(scene({ platform, files: { [`~/${file}`]: '[jux]\nproject = shop\n' } })).settings.project

    expect(projectOn('darwin', 'Library/Application Support/jux/config.ini')).toBe('shop')
    expect(projectOn('win32', 'AppData/Roaming/jux/config.ini')).toBe('shop')
    expect(projectOn('linux', 'Library/Application Support/jux/config.ini')).toBeUndefined()
  })

  it('that JUX_CONFIG_FILE names have to be there', () => {
    const named = (files: Record<string, string>) =>
      examineConfig(scene({ env: { JUX_CONFIG_FILE: 'ci.conf' }, files }))

    expect(named({}).problems).toMatchObject([{ code: 'CONFIG_NOT_FOUND' }])
    expect(named({ 'ci.conf': '[jux]\nproject = shop\n' }).settings.project).toBe('shop')
  })

  it('that cannot be read are named, and a package.json that is none is the package manager’s', () => {
    const input = scene({ files: { 'package.json': '{' } })
    mkdirSync(join(input.cwd, '.jux.conf'))

    expect(examineConfig(input).problems).toMatchObject([
      { code: 'FILE_PERMISSION_DENIED', message: expect.stringMatching(/\.jux\.conf cannot be read \(EISDIR\)$/) },
    ])
  })
})

describe('a file that a setting names', () => {
  const SENDS = { storageMode: 'api', apiUrl: 'https://jux.example.com' }

  it.each([
    ['keyPath', {}, 'KEY_NOT_FOUND'],
    ['certPath', { key: 'PEM' }, 'CERT_NOT_FOUND'],
    ['caFile', SENDS, 'FILE_NOT_FOUND'],
    ['clientCertFile', { ...SENDS, clientKeyFile: 'there.pem' }, 'FILE_NOT_FOUND'],
    ['clientKeyFile', { ...SENDS, clientCertFile: 'there.pem' }, 'FILE_NOT_FOUND'],
  ])('has to be there when it is going to be used: %s', (name, more, code) => {
    const config = loadConfig(scene({ options: { [name]: 'absent', ...more }, files: { 'there.pem': '' } }))

    expect(missingFiles(config)).toMatchObject([
      { code, message: expect.stringContaining(`${name} (reporter options)`) },
    ])
    expect(() => requireFiles(config)).toThrow(expect.objectContaining({ code }))
  })

  it('is not looked at when it is not used', () => {
    const config = loadConfig(scene({ options: { sign: false, keyPath: 'absent', caFile: 'absent' } }))

    expect(missingFiles(config)).toEqual([])
    expect(() => requireFiles(config)).not.toThrow()
  })

  it.skipIf(isRoot('a key that may not be read'))('has to be readable', () => {
    const input = scene({ options: { keyPath: 'key.pem' }, files: { 'key.pem': '' } })
    chmodSync(join(input.cwd, 'key.pem'), 0o000)

    expect(missingFiles(loadConfig(input))).toMatchObject([{ code: 'KEY_PERMISSION_DENIED' }])
  })
})
