/**
 * The files that settings name: whether they are there.
 *
 * A setting may be written long before it matters, in a file that nobody remembers; so the message says where.
 *
 * @module
 */
import { accessSync, constants } from 'node:fs'
import { type ErrorCode, errnoOf, JuxError } from '../errors.js'
import type { SettingName, Settings } from './schema.js'

const CODES: Readonly<Partial<Record<SettingName, ErrorCode>>> = {
  keyPath: 'KEY_NOT_FOUND',
  certPath: 'CERT_NOT_FOUND',
  caFile: 'FILE_NOT_FOUND',
  clientCertFile: 'FILE_NOT_FOUND',
  clientKeyFile: 'FILE_NOT_FOUND',
}

/** Settings with the place each comes from. */
interface Sourced {
  readonly settings: Settings
  readonly sources: Readonly<Record<SettingName, string>>
}

/** An error for every file that is named and cannot be read; files that are not going to be used are not looked at. */
export function missingFiles({ settings, sources }: Sourced): readonly JuxError[] {
  const signs = settings.sign !== false
  const sends = settings.storageMode !== 'local'
  return [
    ...problem('keyPath', signs ? settings.keyPath : undefined, sources),
    ...problem('certPath', signs ? settings.certPath : undefined, sources),
    ...problem('caFile', sends ? settings.caFile : undefined, sources),
    ...problem('clientCertFile', sends ? settings.clientCertFile : undefined, sources),
    ...problem('clientKeyFile', sends ? settings.clientKeyFile : undefined, sources),
  ]
}

/**
 * Insists on them.
 *
 * @throws {JuxError} the first of `missingFiles`
 */
export function requireFiles(config: Sourced): void {
  const [first] = missingFiles(config)
  if (first !== undefined) throw first
}

function problem(name: SettingName, path: string | undefined, sources: Sourced['sources']): JuxError[] {
  if (path === undefined) return []
  try {
    accessSync(path, constants.R_OK)
    return []
  } catch (cause) {
    const missing = errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR'
    const refused: ErrorCode = name === 'keyPath' ? 'KEY_PERMISSION_DENIED' : 'FILE_PERMISSION_DENIED'
    return [
      new JuxError(missing ? (CODES[name] ?? 'FILE_NOT_FOUND') : refused, {
        message: `${name} (${sources[name]}) names ${path}, which ${missing ? 'does not exist' : `cannot be read (${errnoOf(cause) ?? 'unknown'})`}`,
        reason: missing ? 'missing-file' : 'unreadable-file',
        suggestions:
          name === 'keyPath' && missing ? [`jux keygen --output ${path}`, `correct ${name}`] : [`correct ${name}`],
        cause,
      }),
    ]
  }
}
