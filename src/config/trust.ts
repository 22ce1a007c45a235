/**
 * What the files of a repository may decide.
 *
 * Whoever writes a repository writes its `.jux.conf` and its package.json. Commands that run no code of the project
 * must not let them steer where the user's credentials go. Reporter options are code that runs anyway.
 *
 * @module
 */
import { dirname, isAbsolute, relative } from 'node:path'
import { JuxError, shellWord } from '../errors.js'
import { flagName, isOfRepository, nameOf, removalOf, type SettingSource } from '../setting-source.js'
import { CREDENTIALS } from './credentials.js'
import type { SourcedSettings } from './rules.js'
import type { SettingName } from './table.js'

/** What decides where credentials go, and who can read them on the way. */
const STEERING = ['apiUrl', 'caFile', 'allowInsecureHttp'] as const satisfies readonly SettingName[]

/** Values that make a report weaker, with what follows from them. */
const WEAKENING: readonly (readonly [SettingName, isWeak: (value: unknown) => boolean, effect: string])[] = [
  ['sign', (value) => value === false, 'reports are not signed'],
  ['scrub', (value) => value === false, 'secrets stay in reports'],
  ['scrubAllow', (value) => Array.isArray(value) && value.length > 0, 'some secrets may stay in reports'],
  ['hideSecrets', (value) => value === false, 'tests can read the secrets of the environment'],
  ['allowInsecureHttp', (value) => value === true, 'credentials may be sent over plain http'],
  ['allowReadableKey', (value) => value === true, 'a key that other users can read is accepted'],
]

/** A line for each value by which a file of the repository makes reports or credentials less safe. */
export function weakenings({ settings, sources }: SourcedSettings): readonly string[] {
  return WEAKENING.flatMap(([name, isWeak, effect]) => {
    if (!isOfRepository(sources[name]) || !isWeak(settings[name])) return []
    return [`${nameOf(name, sources)} is ${String(settings[name])}: ${effect}`]
  })
}

/**
 * Refuses to combine a credential of the user with a server that a file of the repository names. For commands that run
 * no code of the project.
 *
 * @param command the command line so far, which the suggestion completes
 * @throws {JuxError} `CONFIG_INVALID_VALUE`
 */
export function checkCombination({ settings, sources }: SourcedSettings, command: string): void {
  const held = CREDENTIALS.filter(
    (name) =>
      settings[name] !== undefined && (!isOfRepository(sources[name]) || isOutside(settings[name], sources[name])),
  )
  const [credential] = held
  if (credential === undefined) return
  const isBound = held.every((name) => sources[name].boundTo !== undefined)
  const steering = STEERING.find(
    (name) => isSteering(settings[name]) && isOfRepository(sources[name]) && !(isBound && name === 'apiUrl'),
  )
  if (steering === undefined) return
  const what = nameOf(credential, sources)
  const setting = sources[steering]
  const server = settings.apiUrl
  throw new JuxError('CONFIG_INVALID_VALUE', {
    message:
      steering === 'apiUrl'
        ? `${what} is not sent to ${server}, because only a file of the repository names this server (${setting.place})`
        : `${what} is not sent to ${server}, because a file of the repository sets ${setting.name} (${setting.place})`,
    suggestions:
      steering === 'apiUrl'
        ? [`${command} --api-url ${shellWord(server)}  # if this is the server you mean`]
        : [`${command} ${flagOf(steering, settings[steering])}  # if you trust it`, removalOf(setting)],
    reason: 'foreign-server',
  })
}

/**
 * Refuses to send a queued report of the user over a connection that a file of the repository weakens, whether or not a
 * credential goes along.
 *
 * @param command the command line so far, which the suggestion completes
 * @throws {JuxError} `CONFIG_INVALID_VALUE`
 */
export function checkConnection({ settings, sources }: SourcedSettings, command: string): void {
  const name = (['caFile', 'allowInsecureHttp'] as const).find(
    (setting) => isSteering(settings[setting]) && isOfRepository(sources[setting]),
  )
  if (name === undefined) return
  throw new JuxError('CONFIG_INVALID_VALUE', {
    message: `the queued report is not sent to ${settings.apiUrl}, because a file of the repository sets ${nameOf(name, sources)}`,
    suggestions: [`${command} ${flagOf(name, settings[name])}  # if you trust it`, removalOf(sources[name])],
    reason: 'foreign-server',
  })
}

// A file of the repository can name a private file of the user, but does not bring it along.
function isOutside(path: unknown, { name, place }: SettingSource): boolean {
  if (typeof path !== 'string' || !/file$/i.test(name)) return false
  const below = relative(dirname(place), path)
  return below.startsWith('..') || isAbsolute(below)
}

function isSteering(value: unknown): boolean {
  return value !== undefined && value !== false
}

function flagOf(setting: SettingName, value: unknown): string {
  return value === true ? flagName(setting) : `${flagName(setting)} ${shellWord(String(value))}`
}
