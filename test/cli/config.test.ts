import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.js'
import { SETTING_NAMES } from '../../src/config/table.js'
import { TEMPLATE_NAMES, templateText } from '../../src/config/views.js'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { fixedSystem } from '../support/system.js'

function world(conf = '', env: Record<string, string> = {}) {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, '.git'))
  if (conf !== '') writeFileSync(join(cwd, '.jux.conf'), conf)
  return { cwd, homeDir: temporaryFolder(), env }
}

describe('jux config list', () => {
  it('shows settings with value, source and names', async () => {
    const system = world('[jux]\nproject = shop\n', { JUX_API_URL: 'https://jux.example' })

    const { out, code } = await runJux(['config', 'list'], { system })

    expect(code).toBe(0)
    expect(out).toMatch(/^project +shop {2}\(.*\.jux\.conf:2\)$/m)
    expect(out).toMatch(/^apiUrl +https:\/\/jux\.example {2}\(JUX_API_URL\)$/m)
    expect(out).toContain('JUX_STORAGE_MODE')
  })

  it('--json describes a setting completely', async () => {
    const { out } = await runJux(['config', 'list', '--json'], { system: world() })

    const { options } = JSON.parse(out)
    expect(Object.keys(options)).toEqual(SETTING_NAMES)
    expect(options.storageMode).toEqual({
      value: 'local',
      source: 'default',
      default: 'local',
      about:
        'what happens to a report: local stores it, api sends it, both stores and sends it, cache puts it in the queue, sends it and then stores it',
      form: 'local, api, both or cache',
      variable: 'JUX_STORAGE_MODE',
      key: 'storage_mode',
      flag: '--storage-mode',
      aliases: [],
    })
  })

  it('--json gives no flag to a secret, and no key and no flag to what has no text form', async () => {
    const { out } = await runJux(['config', 'list', '--json'], { system: world() })

    const { apiKey, limits } = JSON.parse(out).options
    expect([apiKey, limits].map(({ key, flag }) => [key, flag])).toEqual([
      ['api_key', undefined],
      [undefined, undefined],
    ])
  })
})

describe('jux config', () => {
  it.each([
    ['list'],
    ['list', '--json'],
    ['dump'],
    ['dump', '--json'],
    ['view', '.jux.conf'],
    ['validate'],
    ['validate', '--json'],
  ])('shows no secret in %s %s', async (...args) => {
    const system = world(
      '[jux]\napi_key = file-secret-1\nbearer-token = file-secret-2\nscrub_values = file-secret-3\n',
      {
        JUX_KEY_PASSPHRASE: 'variable-secret-4',
        JUX_KEY: 'variable-secret-5',
      },
    )

    const { out, err } = await runJux(
      ['config', ...args.filter((arg) => arg !== undefined)].map((arg) =>
        arg === '.jux.conf' ? join(system.cwd, arg) : arg,
      ),
      { system },
    )

    expect(out + err).not.toMatch(/file-secret|variable-secret/)
  })

  it('dump prints a file that loads to the same settings', async () => {
    const system = world('[jux]\nproject = "a # b"\ntags = x, y\napi_timeout = 2m\nstorage_path = store\n')
    const before = loadConfig({ cwd: system.cwd, system: fixedSystem(system) }).settings

    const { out } = await runJux(['config', 'dump'], { system })
    writeFileSync(join(system.cwd, '.jux.conf'), out)

    expect(loadConfig({ cwd: system.cwd, system: fixedSystem(system) }).settings).toEqual(before)
  })

  it.each(TEMPLATE_NAMES)('init writes the template %s, which loads without a mistake', async (template) => {
    const system = world()

    const { code } = await runJux(['config', 'init', '--template', template], { system })

    expect(code).toBe(0)
    expect(readFileSync(join(system.homeDir, '.jux', 'config'), 'utf8')).toBe(templateText(template))
    expect(loadConfig({ cwd: system.cwd, system: fixedSystem(system) }).notices).toEqual([])
  })

  it('init does not replace a file without --force', async () => {
    const system = world('[jux]\nproject = mine\n')
    const path = join(system.cwd, '.jux.conf')

    const refused = await runJux(['config', 'init', '--path', path], { system })
    const kept = readFileSync(path, 'utf8')
    const forced = await runJux(['config', 'init', '--path', path, '--force'], { system })

    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('FILE_ALREADY_EXISTS') })
    expect(kept).toContain('mine')
    expect(forced.code).toBe(0)
  })

  it('init --force leaves a file that only its owner can read', async () => {
    const system = world('[jux]\nproject = mine\n')
    const path = join(system.cwd, '.jux.conf')
    chmodSync(path, 0o644)

    await runJux(['config', 'init', '--path', path, '--force'], { system })

    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('validate exits with 0 for a correct configuration, and with 1 and every mistake for a wrong one', async () => {
    const right = await runJux(['config', 'validate', '--json'], { system: world('[jux]\nproject = x\n') })
    const wrong = await runJux(['config', 'validate', '--json'], {
      system: world('[jux]\nsign = perhaps\nprojct = x\n'),
    })

    expect(right.code).toBe(0)
    expect(JSON.parse(right.out)).toEqual({ valid: true, warnings: [], errors: [] })
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.out)).toMatchObject({
      valid: false,
      errors: [{ reason: 'unknown-key' }, { reason: 'bad-value' }],
    })
  })

  it('validate warns about a missing file that a setting names, and --strict exits with 1', async () => {
    const system = world('[jux]\nkey_path = nowhere.pem\n')

    expect((await runJux(['config', 'validate'], { system })).code).toBe(0)
    expect((await runJux(['config', 'validate', '--strict'], { system })).code).toBe(1)
  })

  it('validate finds a placeholder, a key that does not parse and a TLS file without a certificate, each with its line', async () => {
    const system = world('[jux]\nstorage_mode = both\nkey_path = bad.pem\nca_file = ca.pem\n')
    writeFileSync(join(system.cwd, 'bad.pem'), 'no key', { mode: 0o600 })
    writeFileSync(join(system.cwd, 'ca.pem'), 'no certificate')
    const file = join(system.cwd, '.jux.conf')

    const files = await runJux(['config', 'validate', '--json'], { system })
    writeFileSync(file, '[jux]\napi_key = <from environment variable>\n')
    const sample = await runJux(['config', 'validate', '--json'], { system })

    expect(files.code).toBe(1)
    expect(JSON.parse(files.out)).toMatchObject({
      valid: false,
      errors: [
        { reason: 'not-pem', error: expect.stringContaining(`key_path (${file}:3) cannot be used: `) },
        { reason: 'tls-file' },
      ],
    })
    expect(sample.code).toBe(1)
    expect(JSON.parse(sample.out)).toMatchObject({
      errors: [{ reason: 'bad-value', error: `api_key (${file}:2) is a placeholder, not a value` }],
    })
  })

  it('view lists the files with settings, and --all the other places too', async () => {
    const system = world('[jux]\nproject = x\n')

    const { out } = await runJux(['config', 'view'], { system })
    const all = await runJux(['config', 'view', '--all'], { system })

    expect(out).toBe(`${join(system.cwd, '.jux.conf')}  (project)\n`)
    expect(all.out).toContain(join(system.homeDir, '.jux', 'config'))
  })

  it('exits with 64 without a subcommand', async () => {
    expect((await runJux(['config'], { system: world() })).code).toBe(64)
  })
})
