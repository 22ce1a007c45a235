import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realSystem } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/support/folders.js'
import { main } from '../../src/cli.js'
import { SECRET_KEY_FILE, SecretBox } from '../../src/notify/secrets.js'
import { signature, webhookSchema } from '../../src/notify/vendors/webhook.js'
import { receiver } from './receivers.js'

function commandLine(env: Record<string, string> = {}, dataDir = temporaryFolder()) {
  const run = async (...argv: string[]) => {
    let out = ''
    let err = ''
    const code = await main(['--data', dataDir, ...argv], {
      system: { ...realSystem(), env },
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      untilStopped: async () => 'SIGTERM',
    })
    return { code, out, err }
  }
  const add = (...argv: string[]) => run('notify', 'add', '--project', 'shop', ...argv)
  const idOf = ({ err }: { err: string }) => /subscription ([0-9a-f]{16})/.exec(err)?.[1] ?? ''
  return { dataDir, run, add, idOf }
}

describe('jux-server notify', () => {
  it('adds a webhook, prints its secret once, lists it without, tests it and removes it', async () => {
    const hook = await receiver()
    const { run, add, idOf, dataDir } = commandLine()

    const added = await add(
      '--kind',
      'webhook',
      '--url',
      `${hook.url}/T0SECRET?token=T0SECRET`,
      '--name',
      'a\u001b[31m',
    )
    const id = idOf(added)
    const secret = added.out.trim()
    const listed = await run('notify', 'list')
    const tested = await run('notify', 'test', id)
    const removed = await run('notify', 'remove', id)

    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    expect(listed.out).toContain(`${id}  webhook  shop     (base branch)  ${hook.url}`)
    expect(listed.out).not.toMatch(/\u001b/)
    expect(added.err + listed.out + tested.out).not.toMatch(/0SECRET/)
    expect([tested.code, tested.out, removed.code]).toEqual([0, `sent to ${hook.url}\n`, 0])
    expect((await run('notify', 'list')).out).not.toContain(id)
    expect(statSync(join(dataDir, SECRET_KEY_FILE)).mode & 0o777).toBe(0o600)
    const [{ target, body, headers } = { target: '', body: '', headers: undefined }] = hook.requests
    const time = Number(/t=(\d+)/.exec(String(headers?.['jux-signature']))?.[1])
    expect(target).toBe('/T0SECRET?token=T0SECRET')
    expect(headers).toMatchObject({
      'jux-event': 'test',
      'jux-signature': `t=${time},v1=${signature(body, time, secret)}`,
    })
    expect(webhookSchema.parse(JSON.parse(body))).toMatchObject({ event: 'test', project: 'shop' })
    expect(readFileSync(join(dataDir, 'jux.db')).includes(secret)).toBe(false)
  })

  it('reads credentials from the environment when they are used, and stores only the names of the variables', async () => {
    const hook = await receiver()
    const env = { HOOK: `${hook.url}/T0SECRET`, HOOK_SECRET: 'S0SECRET' }
    const first = commandLine(env)

    const added = await first.add('--kind', 'webhook', '--url-env', 'HOOK', '--secret-env', 'HOOK_SECRET')
    const tested = await first.run('notify', 'test', first.idOf(added))
    const without = await commandLine({}, first.dataDir).run('notify', 'test', first.idOf(added))

    expect([added.out, tested.code]).toEqual(['', 0])
    expect(hook.requests.map(({ target }) => target)).toEqual(['/T0SECRET'])
    expect(without.code).toBe(1)
    expect(without.err).toContain('the variable HOOK is not set')
    expect(readFileSync(join(first.dataDir, 'jux.db')).includes('0SECRET')).toBe(false)
  })

  it.each([
    ['slack', ['--url-env', 'HOOK'], 'HOOK', '$HOOK'],
    ['webhook', ['--url', 'https://a.example/', '--secret-env', 'SECRET'], 'SECRET', 'https://a.example'],
    ['github', ['--repository', 'acme/shop', '--token-env', 'TOKEN'], 'TOKEN', 'https://api.github.com'],
  ])('adds a subscription of the kind %s whose variable is not set, and warns', async (kind, argv, name, origin) => {
    const { run, add, idOf } = commandLine()

    const added = await add('--kind', kind, ...argv)
    const tested = await run('notify', 'test', idOf(added))

    expect([added.code, added.out]).toEqual([0, ''])
    expect(added.err).toBe(
      `subscription ${idOf(added)}: ${kind} at ${origin} for project shop\n` +
        `warning: the variable ${name} is not set here; the server needs it when it sends\n`,
    )
    expect([tested.code, tested.err.includes(`the variable ${name} is not set`)]).toEqual([1, true])
  })

  it('sends to the address of a variable that was set after the subscription was added', async () => {
    const hook = await receiver()
    const { add, idOf, dataDir } = commandLine()
    const added = await add('--kind', 'slack', '--url-env', 'HOOK')

    const sent = await commandLine({ HOOK: `${hook.url}/T` }, dataDir).run('notify', 'test', idOf(added))

    expect([sent.code, sent.out]).toEqual([0, 'sent to $HOOK\n'])
    expect(hook.requests.map(({ target }) => target)).toEqual(['/T'])
  })

  it('sends the token of a file that was read once, and writes nothing in a test', async () => {
    const forge = await receiver()
    const { run, add, idOf, dataDir } = commandLine()
    writeFileSync(join(dataDir, 'token'), 'ghp_0SECRET\n')

    const added = await add(
      ...['--kind', 'github', '--url', forge.url, '--repository', 'acme/shop', '--token-file', join(dataDir, 'token')],
    )
    writeFileSync(join(dataDir, 'token'), '')
    const tested = await run('notify', 'test', idOf(added))

    expect([added.code, tested.code]).toEqual([0, 0])
    expect(forge.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /repos/acme/shop'])
    expect(forge.requests[0]?.headers.authorization).toBe('Bearer ghp_0SECRET')
    expect((await run('notify', 'list')).out + added.out + added.err).not.toContain('0SECRET')
  })

  it('says why a test message was not accepted, without the address', async () => {
    const hook = await receiver(() => ({ status: 404, body: 'no_service for /T0SECRET/B0SECRET' }))
    const { run, add, idOf } = commandLine()

    const added = await add('--kind', 'slack', '--url', `${hook.url}/T0SECRET/B0SECRET`)
    const { code, err } = await run('notify', 'test', idOf(added))

    expect([code, added.out]).toEqual([1, ''])
    expect(err).toContain('responded with 404: no_service')
    expect(err).not.toContain('0SECRET')
  })

  it.each([
    ['an address that is none', ['--kind', 'webhook', '--url', 'ftp://a/T0SECRET'], 'not an http or https address'],
    ['an address with a login', ['--kind', 'webhook', '--url', 'https://u:0SECRET@a/'], 'contains a login'],
    [
      'two addresses',
      ['--kind', 'webhook', '--url', 'https://a/', '--url-env', 'A'],
      '--url and --url-env exclude each other',
    ],
    ['no address', ['--kind', 'slack'], 'a subscription of the kind slack needs an address'],
    [
      'no address for Slack without an address of Slack',
      ['--kind', 'slack'],
      '--url https://hooks.slack.com/services/',
    ],
    ['an empty address', ['--kind', 'slack', '--url', ''], 'not an http or https address'],
    [
      'a credential sent unencrypted',
      ['--kind', 'slack', '--url', 'http://hooks.example.com/x'],
      'needs an https address',
    ],
    ['no token', ['--kind', 'github', '--repository', 'a/b'], 'needs a token'],
    [
      'a token as the name of a variable',
      ['--kind', 'github', '--repository', 'a/b', '--token-env', 'ghp-0SECRET'],
      'name of a variable',
    ],
    ['no repository', ['--kind', 'gitlab', '--token-env', 'T'], 'needs --repository'],
    ['a repository with a path', ['--kind', 'github', '--token-env', 'T', '--repository', 'a/../b'], 'owner/name'],
    [
      'an app that is none',
      ['--kind', 'github', '--repository', 'a/b', '--token-env', 'T', '--app', '3'],
      'APP_ID/INSTALLATION_ID',
    ],
    [
      'an app for GitLab',
      ['--kind', 'gitlab', '--repository', 'a/b', '--token-env', 'T', '--app', '3/4'],
      'APP_ID/INSTALLATION_ID',
    ],
    ['a secret for Slack', ['--kind', 'slack', '--url', 'https://a/', '--secret-env', 'T'], 'no secret besides'],
    [
      'two secrets',
      ['--kind', 'webhook', '--url', 'https://a/', '--secret-env', 'A', '--token-env', 'B'],
      'exclude each other',
    ],
  ])('refuses %s', async (_, argv, message) => {
    const { add, run } = commandLine()

    const { code, err } = await add(...argv)

    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toContain('0SECRET')
    expect((await run('notify', 'list')).out.trim().split('\n')).toHaveLength(1)
  })

  it('refuses a key file that others can read, and secrets of another key', async () => {
    const { run, add, idOf, dataDir } = commandLine()
    const added = await add('--kind', 'webhook', '--url', 'https://hooks.example.com/')
    const path = join(dataDir, SECRET_KEY_FILE)

    chmodSync(path, 0o640)
    const shared = await run('notify', 'test', idOf(added))
    chmodSync(path, 0o600)
    writeFileSync(path, 'ab'.repeat(32))
    const other = await run('notify', 'test', idOf(added))

    expect(shared.err).toContain('chmod 600')
    expect(other.err).toContain('cannot be decrypted with the key of this server')
  })
})

describe('SecretBox', () => {
  const box = new SecretBox(Buffer.alloc(32, 1))

  it('decrypts what it encrypted, each time with another nonce', () => {
    const texts = [box.encrypt('secret', 'a'), box.encrypt('secret', 'a')]

    expect(new Set(texts).size).toBe(2)
    expect(texts.map((text) => box.decrypt(text, 'a'))).toEqual(['secret', 'secret'])
  })

  it('refuses a text of another subscription, of another key, or that was changed or cut', () => {
    const text = box.encrypt('secret', 'a')
    const changed = Buffer.from(text, 'base64')
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1

    expect(() => box.decrypt(text, 'b')).toThrow('cannot be decrypted')
    expect(() => new SecretBox(Buffer.alloc(32, 2)).decrypt(text, 'a')).toThrow('cannot be decrypted')
    expect(() => box.decrypt(changed.toString('base64'), 'a')).toThrow('cannot be decrypted')
    expect(() => box.decrypt(text.slice(0, 20), 'a')).toThrow('cannot be decrypted')
  })
})
