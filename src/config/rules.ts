/**
 * What settings mean together: the choices that follow from others, and the combinations that contradict each other.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { invalid } from './candidates.js'
import type { SettingName, Settings } from './schema.js'

/** Settings with the place each comes from. */
export interface Sourced {
  readonly settings: Settings
  readonly sources: Readonly<Record<SettingName, string>>
}

/** After the rules: the settings, what is wrong with them, and what should be said about them. */
export interface Ruled extends Sourced {
  readonly problems: readonly JuxError[]
  readonly notices: readonly string[]
}

/** Applies every rule. */
export function applyRules(given: Sourced): Ruled {
  const problems: JuxError[] = []
  const notices: string[] = []
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = { ...given.settings }
  const sources: Record<SettingName, string> = { ...given.sources }
  const isSet = (name: SettingName) => sources[name] !== 'default'
  const place = (name: SettingName) => `${name} (${sources[name]})`

  if (settings.sign === true && settings.keyPath === undefined && settings.key === undefined) {
    problems.push(missing(`${place('sign')} is true, but no private key is configured`, SIGN_HINTS))
  }
  if (settings.certPath !== undefined && settings.keyPath === undefined && settings.key === undefined) {
    problems.push(missing(`${place('certPath')} is set, but no private key is configured`, SIGN_HINTS))
  }
  if ((settings.clientCertFile === undefined) !== (settings.clientKeyFile === undefined)) {
    const [has, lacks] = settings.clientCertFile === undefined ? CLIENT_PAIR : [...CLIENT_PAIR].reverse()
    problems.push(missing(`${place(has ?? 'clientKeyFile')} is set, but ${lacks} is not`, [`set ${lacks} too`]))
  }
  if (settings.submit === true && !isSet('storageMode')) {
    settings.storageMode = 'both'
    sources.storageMode = sources.submit
  } else if (settings.submit === true && settings.storageMode === 'local') {
    const message = `${place('submit')} is true, but ${place('storageMode')} is local, which sends nothing`
    problems.push(invalid(message, 'contradiction', ['remove one of them', 'set storageMode to both']))
  } else if (settings.submit === false && settings.storageMode === 'api') {
    const message = `${place('submit')} is false, but ${place('storageMode')} is api, which keeps nothing`
    problems.push(invalid(message, 'contradiction', ['remove one of them', 'set storageMode to local']))
  } else if (settings.submit === false && settings.storageMode !== 'local') {
    notices.push(
      `${place('submit')} is false: storage mode ${settings.storageMode} (${sources.storageMode}) only stores`,
    )
    settings.storageMode = 'local'
    sources.storageMode = sources.submit
  }
  const sends = settings.storageMode === 'api' || settings.storageMode === 'both'
  if (sends && settings.apiUrl === undefined && !settings.dryRun) {
    const message = `${place('storageMode')} is ${settings.storageMode}, but no server is configured`
    problems.push(missing(message, ['set JUX_API_URL, or the option apiUrl', 'set storageMode to local']))
  }
  if (!isSet('protocol') && settings.apiUrl !== undefined && /\/reports\/?$/.test(new URL(settings.apiUrl).pathname)) {
    settings.protocol = 'reports'
    sources.protocol = sources.apiUrl
  }
  if (!isSet('deadline') && settings.apiTimeout > settings.deadline) {
    settings.deadline = settings.apiTimeout
    sources.deadline = sources.apiTimeout
  }
  return { settings, sources, problems, notices }
}

const CLIENT_PAIR: readonly SettingName[] = ['clientKeyFile', 'clientCertFile']

const SIGN_HINTS = ['set JUX_KEY_PATH to a PEM file', 'jux keygen --output key.pem  (makes one)', 'remove the setting']

function missing(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', { message, reason: 'missing', suggestions })
}
