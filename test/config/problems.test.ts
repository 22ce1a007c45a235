import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ConfigInput, examineConfig, loadConfig } from '../../src/config/load.js'
import { scene } from '../support/configuration.js'

/** Looks like a key to the loader, which does not parse keys. */
const PEM = '-----BEGIN PRIVATE KEY-----'
const SERVER = 'https://jux.example.com'

/** Mistakes that cost the report, then those that cost the submission. */
function allProblems(input: ConfigInput) {
  const { problems, submissionProblems } = examineConfig(input)
  return [...problems, ...submissionProblems]
}

/** The problems of a project whose `.jux.conf` is the given text; its path is FILE in the messages. */
function problemsOf(conf: string, env: Record<string, string> = {}) {
  const input = scene({ env, files: { '.jux.conf': conf } })
  const file = join(input.cwd, '.jux.conf')
  return allProblems(input).map(({ code, reason, message }) => [code, reason, message.replaceAll(file, 'FILE')])
}

const messagesFor = (options: unknown) => allProblems(scene({ options })).map(({ message }) => message)

describe('examineConfig', () => {
  it.each([
    ['unknown-key', '[jux]\nkeypath = x\n', 'key keypath (FILE:2) does not exist; did you mean key_path?'],
    ['unknown-key', '[jux]\nkeypath =\n', 'key keypath (FILE:2) does not exist; did you mean key_path?'],
    [
      'bad-value',
      '[jux]\nstorage_mode = lokal\n',
      'storage_mode (FILE:2) must be local, api, both or cache, not "lokal"',
    ],
    [
      'bad-value',
      '[jux]\n\napi_max_retries = many\n',
      'api_max_retries (FILE:3) must be a whole number from 0 to 10, not "many"',
    ],
    [
      'bad-value',
      '[jux]\n\napi_max_retries = 20.5\n',
      'api_max_retries (FILE:3) must be a whole number from 0 to 10, not "20.5"',
    ],
    [
      'bad-value',
      '[jux]\napi_timeout = 301\n',
      'api_timeout (FILE:2) must be a number of seconds from 1 to 300 ("30", "30s", "2m"), not "301"',
    ],
    [
      'bad-value',
      '# ours\n[jux]\nsign = no\napi_timeout = -3\n',
      'api_timeout (FILE:4) must be a number of seconds from 1 to 300 ("30", "30s", "2m"), not "-3"',
    ],
    [
      'bad-value',
      '[jux]\nkey_path = -----BEGIN PRIVATE KEY-----\n',
      'key_path (FILE:2) must be a path, not a text of 27 characters',
    ],
    [
      'bad-value',
      '[jux]\napi_url = https://me:secret@host\n',
      'api_url (FILE:2) must be an http:// or https:// URL without a user name or password, not a text of 22 characters',
    ],
    [
      'contradiction',
      '[jux]\nsubmit = false\npublish = true\n',
      'submit (FILE:2), which is false, and publish (FILE:3), which is true, set submit to different values',
    ],
    [
      'contradiction',
      '[jux]\nproject = a\nproject = b\n',
      'project (FILE:2), which is "a", and project (FILE:3), which is "b", set project to different values',
    ],
    [
      'contradiction',
      '[jux]\nsubmit = yes\nstorage_mode = local\napi_url = http://localhost\n',
      'submit (FILE:2) asks to send reports, but storage_mode (FILE:3) is local, which sends nothing',
    ],
    ['missing', '[jux]\ncert_path = c.pem\n', 'cert_path (FILE:2) is set, but no private key is configured'],
    ['missing', '[jux]\nsign = true\n', 'sign (FILE:2) asks for signed reports, but no private key is configured'],
    ['section', '# mine\nsign = no\nproject = x\n', 'FILE:2: this line is in no section'],
    ['section', '[JUX]\nsign = no\n', 'FILE:1: section [JUX] has no effect'],
    ['line', '[jux]\nsign\n', 'FILE:2: this line is not "key = value"'],
  ])('reports one mistake (%s) with file and line: %j', (reason, conf, message) => {
    const codes: Readonly<Record<string, string>> = {
      missing: 'CONFIG_MISSING_REQUIRED',
      section: 'CONFIG_INVALID_SYNTAX',
      line: 'CONFIG_INVALID_SYNTAX',
    }

    expect(problemsOf(conf)).toEqual([[codes[reason] ?? 'CONFIG_INVALID_VALUE', reason, message]])
  })

  it.each([
    [{ clientCertFile: 'a.crt' }, 'clientCertFile (reporter options) is set, but clientKeyFile is not'],
    [{ clientKeyFile: 'a.pem' }, 'clientKeyFile (reporter options) is set, but clientCertFile is not'],
    [{ sign: true }, 'sign (reporter options) asks for signed reports, but no private key is configured'],
    [{ certPath: 'a.crt' }, 'certPath (reporter options) is set, but no private key is configured'],
    [
      { submit: true, storageMode: 'local' },
      'submit (reporter options) asks to send reports, but storageMode (reporter options) is local, which sends nothing',
    ],
    [
      { submit: false, storageMode: 'api', apiUrl: SERVER },
      'submit (reporter options) asks to send nothing, but storageMode (reporter options) is api, which stores nothing',
    ],
    [{ key: PEM, keyPath: 'a.pem' }, 'key (reporter options) and keyPath (reporter options) both set the private key'],
    [
      { storageMode: 'both', apiUrl: '127.0.0.1:4000' },
      'apiUrl (reporter options) must be an http:// or https:// URL without a user name or password, not "127.0.0.1:4000"',
    ],
  ])('reports options that contradict each other or need another one: %j', (options, message) => {
    expect(messagesFor(options)).toEqual([message])
  })

  it.each([
    [{ storageMode: 1 }, 'storageMode (reporter options) must be local, api, both or cache, not 1'],
    [
      { apiTimeout: 'soon' },
      'apiTimeout (reporter options) must be a number of seconds from 1 to 300 ("30", "30s", "2m"), not "soon"',
    ],
    [
      { strict: 'perhaps' },
      'strict (reporter options) must be true or false (also 1/0, yes/no, on/off), not "perhaps"',
    ],
    [
      { apiUrl: 'jux.example.com' },
      'apiUrl (reporter options) must be an http:// or https:// URL without a user name or password, not "jux.example.com"',
    ],
    [
      { apiUrl: 'ftp://jux.example.com' },
      'apiUrl (reporter options) must be an http:// or https:// URL without a user name or password, not "ftp://jux.example.com"',
    ],
    [
      { apiUrl: 'https://me:secret@jux.example.com' },
      'apiUrl (reporter options) must be an http:// or https:// URL without a user name or password, not a text of 33 characters',
    ],
    [{ project: ['a'] }, 'project (reporter options) must be text, not a list'],
    [{ project: { a: 1 } }, 'project (reporter options) must be text, not an object'],
    [{ project: 7 }, 'project (reporter options) must be text, not 7'],
    [{ suiteName: 7 }, 'suiteName (reporter options) must be text or a function that returns text, not 7'],
    [
      { testProperties: {} },
      'testProperties (reporter options) must be a function that returns an object of texts, numbers and booleans, not an object',
    ],
    [
      { scrubPatterns: '(' },
      'scrubPatterns (reporter options) must be a regular expression, or a list of them, not "("',
    ],
  ])('says what the value of an option must be: %j', (options, message) => {
    expect(messagesFor(options)).toEqual([message])
  })

  it.each([
    [{ scrubPatterns: ['a', '('] }, 'scrubPatterns[1] (reporter options) must be a regular expression, not "("'],
    [{ tags: ['a', 7] }, 'tags[1] (reporter options) must be text, not 7'],
    [
      { properties: { team: ['a'] } },
      'properties.team (reporter options) must be text, a number or true or false, not a list',
    ],
    [{ limits: { reportBytes: 'all' } }, 'limits.reportBytes (reporter options) must be a number, not "all"'],
    [{ limits: { reportBytes: 2.5 } }, 'limits.reportBytes (reporter options) must be a whole number, not 2.5'],
    [{ limits: { reportBytes: 0 } }, 'limits.reportBytes (reporter options) must be at least 1, not 0'],
    [{ limits: { reportByte: 1 } }, 'limits.reportByte (reporter options) does not exist; did you mean reportBytes?'],
  ])('names the part of a value that is wrong: %j', (options, message) => {
    expect(messagesFor(options)).toEqual([message])
  })

  it('reports only the first wrong item of a list', () => {
    expect(messagesFor({ tags: [1, 'a', 2] })).toEqual(['tags[0] (reporter options) must be text, not 1'])
  })

  it('reports every wrong member of an object', () => {
    expect(messagesFor({ limits: { reportBytes: 0, detailCharacters: -1 } })).toEqual([
      'limits.detailCharacters (reporter options) must be at least 1, not -1',
      'limits.reportBytes (reporter options) must be at least 1, not 0',
    ])
  })

  it.each([7, 'text', ['a'], true])('reports reporter options that are not an object: %j', (options) => {
    expect(messagesFor(options)).toEqual(['reporter options must be an object'])
  })

  it('suggests the most similar name for an unknown option or variable', () => {
    expect(messagesFor({ keypath: 'x' })).toEqual([
      'option keypath (reporter options) does not exist; did you mean keyPath?',
    ])
    expect(problemsOf('', { JUX_STORAGEMODE: 'api' })).toEqual([
      [
        'CONFIG_INVALID_VALUE',
        'unknown-key',
        'environment variable JUX_STORAGEMODE does not exist; did you mean JUX_STORAGE_MODE?',
      ],
    ])
  })

  it('names a variable with a wrong value, and the accepted values', () => {
    expect(problemsOf('', { JUX_STORAGE_MODE: 'lokal', JUX_NO_SIGN: 'perhaps' })).toEqual([
      [
        'CONFIG_INVALID_VALUE',
        'bad-value',
        'JUX_NO_SIGN must be true or false (also 1/0, yes/no, on/off), not "perhaps"',
      ],
      ['CONFIG_INVALID_VALUE', 'bad-value', 'JUX_STORAGE_MODE must be local, api, both or cache, not "lokal"'],
    ])
  })

  it('names both variables of a setting that differ, with their values', () => {
    expect(problemsOf('[jux]\n', { JUX_SUBMIT_TIMEOUT: '10', JUX_API_TIMEOUT: '20' })).toEqual([
      [
        'CONFIG_INVALID_VALUE',
        'contradiction',
        'JUX_SUBMIT_TIMEOUT, which is 10, and JUX_API_TIMEOUT, which is 20, set apiTimeout to different values',
      ],
    ])
  })

  it('keeps secrets out of messages and suggestions', () => {
    const input = scene({
      options: { scrubValues: [{ secret: 'from-options' }], bearerToken: ['from-options'] },
      files: { '.jux.conf': '[jux]\napi_key = from-file-1\napi_key = from-file-2\nbearer_tokn = from-file-3\n' },
    })
    const problems = allProblems(input)

    expect(problems).toHaveLength(4)
    expect(JSON.stringify(problems.map(({ message, suggestions }) => [message, suggestions]))).not.toMatch(
      /from-(?:file|options)/,
    )
  })
})

describe('loadConfig with an INI file', () => {
  const settingsOf = (conf: string) => loadConfig(scene({ files: { '.jux.conf': conf } })).settings

  it('reads % and # in values, and ignores comments', () => {
    expect(
      settingsOf('[jux]\napi_key = 100%real#tok;en  # the key\nproject = "a # b" ; quoted\nenvironment: feature/%s\n'),
    ).toMatchObject({ apiKey: '100%real#tok;en', project: 'a # b', environment: 'feature/%s' })
  })

  it.each([
    ['"a \\"b\\" \\u0041\\\\"', 'a "b" A\\'],
    ['"broken \\x"', '"broken \\x"'],
    ["'single ; quotes'", 'single ; quotes'],
    ["'it' is", "'it' is"],
    ['"open', '"open'],
    ["'0123'", '0123'],
    ["'12'", '12'],
    ['a\\;b', 'a\\;b'],
  ])('reads the value %s as %s', (written, value) => {
    expect(settingsOf(`[jux]\nproject = ${written}\n`).project).toBe(value)
  })

  it('reads the files of the Python tools: sections of others, inline comments, empty values', () => {
    const settings = settingsOf(
      '\uFEFF[pytest]\r\nno = matter\r\n[jux] # ours\r\nstorage_mode = BOTH ; everywhere\r\nkey_path =\r\napi_url = http://localhost:4000/api/v1\r\n',
    )

    expect([settings.storageMode, settings.apiUrl, settings.keyPath]).toEqual([
      'both',
      'http://localhost:4000/api/v1',
      undefined,
    ])
  })
})
