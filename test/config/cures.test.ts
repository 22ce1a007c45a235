// The texts in these tests are placeholders of shells and CI systems on purpose.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: not templates of this language
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { examineConfig } from '../../src/config/load.js'
import { type Scene, scene } from '../support/configuration.js'

/** Looks like a key to the loader, which does not parse keys. */
const PEM = '-----BEGIN PRIVATE KEY-----'

type Input = ReturnType<typeof scene>

function mistakes(input: Input) {
  const { problems, submissionProblems } = examineConfig(input)
  return [...problems, ...submissionProblems]
}

/** Applies a cure exactly as it is printed; throws if it is no change that a program can make. */
function apply(cure: string, input: Input): Input {
  const { system } = input
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(system.env)) if (value !== undefined) env[name] = value
  const options: Record<string, unknown> = { ...Object(input.options) }
  const [, moved = '', from = ''] = /^export (\w+)="\$(\w+)"; unset \2$/.exec(cure) ?? []
  const [, variable, value = ''] = /^export (\w+)=([^\s"]+)(?: {2}#.*)?$/.exec(cure) ?? []
  const [, unset] = /^unset (\w+)$/.exec(cure) ?? []
  const [, option, written = ''] = /^write (\w+): (\S+) in reporter options$/.exec(cure) ?? []
  const [, removed] = /^remove ([\w.]+) \(reporter options\)$/.exec(cure) ?? []
  const [, line, file = '', at] =
    /^write (\w+ = .+) in (\/.+):(\d+)$/.exec(cure) ?? /^(remove) \w+ \((\/.+):(\d+)\)$/.exec(cure) ?? []
  const [, right, wrong = '', inFile = '', inLine] = /^write (\w+) instead of (\w+) in (\/.+):(\d+)$/.exec(cure) ?? []
  if (moved !== '') {
    env[moved] = env[from] ?? ''
    delete env[from]
  } else if (variable !== undefined) env[variable] = value
  else if (unset !== undefined) delete env[unset]
  else if (option !== undefined) options[option] = JSON.parse(written)
  else if (removed !== undefined) delete options[removed]
  else if (line !== undefined) editLine(file, Number(at), () => (line === 'remove' ? '' : line))
  else if (right !== undefined) editLine(inFile, Number(inLine), (old) => old.replace(wrong, right))
  else throw new Error(`this cure is not a change: ${cure}`)
  return { ...input, options, system: { ...system, env } }
}

function editLine(file: string, line: number, edit: (old: string) => string): void {
  const lines = readFileSync(file, 'utf8').split('\n')
  lines[line - 1] = edit(lines[line - 1] ?? '')
  writeFileSync(file, lines.join('\n'))
}

const conf = (text: string): Scene => ({ files: { '.jux.conf': `[jux]\n${text}\n` } })

const CASES: readonly Scene[] = [
  { env: { JUX_STORAGE_MODE: 'bth' } },
  { options: { storageMode: 'lokal' } },
  { options: { storageMode: 7 } },
  conf('storage_mode = cash'),
  conf('jux_storage_mode = cash'),
  { env: { JUX_SUBMIT: 'true' }, options: { storageMode: 'local' } },
  { env: { JUX_STORAGE_MODE: 'local' }, options: { submit: true } },
  { env: { JUX_SUBMIT: 'true' }, options: { storageMode: 'local' }, ...conf('storage_mode = local\nsubmit = yes') },
  { env: { JUX_SUBMIT: 'false', JUX_STORAGE_MODE: 'api' } },
  conf('submit = no\nstorage_mode = api'),
  conf('submit = no\npublish = yes\nstorage_mode = local'),
  { env: { JUX_SUBMIT_TIMEOUT: '10', JUX_API_TIMEOUT: '20' } },
  { env: { JUX_SUBMIT_TIMEOUT: '999' } },
  { env: { JUX_DEADLINE: '0' } },
  { options: { apiMaxRetries: 20 } },
  { options: { apiMaxRetries: 2.5 } },
  { options: { apiTimeout: 'soon' } },
  conf('submit_retries = -1'),
  { env: { JUX_STRICT: 'ture' } },
  { env: { JUX_NO_SIGN: 'flase' } },
  { env: { JUX_SIGN: 'perhaps' } },
  { env: { JUX_API_URL: 'localhost:4000' } },
  { env: { JUX_API_URL: 'jux.example.com' } },
  { env: { JUX_API_URL: 'https://${HOST}/api' } },
  { options: { apiUrl: 'ftp://jux.example.com' } },
  conf('api_url = https://me:secret@jux.example.com'),
  { env: { JUX_API_KEY: '<from environment variable>' } },
  { env: { JUX_BEARER_TOKEN: 'two words' } },
  { env: { JUX_STORAGEMODE: 'both' } },
  { env: { JUX_SIGN: 'true' } },
  { options: { sign: true } },
  { env: { JUX_NO_SIGN: 'false' } },
  conf('sign = true\ncert_path = c.pem'),
  { options: { certPath: 'c.pem' } },
  { env: { JUX_KEY: PEM, JUX_KEY_PATH: 'key.pem' } },
  { options: { key: PEM, keyPath: 'key.pem' } },
  { env: { JUX_KEY_PATH: PEM } },
  { env: { JUX_KEY: '/home/me/key.pem' } },
  conf('key_path = ${HOME}/key.pem'),
  conf('project = a\nproject = b'),
  conf('keypath = key.pem'),
  conf('jux_submitt = true'),
  conf('sgin = no'),
  { options: { projct: 'a' } },
  { env: { JUX_CONFIG_FILE: 'absent.conf' } },
  { options: { clientCertFile: 'a.crt' } },
  { env: { JUX_TAGS: '', JUX_DIALECT: 'junit' } },
]

/** Cures that are words for a person, who knows the right value. */
const WORDS =
  /^(?:npx jux (?:keygen|config list)|put |set \w+ to |write \w+ instead of \w+ in reporter options|remove \w+ \(.*\), then put )/

const titleOf = ({ env, options, files }: Scene) =>
  JSON.stringify({ ...env, ...Object(options), ...(files && { file: files['.jux.conf'] }) })

describe('every cure that the configuration prints', () => {
  it.each(CASES.map((given) => [titleOf(given), given] as const))('leads to another outcome: %s', (_, given) => {
    const before = mistakes(scene(given))

    expect(before.length).toBeGreaterThan(0)
    for (const [index, { suggestions }] of before.entries()) {
      expect(suggestions.length).toBeGreaterThan(0)
      for (const [at, suggestion] of suggestions.entries()) {
        if (WORDS.test(suggestion)) continue
        // A scene of its own for each cure: cures change files.
        const input = scene(given)
        const found = mistakes(input)
        const cured = mistakes(apply(found[index]?.suggestions[at] ?? '', input)).map(({ message }) => message)

        const others = found.filter((_, other) => other !== index).map(({ message }) => message)
        expect(
          cured.filter((message) => !others.includes(message)),
          suggestion,
        ).toEqual([])
      }
    }
  })
})

describe('the cure for a mistake in the configuration', () => {
  const curesFor = (given: Scene) => mistakes(scene(given)).map(({ suggestions }) => suggestions)

  it('changes or removes the setting where it is written', () => {
    expect(curesFor({ env: { JUX_SUBMIT: 'true' }, options: { storageMode: 'local' } })).toEqual([
      [
        'write storageMode: "both" in reporter options',
        'export JUX_SUBMIT=false',
        'remove storageMode (reporter options)',
        'unset JUX_SUBMIT',
      ],
    ])
  })

  it('offers no removal that leads to another mistake', () => {
    const given = { options: { submit: false, storageMode: 'api' }, files: { '.jux.conf': '[jux]\nsubmit = no\n' } }

    expect(curesFor(given)).toEqual([
      [
        'write submit: true in reporter options',
        'write storageMode: "local" in reporter options',
        'remove storageMode (reporter options)',
      ],
    ])
  })

  it('names the nearest accepted value', () => {
    expect(
      curesFor({ env: { JUX_STORAGE_MODE: 'bth', JUX_API_TIMEOUT: '301', JUX_API_URL: 'localhost:4000' } }),
    ).toEqual([
      ['export JUX_STORAGE_MODE=both', 'unset JUX_STORAGE_MODE'],
      ['export JUX_API_URL=http://localhost:4000', 'unset JUX_API_URL'],
      ['export JUX_API_TIMEOUT=300', 'unset JUX_API_TIMEOUT'],
    ])
  })

  it('does not remove a key: a report must not be unsigned by accident', () => {
    const cures = [{ key: '<key>' }, { key: 'no PEM' }, { keyPath: '${HOME}/key.pem' }].flatMap((options) =>
      curesFor({ options }).flat(),
    )

    expect(cures).toEqual([
      'put the text of a private key in key (reporter options)',
      'put the PEM text of a private key in key (reporter options): it begins with -----BEGIN PRIVATE KEY-----',
      'put the path of a private key in keyPath (reporter options)',
    ])
  })

  it('spells a flag as the command does', () => {
    const input = { ...scene({ flags: { apiTimeout: '301' } }), flagNames: { apiTimeout: '--timeout' } }

    expect(mistakes(input)).toMatchObject([
      { message: expect.stringMatching(/^--timeout must be/), suggestions: ['--timeout 300', 'leave out --timeout'] },
    ])
  })
})

describe('a placeholder that nobody replaced', () => {
  const messages = (given: Scene) => mistakes(scene(given)).map(({ message }) => message)

  it.each([
    '<from environment variable>',
    '${JUX_API_KEY}',
    '$JUX_API_KEY',
    '{{ api_key }}',
    '${{ secrets.JUX_API_KEY }}',
    '$(JUX_API_KEY)',
    '%JUX_API_KEY%',
  ])('is refused as an API key: %s', (apiKey) => {
    expect(messages({ options: { apiKey } })).toEqual(['apiKey (reporter options) is a placeholder, not a value'])
  })

  it.each([
    { apiUrl: 'https://<your server>/api' },
    { apiUrl: 'https://$JUX_HOST/api' },
    { keyPath: '<path>' },
    { keyPath: '$HOME/key.pem' },
    { keyPath: '%USERPROFILE%\\key.pem' },
    { caFile: '{{ ca }}' },
    { keyPassphrase: '$PASSPHRASE' },
    { key: '<PEM>' },
  ])('is refused in a URL, a path or another secret: %j', (options) => {
    expect(messages({ options })).toEqual([
      expect.stringMatching(/ \(reporter options\) is a placeholder, not a value$/),
    ])
  })

  it.each([
    { apiKey: 'a$b<c>%d%{e}' },
    { apiUrl: 'https://jux.example.com/a%20b%2Fc?x=$1' },
    { keyPath: '/data/$recycle/100%/key.pem' },
    { keyPassphrase: 'pay $HOME and <5>' },
    { project: '<shop>' },
  ])('is not confused with other texts: %j', (options) => {
    expect(messages({ options })).toEqual([])
  })

  it('is named with file and line, and its value is not repeated', () => {
    const input = scene(conf('enabled = true\napi_key = <from environment variable>'))
    const [mistake] = mistakes(input)

    expect(mistake?.message).toBe(`api_key (${input.cwd}/.jux.conf:3) is a placeholder, not a value`)
    expect(mistake?.suggestions).toEqual([
      `remove api_key (${input.cwd}/.jux.conf:3), then put the value in the variable JUX_API_KEY`,
    ])
  })
})

describe('the key of an INI file', () => {
  it('may begin with jux_, for names and aliases, and in the section [pytest] it must', () => {
    const input = scene({
      files: {
        '.jux.conf':
          '[pytest]\njux_submit = true\njux_submit_timeout = 30\naddopts = -q\n[jux]\njux_submit_retries = 5\njux_api_url = http://localhost:4001\n',
      },
    })

    expect(examineConfig(input)).toMatchObject({
      problems: [],
      submissionProblems: [],
      settings: { submit: true, storageMode: 'both', apiMaxRetries: 5, apiUrl: 'http://localhost:4001' },
      sources: { apiTimeout: { name: 'jux_submit_timeout', place: `${input.cwd}/.jux.conf:3` } },
    })
  })

  it('is corrected with the prefix that the person wrote', () => {
    const messages = mistakes(scene(conf('jux_submitt = true\nsubmitt = true'))).map(({ message }) => message)

    expect(messages.map((message) => message.split('; ')[1])).toEqual([
      'did you mean jux_submit?',
      'did you mean submit?',
    ])
  })
})
