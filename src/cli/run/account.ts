/**
 * Another account for the command of `jux run`: its processes can read neither the key nor the memory of this one.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'
import { JuxError, messageOf } from '../../errors.js'
import type { ProgramCall } from '../../program.js'
import type { Environment, System } from '../../system.js'
import type { Account } from './witness.js'

/** An account of this machine. */
export interface OtherAccount extends Account {
  readonly name: string
  readonly home: string
}

const LAUNCHER = fileURLToPath(new URL('./launch.js', import.meta.url))

/** Variables that name folders of the account that they were set for. */
const OWN_FOLDERS = /^(?:XDG_\w+|MAIL|TMPDIR|npm_config_cache|npm_config_userconfig|npm_config_prefix)$/i

/**
 * Finds an account.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` if there is none, if this process may not use it, or if it is root
 */
export async function findAccount(name: string, system: System): Promise<OtherAccount> {
  if (system.platform === 'win32') throw refused(`--user ${name} does not work on Windows`, [])
  if (system.uid !== 0) {
    throw refused('--user needs root, because only root can start a command under another account', [
      `sudo npx jux run --user ${name} -- npm test`,
    ])
  }
  const [uid, gid] = await Promise.all([idOf('-u', name, system), idOf('-g', name, system)])
  if (uid === 0) throw refused(`the account ${name} is root, from which nothing can be kept`, ['name another account'])
  return { name, uid, gid, home: await homeOf(name, system) }
}

/** The environment of the command: its own home folder, and nothing of the folders of this account. */
export function environmentOf({ name, home }: OtherAccount, env: Environment): Environment {
  const others = Object.entries(env).filter(([variable]) => !OWN_FOLDERS.test(variable))
  return { ...Object.fromEntries(others), HOME: home, USER: name, LOGNAME: name }
}

/** The call that starts a program under an account. */
export function callAs({ name, uid, gid }: OtherAccount, { file, args }: ProgramCall): ProgramCall {
  return { file: process.execPath, args: [LAUNCHER, name, String(uid), String(gid), file, ...args] }
}

async function idOf(flag: '-u' | '-g', name: string, system: System): Promise<number> {
  let text: string
  try {
    // A name that begins with a dash would be a flag.
    text = name.startsWith('-') ? '' : await system.exec('id', [flag, name], { timeoutMs: 10_000 })
  } catch (cause) {
    throw refused(`there is no account ${name} (${messageOf(cause).split('\n')[0]})`, ['id -un'])
  }
  if (/^\d+$/.test(text)) return Number(text)
  throw refused(`there is no account ${name}`, ['id -un'])
}

async function homeOf(name: string, system: System): Promise<string> {
  try {
    const entry = await system.exec('getent', ['passwd', name], { timeoutMs: 10_000 })
    return entry.split(':')[5] || '/'
  } catch {
    // macOS has no getent.
    return system.platform === 'darwin' ? `/Users/${name}` : '/'
  }
}

function refused(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('INVALID_ARGUMENT', { message, suggestions: [...suggestions], reason: 'account' })
}
