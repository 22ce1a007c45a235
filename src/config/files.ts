/**
 * The files that settings name: whether they can be read.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs'
import { type ErrorCode, errnoOf, JuxError, shellWord } from '../errors.js'
import { changeOf, nameOf, removalOf } from '../setting-source.js'
import { type Cost, costOf, type SourcedSettings } from './rules.js'
import type { SettingName } from './table.js'

/** A file that is named and cannot be read. */
export interface MissingFile {
  readonly setting: SettingName
  readonly cost: Cost
  readonly problem: JuxError
}

/** Settings that name files, with the code for a file that is missing. */
const FILE_SETTINGS = [
  ['keyPath', 'KEY_NOT_FOUND'],
  ['certPath', 'CERT_NOT_FOUND'],
  ['caFile', 'FILE_NOT_FOUND'],
  ['clientCertFile', 'FILE_NOT_FOUND'],
  ['clientKeyFile', 'FILE_NOT_FOUND'],
] as const satisfies readonly (readonly [SettingName, ErrorCode])[]

/**
 * Finds the files that settings name and that cannot be read. Files that this run does not use are not checked.
 *
 * The setting may be in a forgotten file, so the message says where it is set.
 */
export function missingFiles(config: SourcedSettings): readonly MissingFile[] {
  const { settings } = config
  const signs = settings.sign !== false
  const sends = settings.storageMode !== 'local'
  return FILE_SETTINGS.flatMap(([setting, missingCode]) => {
    const path = settings[setting]
    const isUsed = costOf(setting) === 'report' ? signs : sends
    const problem = path === undefined || !isUsed ? undefined : fileProblem(setting, path, config, missingCode)
    return problem === undefined ? [] : [{ setting, cost: costOf(setting), problem }]
  })
}

/**
 * Names the place of the key or certificate that cannot be used: the signer knows a path or a text, but not where a
 * person wrote it.
 */
export function placeKeyError(error: JuxError, { settings, sources }: SourcedSettings): JuxError {
  const { code, message, reason, suggestions, cause } = error
  if (!/^(?:KEY|CERT)_/.test(code)) return error
  const setting = code.startsWith('CERT_') ? 'certPath' : settings.key === undefined ? 'keyPath' : 'key'
  const named = (text: string) =>
    text.replace(
      /^(?:set|check) (JUX_KEY_PATH|JUX_CERT_PATH|JUX_KEY_PASSPHRASE|JUX_KEY)\b/,
      (words, variable: string) => words.replace(variable, nameOf(VARIABLE_SETTINGS[variable] ?? setting, sources)),
    )
  return new JuxError(code, {
    message: `${nameOf(setting, sources)} cannot be used: ${message}`,
    reason,
    suggestions: [
      ...suggestions.map(named),
      // A wrong key must not lead to a report without a signature, unless a person says so.
      setting === 'certPath' ? removalOf(sources.certPath) : changeOf('sign', 'false', sources),
    ],
    cause,
  })
}

const VARIABLE_SETTINGS: Readonly<Record<string, SettingName>> = {
  JUX_KEY_PATH: 'keyPath',
  JUX_CERT_PATH: 'certPath',
  JUX_KEY_PASSPHRASE: 'keyPassphrase',
  JUX_KEY: 'key',
}

function fileProblem(
  setting: SettingName,
  path: string,
  { settings, sources }: SourcedSettings,
  missingCode: ErrorCode,
): JuxError | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (cause) {
    const isAbsent = errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR'
    const isKey = setting === 'keyPath'
    const why = isAbsent ? 'does not exist' : `cannot be read (${errnoOf(cause) ?? 'unknown'})`
    return new JuxError(isAbsent ? missingCode : isKey ? 'KEY_PERMISSION_DENIED' : 'FILE_PERMISSION_DENIED', {
      message: `${nameOf(setting, sources)} names ${path}, which ${why}`,
      reason: isAbsent ? 'missing-file' : 'unreadable-file',
      suggestions: [
        ...(isAbsent ? [] : [`chmod ${isKey ? '600' : 'u+r'} ${shellWord(path)}`]),
        // A certificate that exists would belong to another key.
        ...(isKey && isAbsent && settings.certPath === undefined ? [`npx jux keygen --output ${shellWord(path)}`] : []),
        isKey ? changeOf('sign', 'false', sources) : removalOf(sources[setting]),
      ],
      cause,
    })
  }
}
