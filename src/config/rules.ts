/**
 * The rules between settings: values that follow from other settings, and contradictions.
 *
 * @module
 */
import { type ErrorCode, JuxError } from '../errors.js'
import type { Reason } from '../reasons.js'
import { changeOf, nameOf, type SettingSource } from '../setting-source.js'
import type { SettingName, Settings } from './table.js'

/** Settings with the place each one comes from. */
export interface SourcedSettings {
  readonly settings: Settings
  readonly sources: Readonly<Record<SettingName, SettingSource>>
}

/** What a mistake costs: the whole report, or only its submission. */
export type Cost = 'report' | 'submission'

/** A mistake that can be corrected in several ways. */
export interface Mistake {
  readonly cost: Cost
  readonly code: ErrorCode
  readonly reason: Reason
  readonly message: string
  /** Cures that always work. */
  readonly cures: readonly string[]
  /** Places where a value may be removed; the loader offers those whose removal leads to no other mistake. */
  readonly removals: readonly SettingSource[]
}

/** Settings after the rules. */
export interface AppliedRules extends SourcedSettings {
  readonly mistakes: readonly Mistake[]
  readonly notices: readonly string[]
}

/** Settings that only concern the submission: a mistake in them must not cost the stored report. */
const SUBMISSION_SETTINGS: ReadonlySet<SettingName> = new Set<SettingName>([
  'storageMode',
  'submit',
  'apiUrl',
  'apiKey',
  'bearerToken',
  'apiKeyOrigin',
  'protocol',
  'apiTimeout',
  'apiMaxRetries',
  'deadline',
  'caFile',
  'clientCertFile',
  'clientKeyFile',
  'gzip',
  'allowInsecureHttp',
])

/**
 * Settings that decide whether and how a report is signed, and which secrets are removed: a report that ignores one of
 * two values would be unsigned, or contain a secret, by accident.
 */
const PROTECTIVE_SETTINGS: ReadonlySet<SettingName> = new Set<SettingName>([
  'sign',
  'keyPath',
  'key',
  'keyPassphrase',
  'certPath',
  'digest',
  'canonicalization',
  'allowReadableKey',
  'scrub',
  'scrubNames',
  'scrubValues',
  'scrubPatterns',
  'scrubAllow',
])

/** What a wrong value of a setting costs. */
export function costOf(setting: SettingName): Cost {
  return SUBMISSION_SETTINGS.has(setting) ? 'submission' : 'report'
}

/** What it costs if two places that are equally strong set a setting to different values. */
export function costOfContradiction(setting: SettingName): Cost {
  return PROTECTIVE_SETTINGS.has(setting) ? 'report' : 'submission'
}

/**
 * Applies the rules.
 *
 * @param wrong settings with a value that is not acceptable: what they lack is no other mistake
 */
export function applyRules(given: SourcedSettings, wrong: ReadonlySet<SettingName>): AppliedRules {
  const mistakes: Mistake[] = []
  const notices: string[] = []
  const settings: { -readonly [K in keyof Settings]: Settings[K] } = { ...given.settings }
  const sources: Record<SettingName, SettingSource> = { ...given.sources }
  const isSet = (name: SettingName) => sources[name].kind !== 'default'
  const name = (setting: SettingName) => nameOf(setting, sources)
  const hasKey =
    settings.keyPath !== undefined || settings.key !== undefined || wrong.has('keyPath') || wrong.has('key')

  if (settings.sign === true && !hasKey) {
    mistakes.push({
      ...MISSING,
      cost: 'report',
      message: `${name('sign')} asks for signed reports, but no private key is configured`,
      cures: ['npx jux keygen --output key.pem && export JUX_KEY_PATH=key.pem', changeOf('sign', 'false', sources)],
      removals: [sources.sign],
    })
  }
  // Without signatures the certificate is not used.
  if (settings.certPath !== undefined && !hasKey && settings.sign !== false) {
    mistakes.push({
      ...MISSING,
      cost: 'report',
      message: `${name('certPath')} is set, but no private key is configured`,
      cures: [changeOf('sign', 'false', sources)],
      removals: [sources.certPath],
    })
  }
  for (const [one, other, what] of [
    ['clientCertFile', 'clientKeyFile', 'private key'],
    ['clientKeyFile', 'clientCertFile', 'certificate'],
  ] as const) {
    if (settings[one] === undefined || settings[other] !== undefined || wrong.has(other)) continue
    mistakes.push({
      ...MISSING,
      cost: 'submission',
      message: `${name(one)} is set, but ${other} is not`,
      cures: [`set ${other} to the ${what} that belongs to ${settings[one]}`],
      removals: [sources[one]],
    })
  }
  if (settings.submit === true && !isSet('storageMode')) {
    settings.storageMode = 'both'
    sources.storageMode = { ...sources.submit, isDerived: true }
  } else if (settings.submit === true && settings.storageMode === 'local') {
    mistakes.push({
      ...CONTRADICTION,
      message: `${name('submit')} asks to send reports, but ${name('storageMode')} is local, which sends nothing`,
      cures: [changeOf('storageMode', 'both', sources), changeOf('submit', 'false', sources)],
      removals: [sources.storageMode, sources.submit],
    })
  } else if (settings.submit === false && settings.storageMode === 'api') {
    mistakes.push({
      ...CONTRADICTION,
      message: `${name('submit')} asks to send nothing, but ${name('storageMode')} is api, which stores nothing`,
      cures: [changeOf('submit', 'true', sources), changeOf('storageMode', 'local', sources)],
      removals: [sources.submit, sources.storageMode],
    })
  } else if (settings.submit === false && settings.storageMode !== 'local') {
    notices.push(
      `${name('submit')} asks to send nothing: ${name('storageMode')}, which is ${settings.storageMode}, only stores reports`,
    )
    settings.storageMode = 'local'
    sources.storageMode = { ...sources.submit, isDerived: true }
  }
  if (!isSet('protocol') && /\/reports\/?$/.test(new URL(settings.apiUrl).pathname)) {
    settings.protocol = 'reports'
    sources.protocol = { ...sources.apiUrl, isDerived: true }
  }
  if (!isSet('deadline') && settings.apiTimeout > settings.deadline) {
    settings.deadline = settings.apiTimeout
    sources.deadline = { ...sources.apiTimeout, isDerived: true }
  }
  return { settings, sources, mistakes, notices }
}

/** Creates the error of a mistake. */
export function mistakeError({ code, reason, message }: Mistake, suggestions: readonly string[]): JuxError {
  return new JuxError(code, { message, reason, suggestions })
}

const MISSING = { code: 'CONFIG_MISSING_REQUIRED', reason: 'missing' } as const
const CONTRADICTION = { code: 'CONFIG_INVALID_VALUE', reason: 'contradiction', cost: 'submission' } as const
