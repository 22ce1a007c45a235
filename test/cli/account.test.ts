import { describe, expect, it } from 'vitest'
import { callAs, environmentOf, findAccount } from '../../src/cli/run/account.js'
import { fixedSystem } from '../support/system.js'

const ENTRIES: Readonly<Record<string, string>> = {
  'id -u tester': '1001',
  'id -g tester': '1002',
  'getent passwd tester': 'tester:x:1001:1002:Tester:/home/tester:/bin/sh',
  'id -u toor': '0',
  'id -g toor': '0',
  'getent passwd toor': 'toor:x:0:0::/root:/bin/sh',
  'id -u odd': 'id: odd',
  'id -g odd': '1',
}

/** A system on which root asks for accounts. */
const root = (parts: Parameters<typeof fixedSystem>[0] = {}, entries = ENTRIES) =>
  fixedSystem({
    uid: 0,
    exec: async (command, args) => {
      const found = entries[[command, ...args].join(' ')]
      if (found === undefined) throw new Error(`${command}: no such entry\nusage: …`)
      return found
    },
    ...parts,
  })

const TESTER = { name: 'tester', uid: 1001, gid: 1002, home: '/home/tester' }

describe('findAccount', () => {
  it('knows the numbers and the home folder of an account', async () => {
    expect(await findAccount('tester', root())).toEqual(TESTER)
  })

  it.each([
    ['darwin', '/Users/tester'],
    ['linux', '/'],
  ])('without getent on %s takes %s for the home folder', async (platform, home) => {
    const { 'getent passwd tester': _, ...entries } = ENTRIES

    expect(
      await findAccount('tester', root({ platform: platform === 'darwin' ? 'darwin' : 'linux' }, entries)),
    ).toEqual({ ...TESTER, home })
  })

  it.each([
    ['toor', {}, 'the account toor is root, from which nothing can be kept'],
    ['nobody', {}, 'there is no account nobody (id: no such entry)'],
    ['-u', {}, 'there is no account -u'],
    ['odd', {}, 'there is no account odd'],
    ['tester', { uid: 1000 }, '--user needs root, because only root can start a command under another account'],
    ['tester', { platform: 'win32' as const }, '--user tester does not work on Windows'],
  ])('refuses %s %j', async (name, parts, message) => {
    await expect(findAccount(name, root(parts))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message })
  })
})

describe('environmentOf', () => {
  it('has the home folder and the name of the account, and no folders of the caller', () => {
    const env = {
      PATH: '/bin',
      HOME: '/root',
      USER: 'root',
      XDG_CONFIG_HOME: '/root/.config',
      TMPDIR: '/root/tmp',
      A: 'b',
    }

    expect(environmentOf(TESTER, env)).toEqual({
      PATH: '/bin',
      HOME: '/home/tester',
      USER: 'tester',
      LOGNAME: 'tester',
      A: 'b',
    })
  })
})

describe('callAs', () => {
  it('starts the launcher with the numbers of the account, and passes the arguments as they are', () => {
    const call = callAs(TESTER, { file: '/bin/echo', args: ['a b', '$HOME'] })

    expect([call.file, ...call.args]).toEqual([
      process.execPath,
      expect.stringMatching(/[\\/]launch\.js$/),
      'tester',
      '1001',
      '1002',
      '/bin/echo',
      'a b',
      '$HOME',
    ])
  })
})
