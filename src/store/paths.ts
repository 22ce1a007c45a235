/**
 * The location and the layout of the store, which all Jux tools on a machine share.
 *
 * `<root>/reports/<hash>.xml` and `<root>/queue/<hash>.xml` are shared; only this package uses `<root>/jux-reporter/`,
 * which may be missing.
 *
 * @module
 */
import { join, posix, win32 } from 'node:path'
import type { PartialSettings } from '../config/table.js'
import { JuxError } from '../errors.js'
import { expandHome } from '../paths.js'
import type { System } from '../system.js'

/** Where the store is. */
export interface StoreSettings extends PartialSettings<'storagePath'> {}

/** The folders of one store. */
export interface StoreFolders {
  readonly root: string
  readonly reports: string
  readonly queue: string
  /** Reports that a process is submitting. */
  readonly claims: string
  /** Reports of this package whose bytes do not match their name. */
  readonly quarantine: string
  /** The servers that queued reports are meant for. */
  readonly destinations: string
}

/**
 * The root of the store: the folder in the settings, else the platform's data folder
 * (`$XDG_DATA_HOME/jux` or `~/.local/share/jux`, `~/Library/Application Support/jux`, `%LOCALAPPDATA%\jux`).
 *
 * @throws {JuxError} `STORAGE_NOT_FOUND` if no setting names a folder and the user has no home folder
 */
export function storeRoot(settings: StoreSettings, system: System): string {
  const path = system.platform === 'win32' ? win32 : posix
  if (settings.storagePath) return path.resolve(system.cwd, expandHome(settings.storagePath, system.homeDir))
  if (system.dataDir === undefined) throw noFolder()
  // env-paths has separate folders for data and cache on Windows; the Jux tools have one folder there.
  return system.platform === 'win32' ? path.dirname(system.dataDir) : system.dataDir
}

/** The root of the store; `undefined` if there is no folder for it, which is an error only for those who store. */
export function findStoreRoot(settings: StoreSettings, system: System): string | undefined {
  return settings.storagePath || system.dataDir !== undefined ? storeRoot(settings, system) : undefined
}

function noFolder(): JuxError {
  const message = 'there is no folder for reports: this user has no home folder, and no setting names another folder'
  const suggestions = ['export JUX_STORAGE_PATH=.jux  # any folder that can be written']
  return new JuxError('STORAGE_NOT_FOUND', { message, suggestions })
}

/** The folders of a store. */
export function storeFolders(root: string): StoreFolders {
  return {
    root,
    reports: join(root, 'reports'),
    queue: join(root, 'queue'),
    claims: join(root, 'jux-reporter', 'claims'),
    quarantine: join(root, 'jux-reporter', 'quarantine'),
    destinations: join(root, 'jux-reporter', 'destinations'),
  }
}

/**
 * Normalizes a content hash to the name of its files: 64 lower-case hexadecimal digits.
 *
 * @param text the hash, with or without `sha256:`
 * @throws {JuxError} `INVALID_ARGUMENT` for anything else, so that no path outside the store can be made
 */
export function parseHash(text: string): string {
  const hash = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
  if (/^[0-9a-f]{64}$/.test(hash)) return hash
  throw new JuxError('INVALID_ARGUMENT', {
    message: `"${text.slice(0, 80)}" is not a content hash`,
    suggestions: ['give 64 hexadecimal digits, with or without "sha256:"', 'npx jux cache list'],
    reason: 'hash',
  })
}
