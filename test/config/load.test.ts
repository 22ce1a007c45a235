import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { missingFiles } from '../../src/config/files.js'
import { examineConfig, flagProblems, isStrict, loadConfig } from '../../src/config/load.js'
import { type Scene, scene } from '../support/configuration.js'
import { isRoot } from '../support/tools.js'

/** Looks like a key to the loader, which does not parse keys. */
const PEM = '-----BEGIN PRIVATE KEY-----'
const SERVER = 'https://jux.example.com'

/** A project whose `.jux.conf` is the given text. */
const project = (conf: string, env: Record<string, string> = {}) => scene({ env, files: { '.jux.conf': conf } })

const withOptions = (options: unknown) => examineConfig(scene({ options }))

describe('loadConfig', () => {
  it('gives settings without a value their default, and names the source "default"', () => {
    const { settings, sources } = loadConfig(scene())

    expect(settings).toEqual({
      enabled: true,
      strict: false,
      verbose: false,
      jobSummary: true,
      dryRun: false,
      watch: false,
      allowReadableKey: false,
      storageMode: 'local',
      tags: [],
      environment: 'test',
      protocol: 'json',
      apiTimeout: 30,
      apiMaxRetries: 3,
      apiUrl: 'http://localhost:4000',
      deadline: 90,
      gzip: false,
      allowInsecureHttp: false,
      dialect: 'common',
      filePaths: 'repository',
      owners: true,
      nothingToRun: 'auto',
      hideSecrets: true,
      scrub: true,
      scrubNames: [],
      scrubValues: [],
      scrubPatterns: [],
      scrubAllow: [],
    })
    expect(new Set(Object.values(sources).map(({ place }) => place))).toEqual(new Set(['default']))
  })

  it('prefers flag, environment, option, project file, package.json, user file, in this order', () => {
    const all: Scene = {
      flags: { project: 'flag' },
      env: { JUX_PROJECT: 'variable' },
      options: { project: 'option' },
      files: {
        '.jux.conf': '[jux]\nproject = file\n',
        'package.json': '{"jux": {"project": "manifest"}}',
        '~/.config/jux/config': '[jux]\nproject = user\n',
        '~/.jux/config': '[jux]\nproject = old user\n',
      },
    }
    const seen: (string | undefined)[] = []
    const take = (change: Partial<Scene>) => {
      Object.assign(all, change)
      seen.push(loadConfig(scene(all)).settings.project)
    }
    take({})
    take({ flags: {} })
    take({ env: {} })
    take({ options: undefined })
    take({ files: { ...all.files, '.jux.conf': '' } })
    take({ files: { ...all.files, 'package.json': '{}' } })
    take({ files: { ...all.files, '~/.config/jux/config': '' } })
    take({ files: {} })

    expect(seen).toEqual(['flag', 'variable', 'option', 'file', 'manifest', 'user', 'old user', undefined])
  })

  it('treats an empty variable as not set', () => {
    const input = scene({ env: { JUX_API_KEY: '' }, options: { apiKey: 'from-option' } })

    expect(loadConfig(input).settings.apiKey).toBe('from-option')
  })

  it('freezes the settings', () => {
    expect(Object.isFrozen(loadConfig(scene()).settings)).toBe(true)
  })

  it('throws one error for several mistakes, with the code of the first and a line for each', () => {
    expect(() => loadConfig(scene({ options: { storageMode: 'lokal', strct: true } }))).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID_VALUE',
        message: expect.stringMatching(/^2 mistakes in the configuration\n {7}- .*\n {7}- .*$/),
      }),
    )
  })

  it('makes paths absolute: relative to the file that names them, and from the home folder after ~', () => {
    const input = project('[jux]\nkey_path = keys/a.pem\ncert_path = ~/c.pem\n')

    expect(loadConfig(input).settings).toMatchObject({
      keyPath: join(input.cwd, 'keys/a.pem'),
      certPath: join(input.home, 'c.pem'),
    })
  })

  it('reads the project files in a package and in the repository around it, the nearer one first', () => {
    const input = scene({
      files: {
        '.jux.conf': '[jux]\nproject = whole\nenvironment = staging\n',
        'packages/a/package.json': '{"jux": {"project": "part"}}',
      },
    })
    const inner = join(input.cwd, 'packages', 'a')

    expect(loadConfig({ ...input, cwd: inner })).toMatchObject({
      settings: { project: 'part', environment: 'staging' },
      sources: {
        project: { kind: 'package', name: 'project', place: `${join(inner, 'package.json')}#jux` },
        environment: { kind: 'file', name: 'environment', place: `${join(input.cwd, '.jux.conf')}:3` },
      },
    })
  })

  it("reads the user's file from its place on each platform", () => {
    const projectOn = (platform: NodeJS.Platform, file: string) =>
      loadConfig(scene({ platform, files: { [`~/${file}`]: '[jux]\nproject = shop\n' } })).settings.project

    expect(projectOn('darwin', 'Library/Application Support/jux/config.ini')).toBe('shop')
    expect(projectOn('win32', 'AppData/Roaming/jux/config.ini')).toBe('shop')
    expect(projectOn('linux', 'Library/Application Support/jux/config.ini')).toBeUndefined()
  })

  it('names the file that turns the reporter off, and then reports no mistakes', () => {
    const input = project('[jux]\nenabled = off\nstorage_mode = lokal\n')

    expect(loadConfig(input)).toMatchObject({
      settings: { enabled: false },
      notices: [`jux-reporter is off: enabled is false (${join(input.cwd, '.jux.conf')}:2)`],
    })
  })

  it('uses the key of the stronger place, whether it is a text or a path', () => {
    const { settings } = loadConfig(project('[jux]\nkey_path = key.pem\n', { JUX_KEY: PEM }))

    expect([settings.key, settings.keyPath]).toEqual([PEM, undefined])
  })

  it('gives a notice about an unknown JUX_ variable that is not similar to a known one', () => {
    expect(loadConfig(scene({ env: { JUX_SOMETHING_ELSE: '1' } })).notices).toEqual([
      'JUX_SOMETHING_ELSE is not a variable of this program and has no effect',
    ])
  })

  it('gives no notice about JUX_DEBUG and the variables of the server', () => {
    const env = { JUX_DEBUG: '1', JUX_SERVER_PORT: '80' }

    expect(loadConfig(scene({ env })).notices).toEqual([])
  })

  it.each([
    [
      { JUX_SUBMIT: 'true', JUX_API_URL: 'http://localhost:4000' },
      { storageMode: 'both', protocol: 'json' },
    ],
    [
      { JUX_PUBLISH: '1', JUX_API_URL: 'https://x.example/api/v1/reports' },
      { storageMode: 'both', protocol: 'reports' },
    ],
    [{ JUX_STORAGE_MODE: 'Cache' }, { storageMode: 'cache' }],
    [{ JUX_API_TIMEOUT: '2m' }, { apiTimeout: 120, deadline: 120 }],
    [{ JUX_TAGS: ' smoke, ,nightly ' }, { tags: ['smoke', 'nightly'] }],
    [{ JUX_NO_SIGN: 'true' }, { sign: false }],
    [
      { JUX_DRY_RUN: 'yes', JUX_STORAGE_MODE: 'api' },
      { dryRun: true, storageMode: 'api' },
    ],
  ])('reads the variables %j', (env, expected) => {
    expect(loadConfig(scene({ env })).settings).toMatchObject(expected)
  })

  it.each([
    ['apiTimeout', '1500ms', 1.5],
    ['apiTimeout', '2m', 120],
    ['apiTimeout', ' 30s ', 30],
    ['apiTimeout', '7', 7],
    ['strict', 'YES', true],
    ['strict', 'off', false],
    ['storageMode', ' API ', 'api'],
    ['tags', 'a, b,,', ['a', 'b']],
    ['scrubPatterns', 'a+,b', ['a+,b']],
    ['scrubPatterns', ['a+', 'b'], ['a+', 'b']],
    ['limits', { reportBytes: 1_000 }, { reportBytes: 1_000 }],
    ['keyPassphrase', ' spaces count ', ' spaces count '],
  ])('reads %s written %j as %j', (name, raw, value) => {
    const { settings } = loadConfig(scene({ options: { [name]: raw, apiUrl: SERVER } }))

    expect(settings).toMatchObject({ [name]: value })
  })

  it.each([
    ['1', false],
    ['no', true],
    ['off', true],
  ])('reads JUX_NO_SIGN=%s as sign: %s', (raw, sign) => {
    expect(loadConfig(scene({ env: { JUX_NO_SIGN: raw, JUX_KEY: PEM } })).settings.sign).toBe(sign)
  })

  it('accepts reporter options that are missing or empty', () => {
    const problems = [undefined, null, {}, { project: null, tags: '', branch: undefined }].flatMap(
      (options) => withOptions(options).problems,
    )

    expect(problems).toEqual([])
  })

  it('only stores reports if submit is false, and gives a notice about it', () => {
    expect(withOptions({ submit: false, storageMode: 'both', apiUrl: SERVER })).toMatchObject({
      settings: { storageMode: 'local' },
      sources: { storageMode: { place: 'reporter options' } },
      notices: [
        'submit (reporter options) asks to send nothing: storageMode (reporter options), which is both, only stores reports',
      ],
      problems: [],
    })
  })

  it('stores and sends reports if submit is true and a server is named', () => {
    expect(loadConfig(scene({ options: { submit: true, apiUrl: SERVER } })).settings.storageMode).toBe('both')
  })

  it('takes the protocol from the URL, and a deadline that is long enough for one request', () => {
    const options = { apiUrl: `${SERVER}/api/v1/reports/`, apiTimeout: '2m' }

    expect(loadConfig(scene({ options }))).toMatchObject({
      settings: { protocol: 'reports', apiTimeout: 120, deadline: 120 },
      sources: { protocol: { name: 'apiUrl' }, deadline: { name: 'apiTimeout' } },
    })
  })

  it('names the flag for a variable that stands for a flag of jux run', () => {
    const env = { JUX_STORAGE_MODE: 'both', JUX_RUN_FLAGS: 'JUX_STORAGE_MODE', JUX_PROJECT: 'shop' }

    expect(loadConfig(scene({ env })).sources).toMatchObject({
      storageMode: { kind: 'flag', name: '--storage-mode', place: '--storage-mode' },
      project: { kind: 'variable', name: 'JUX_PROJECT' },
    })
  })

  it('reads the file that JUX_CONFIG_FILE names', () => {
    const input = scene({ env: { JUX_CONFIG_FILE: 'ci.conf' }, files: { 'ci.conf': '[jux]\nproject = shop\n' } })

    expect(loadConfig(input).settings.project).toBe('shop')
  })

  it('ignores a package.json that is not JSON', () => {
    expect(examineConfig(scene({ files: { 'package.json': '{' } })).problems).toEqual([])
  })
})

describe('isStrict', () => {
  it('is true for a strict configuration that has a mistake', () => {
    expect(isStrict(scene({ env: { JUX_STRICT: 'true', JUX_SIGN: 'perhaps' } }))).toBe(true)
  })
})

describe('flagProblems', () => {
  it('finds wrong values of flags, and ignores flags that set nothing', () => {
    expect(flagProblems({ storageMode: 'lokal', project: 'shop', unheardOf: 1 }, scene().system)).toMatchObject([
      {
        code: 'CONFIG_INVALID_VALUE',
        message: '--storage-mode must be local, api, both or cache, not "lokal"',
      },
    ])
  })
})

describe('missingFiles', () => {
  const SENDS = { storageMode: 'api', apiUrl: SERVER }

  it.each([
    ['keyPath', {}, 'KEY_NOT_FOUND'],
    ['certPath', { key: PEM }, 'CERT_NOT_FOUND'],
    ['caFile', SENDS, 'FILE_NOT_FOUND'],
    ['clientCertFile', { ...SENDS, clientKeyFile: 'there.pem' }, 'FILE_NOT_FOUND'],
    ['clientKeyFile', { ...SENDS, clientCertFile: 'there.pem' }, 'FILE_NOT_FOUND'],
  ])('finds that the file of %s does not exist, and says what that costs', (name, more, code) => {
    const config = loadConfig(scene({ options: { [name]: 'absent', ...more }, files: { 'there.pem': '' } }))

    expect(missingFiles(config)).toMatchObject([
      {
        setting: name,
        cost: name === 'keyPath' || name === 'certPath' ? 'report' : 'submission',
        problem: { code, reason: 'missing-file', message: expect.stringContaining(`${name} (reporter options)`) },
      },
    ])
  })

  it('names the line of the setting and the file', () => {
    const input = scene({
      files: { '.jux.conf': '[jux]\nkey_path = key.pem\ncert_path = cert.pem\n', 'key.pem': '' },
    })

    expect(missingFiles(loadConfig(input)).map(({ problem: { code, message } }) => [code, message])).toEqual([
      [
        'CERT_NOT_FOUND',
        `cert_path (${join(input.cwd, '.jux.conf')}:3) names ${join(input.cwd, 'cert.pem')}, which does not exist`,
      ],
    ])
  })

  it('ignores files that are not used', () => {
    const config = loadConfig(scene({ options: { sign: false, keyPath: 'absent', caFile: 'absent' } }))

    expect(missingFiles(config)).toEqual([])
  })

  it.skipIf(isRoot('a key that may not be read'))('reports a key file that cannot be read', () => {
    const input = scene({ options: { keyPath: 'key.pem' }, files: { 'key.pem': '' } })
    chmodSync(join(input.cwd, 'key.pem'), 0o000)

    expect(missingFiles(loadConfig(input))).toMatchObject([
      { problem: { code: 'KEY_PERMISSION_DENIED', reason: 'unreadable-file' } },
    ])
  })
})

describe('examineConfig', () => {
  it('reports every mistake of a configuration, not only the first', () => {
    const { problems, submissionProblems } = examineConfig(
      scene({ env: { JUX_SIGN: 'perhaps' }, options: { storageMode: 1, nonsense: 2 } }),
    )

    expect(problems.map(({ reason }) => reason)).toEqual(['unknown-key', 'bad-value'])
    expect(submissionProblems.map(({ reason }) => reason)).toEqual(['bad-value'])
  })

  it('uses the value of a weaker place where a value is wrong', () => {
    const { settings, sources } = examineConfig(project('[jux]\nenvironment = staging\n', { JUX_API_TIMEOUT: 'soon' }))

    expect([settings.apiTimeout, sources.apiTimeout.place, settings.environment]).toEqual([30, 'default', 'staging'])
  })

  it('reports a file that cannot be read', () => {
    const input = scene()
    mkdirSync(join(input.cwd, '.jux.conf'))

    expect(examineConfig(input).problems).toMatchObject([
      {
        code: 'FILE_PERMISSION_DENIED',
        reason: 'unreadable-file',
        message: `configuration file ${join(input.cwd, '.jux.conf')} is a folder, not a file`,
      },
    ])
  })

  it('reports that the file that JUX_CONFIG_FILE names does not exist', () => {
    expect(examineConfig(scene({ env: { JUX_CONFIG_FILE: 'ci.conf' } })).problems).toMatchObject([
      { code: 'CONFIG_NOT_FOUND', reason: 'unreadable-file' },
    ])
  })
})
