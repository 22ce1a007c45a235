import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { realSystem } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/support/folders.js'
import { main } from '../src/cli.js'
import { VARIABLES } from '../src/settings.js'
import { newKey } from './support/signing.js'

async function run(dataDir: string, ...argv: string[]) {
  let out = ''
  let err = ''
  const code = await main(['--data', dataDir, ...argv], {
    system: { ...realSystem(), env: {} },
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

describe('jux-server keys', () => {
  it('creates a key that is printed once, lists it without its secret, and revokes it', async () => {
    const folder = temporaryFolder()
    const create = ['keys', 'create', '--name', 'ci\u001b[31m', '--scope', 'submit', '--expires', '90d']

    const created = await run(folder, ...create)
    const [, id = '', secret = ''] = /^jux_([0-9a-f]{16})_(\S{43})\n$/.exec(created.out) ?? []
    const listed = await run(folder, 'keys', 'list')
    const revoked = await run(folder, 'keys', 'revoke', id)

    expect(created.code).toBe(0)
    expect(listed.out).toMatch(new RegExp(`${id}  valid  submit  \\(all projects\\)  20\\S+Z  ci\\\\u001b`))
    expect(listed.out).not.toContain(secret)
    expect(revoked.code).toBe(0)
    expect((await run(folder, 'keys', 'list')).out).toContain('revoked')
    expect((await run(folder, 'keys', 'revoke', 'ffff')).err).toContain('KEY_NOT_FOUND')
  })

  it('lists keys of every scope, for one project and without an expiry', async () => {
    const folder = temporaryFolder()
    const created = await run(folder, 'keys', 'create', '--name', 'a', '--scope', 'read', '--project', 'shop')
    await run(folder, 'keys', 'create', '--name', 'b')

    const { out } = await run(folder, 'keys', 'list')

    expect(created.err).toContain('for project shop; copy it now, it is not shown again')
    expect(out).toMatch(/valid {2}read +shop +\(never\) +a/)
    expect(out).toMatch(/valid {2}(?:all|submit) +\(all projects\) +\(never\) +b/)
  })

  it.each(['0d', 'soon'])('refuses to create a key with --expires %s', async (duration) => {
    const { code, err } = await run(temporaryFolder(), 'keys', 'create', '--name', 'a', '--expires', duration)

    expect([code === 0, err]).toEqual([false, expect.stringContaining(duration)])
  })

  it('lets the server listen for other machines as soon as there is a key', async () => {
    const folder = temporaryFolder()
    const listen = ['--host', '0.0.0.0', '--port', '0']

    const before = await run(folder, ...listen)
    await run(folder, 'keys', 'create', '--name', 'ci')
    const after = await run(folder, ...listen)

    expect([before.code, after.code]).toEqual([1, 0])
    expect(before.err).toContain('jux-server keys create --name NAME')
    expect(after.out).toContain('http://0.0.0.0:')
  })
})

describe('jux-server trust', () => {
  it('adds, lists and removes public keys, and refuses private keys and other files', async () => {
    const folder = temporaryFolder()
    const key = newKey()
    writeFileSync(join(folder, 'key.pub'), key.publicPem)
    writeFileSync(join(folder, 'key.pem'), key.privatePem)
    writeFileSync(join(folder, 'text'), 'nothing')

    const added = await run(folder, 'trust', 'add', join(folder, 'key.pub'), '--project', 'shop', '--name', 'ci')
    const id = /^trusted (\w+): public-key [0-9a-f]{64}\n$/.exec(added.out)?.[1] ?? ''

    expect((await run(folder, 'trust', 'list')).out).toContain(`${id}  public-key  shop`)
    expect((await run(folder, 'trust', 'add', join(folder, 'key.pem'))).err).toContain('private key')
    expect((await run(folder, 'trust', 'add', join(folder, 'text'))).err).toContain('KEY_INVALID_FORMAT')
    expect((await run(folder, 'trust', 'add', join(folder, 'none'))).err).toContain('FILE_NOT_FOUND')
    expect((await run(folder, 'trust', 'remove', id)).code).toBe(0)
    expect((await run(folder, 'trust', 'list')).out).not.toContain(id)
  })
})

describe('jux-server', () => {
  it('--help names the flags, the commands and the variable of every setting', async () => {
    const { code, out } = await run(temporaryFolder(), '--help')

    expect(code).toBe(0)
    for (const word of ['--host', '--port', '--data', 'keys', 'trust', ...Object.values(VARIABLES)]) {
      expect(out).toContain(word)
    }
  })

  it.each([
    [['--port', '70000'], 1, '--port'],
    [['--keep', 'long'], 1, '--keep'],
    [['--max-size', 'huge'], 1, '--max-size'],
    [['--trusted-proxy', 'proxy.example'], 1, 'proxy.example'],
    [['--signatures', 'maybe'], 64, '--signatures'],
    [['--nonsense'], 64, '--nonsense'],
    [['nonsense'], 64, "unknown command 'nonsense'"],
    [['--port', 'abc'], 1, '--port: must be a port, such as 4000'],
  ])('%j exits with %i and names the wrong value', async (argv, code, named) => {
    const response = await run(temporaryFolder(), ...argv)

    expect(response.code).toBe(code)
    expect(response.err).toContain(named)
  })

  it.each([
    ['keys', 'keys create --name ci'],
    ['trust', 'trust add key.pub.pem'],
    ['quarantine', 'quarantine add --project NAME'],
    ['notify', 'notify add --project NAME'],
    ['badges', 'badges allow PROJECT'],
  ])('%s list prints the next command on standard error while there is nothing to list', async (name, next) => {
    const { code, out, err } = await run(temporaryFolder(), name, 'list')

    expect([code, out.trim().split('\n').length]).toEqual([0, 1])
    expect(err).toMatch(/^nothing to list; next: npx jux-server [^\n]+\n$/)
    expect(err).toContain(next)
  })

  it('badges allow accepts a project that has no runs yet, and says so', async () => {
    const folder = temporaryFolder()

    const allowed = await run(folder, 'badges', 'allow', 'nope')
    const listed = await run(folder, 'badges', 'list')

    expect(allowed).toEqual({
      code: 0,
      out: 'everybody may see the badge of nope\n',
      err: 'the project nope has no runs yet\n',
    })
    expect([listed.out.includes('nope'), listed.err]).toEqual([true, ''])
  })

  it('escapes what a terminal acts on in arguments that it prints', async () => {
    const folder = temporaryFolder()
    const hostile = 'a\u001b[31m\u202e\u061c'
    const texts = [
      await run(folder, `--${hostile}`),
      await run(folder, hostile),
      await run(folder, '--signatures', hostile),
      await run(folder, '--trusted-proxy', hostile),
      await run(folder, 'keys', 'create', '--name', 'ci', '--project', `${hostile}\nkey x`),
      await run(folder, 'keys', 'create', '--name', 'ci', '--expires', hostile),
      await run(folder, 'keys', 'revoke', hostile),
      await run(folder, 'trust', 'add', hostile),
      await run(folder, 'trust', 'remove', hostile),
      await run(folder, 'keys', 'list'),
    ]

    for (const { out, err } of texts) expect(out + err).not.toMatch(/[\u001b\u202e\u061c]/)
    expect(texts[4]?.err).toContain('project a\\u001b[31m\\u202e\\u061c\\u000akey x; copy it now')
  })

  it('names a wrong DATABASE_URL without printing its value', async () => {
    let err = ''
    const code = await main([], {
      system: { ...realSystem(), env: { DATABASE_URL: 'mysql://me:secret@host/x' } },
      out: () => {},
      err: (text) => {
        err += text
      },
      untilStopped: async () => 'SIGTERM',
    })

    expect(code).toBe(1)
    expect(err).toContain('DATABASE_URL')
    expect(err).not.toContain('secret')
  })
})
