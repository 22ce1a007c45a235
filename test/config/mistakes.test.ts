import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examineConfig, loadConfig, missingFiles } from '../../src/config/load.js'
import { temporaryFolder } from '../support/folders.js'
import { fixedSystem } from '../support/system.js'

/** Loads a project whose `.jux.conf` is the given text. */
function project(conf: string, env: Record<string, string> = {}) {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, '.git'))
  const file = join(cwd, '.jux.conf')
  writeFileSync(file, conf)
  return { file, input: { cwd, system: fixedSystem({ env, cwd, homeDir: temporaryFolder() }) } }
}

const messages = (conf: string, env: Record<string, string> = {}) => {
  const { file, input } = project(conf, env)
  return examineConfig(input).problems.map(({ message }) => message.replaceAll(file, 'FILE'))
}

describe('mistakes in a file', () => {
  it.each([
    ['an unknown key', '[jux]\nkeypath = x\n', 'key keypath (FILE:2) does not exist; did you mean key_path?'],
    [
      'a bad word',
      '[jux]\nstorage_mode = lokal\n',
      'storage_mode (FILE:2) must be local, api, both or cache, not "lokal"',
    ],
    [
      'a bad number',
      '[jux]\n\napi_max_retries = many\n',
      'api_max_retries (FILE:3) must be a whole number from 0 to 10, not "many"',
    ],
    [
      'a number out of range',
      '[jux]\napi_timeout = 301\n',
      'api_timeout (FILE:2) must be a number of seconds from 1 to 300 ("30", "30s", "2m"), not "301"',
    ],
    [
      'two spellings that differ',
      '[jux]\nsubmit = false\npublish = true\n',
      'submit (FILE:2) and publish (FILE:3) set the same thing to different values',
    ],
    [
      'a key that is there twice',
      '[jux]\nproject = a\nproject = b\n',
      'project (FILE:2) and project (FILE:3) set the same thing to different values',
    ],
    [
      'a certificate without a key',
      '[jux]\ncert_path = c.pem\n',
      'certPath (FILE:2) is set, but no private key is configured',
    ],
    ['signing without a key', '[jux]\nsign = true\n', 'sign (FILE:2) is true, but no private key is configured'],
    [
      'a submitting mode without a server',
      '[jux]\nstorage_mode = both\n',
      'storageMode (FILE:2) is both, but no server is configured',
    ],
    [
      'submitting in local mode',
      '[jux]\nsubmit = yes\nstorage_mode = local\napi_url = http://localhost\n',
      'submit (FILE:2) is true, but storageMode (FILE:3) is local, which sends nothing',
    ],
    ['a file without a section', '# mine\nsign = no\nproject = x\n', 'FILE:2: this line stands in no section'],
    ['a section in capitals', '[JUX]\nsign = no\n', 'FILE:1: section [JUX] has no effect'],
    ['a line that is none', '[jux]\nsign\n', 'FILE:2: this line is no "key = value"'],
    [
      'PEM text for a path',
      '[jux]\nkey_path = -----BEGIN PRIVATE KEY-----\n',
      'key_path (FILE:2) must be a path, not a text of 27 characters',
    ],
    [
      'a password in the address',
      '[jux]\napi_url = https://me:secret@host\n',
      'api_url (FILE:2) must be an http:// or https:// URL without a user name or password, not a text of 22 characters',
    ],
  ])('%s gives one message that names file and line', (_, conf, expected) => {
    expect(messages(conf)).toEqual([expected])
  })

  it('a file that cannot be read (here: a folder in its place) gives one message', () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, '.jux.conf'))
    const input = { cwd, system: fixedSystem({ cwd, homeDir: temporaryFolder() }) }

    expect(examineConfig(input).problems.map(({ message }) => message)).toEqual([
      `configuration file ${join(cwd, '.jux.conf')} cannot be read (EISDIR)`,
    ])
  })

  it('a named file that is not there names the line that names it', () => {
    const { file, input } = project('[jux]\nkey_path = key.pem\ncert_path = cert.pem\n')
    writeFileSync(join(input.cwd, 'key.pem'), '')

    const found = missingFiles(loadConfig(input))

    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['CERT_NOT_FOUND', `certPath (${file}:3) names ${join(input.cwd, 'cert.pem')}, which does not exist`],
    ])
  })

  it('two variables of one setting that differ are named both, and no value is shown', () => {
    const [message] = messages('[jux]\n', { JUX_SUBMIT_TIMEOUT: '10', JUX_API_TIMEOUT: '20' })

    expect(message).toBe('JUX_SUBMIT_TIMEOUT and JUX_API_TIMEOUT set the same thing to different values')
  })

  it('secrets stay out of messages', () => {
    const { problems } = examineConfig(
      project('[jux]\napi_key = from-file-1\napi_key = from-file-2\nbearer_tokn = from-file-3\n').input,
    )

    expect(problems).toHaveLength(2)
    expect(JSON.stringify(problems.map(({ message, suggestions }) => [message, suggestions]))).not.toContain(
      'from-file',
    )
  })
})

describe('what is no mistake', () => {
  it('keeps % and # in values, and drops comments', () => {
    const { settings } = loadConfig(
      project('[jux]\napi_key = 100%real#tok;en  # the key\nproject = "a # b" ; quoted\nbranch: feature/%s\n').input,
    )

    expect(settings).toMatchObject({ apiKey: '100%real#tok;en', project: 'a # b', branch: 'feature/%s' })
  })

  it('reads what the Python tools write: sections of others, inline comments, empty values', () => {
    const { settings } = loadConfig(
      project(
        '[pytest]\nno = matter\n[jux]\nstorage_mode = BOTH ; everywhere\nkey_path =\napi_url = http://localhost:4000/api/v1\n',
      ).input,
    )

    expect(settings).toMatchObject({ storageMode: 'both', apiUrl: 'http://localhost:4000/api/v1' })
    expect(settings.keyPath).toBeUndefined()
  })

  it('takes paths relative to the file that names them, and ~ for the home', () => {
    const { input } = project('[jux]\nkey_path = keys/a.pem\ncert_path = ~/c.pem\n')

    const { settings } = loadConfig(input)

    expect(settings.keyPath).toBe(join(input.cwd, 'keys/a.pem'))
    expect(settings.certPath).toBe(join(input.system.homeDir, 'c.pem'))
  })

  it('finds the project file of the repository from a package inside it, the nearer one first', () => {
    const { file, input } = project('[jux]\nproject = whole\nenvironment = staging\n')
    const inner = join(input.cwd, 'packages', 'a')
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, 'package.json'), '{"jux": {"project": "part"}}')

    const { settings, sources } = loadConfig({ ...input, cwd: inner })

    expect(settings).toMatchObject({ project: 'part', environment: 'staging' })
    expect(sources).toMatchObject({ project: `${join(inner, 'package.json')}#jux`, environment: `${file}:3` })
  })

  it('says which file turned it off, and complains about nothing else', () => {
    const { file, input } = project('[jux]\nenabled = off\nstorage_mode = lokal\n')

    const config = loadConfig(input)

    expect(config.settings.enabled).toBe(false)
    expect(config.notices).toEqual([`jux-reporter is off: enabled is false (${file}:2)`])
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
  ])('understands %j', (env, expected) => {
    expect(loadConfig(project('', env).input).settings).toMatchObject(expected)
  })

  it('lets the key of the stronger place win over the path of the weaker', () => {
    const { settings } = loadConfig(project('[jux]\nkey_path = key.pem\n', { JUX_KEY: 'PEM TEXT' }).input)

    expect(settings.key).toBe('PEM TEXT')
    expect(settings.keyPath).toBeUndefined()
  })
})
