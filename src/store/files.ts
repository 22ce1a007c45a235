/**
 * Durable files: each is complete or absent, and is on the disk when the call returns.
 *
 * A file is written under a temporary name in the same folder, fsynced and renamed; then the folder is fsynced.
 * Synchronous, so that an exit listener can store a report too.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createFile, deleteFile, makeFolders, renameFile, syncDescriptor } from '../disk.js'
import {
  addFlags,
  allowingFlag,
  type ErrorCode,
  errnoOf,
  isRefused,
  JuxError,
  messageOf,
  refusalOf,
  shellWord,
} from '../errors.js'
import { SYSTEM_REASONS, type SystemReason } from '../reasons.js'
import { ownOwner } from './owner.js'

/** What failed on a path. */
export type StoreAction = 'write' | 'read' | 'delete' | 'list' | 'move'

interface ErrorTemplate {
  readonly code: ErrorCode
  readonly suggestions: (path: string) => readonly string[]
}

/** Only the owner may read what tests printed. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** A temporary file of this package; its first group is the owner. */
export const TEMPORARY_NAME = /^\.tmp_(\d+-\d+-[0-9a-f]{12})_[0-9a-f]{12}\.tmp$/

const OTHER_FOLDER = 'set JUX_STORAGE_PATH to a folder that can be written'

const ERRORS: Readonly<Partial<Record<SystemReason, ErrorTemplate>>> = {
  eacces: template('STORAGE_PERMISSION_DENIED', (path) => [`ls -ld ${shellWord(path)}`, OTHER_FOLDER]),
  eperm: template('STORAGE_PERMISSION_DENIED', (path) => [`ls -ld ${shellWord(path)}`, OTHER_FOLDER]),
  erofs: template('STORAGE_PERMISSION_DENIED', () => [OTHER_FOLDER, 'mount the file system with write access']),
  enospc: template('STORAGE_FULL', (path) => [
    `df -h ${shellWord(path)}`,
    'npx jux cache clean --days 30',
    OTHER_FOLDER,
  ]),
  edquot: template('STORAGE_FULL', () => ['npx jux cache clean --days 30', OTHER_FOLDER]),
  enotdir: template('STORAGE_WRITE_ERROR', (path) => [`ls -ld ${shellWord(path)}`, OTHER_FOLDER]),
  eexist: template('STORAGE_WRITE_ERROR', (path) => [`ls -ld ${shellWord(path)}`, OTHER_FOLDER]),
  enoent: template('STORAGE_NOT_FOUND', (path) => [`ls -ld ${shellWord(path)}`, OTHER_FOLDER]),
  eio: template('STORAGE_WRITE_ERROR', () => ['check the kernel log (dmesg): the disk may be failing', OTHER_FOLDER]),
  emfile: template('STORAGE_WRITE_ERROR', () => ['raise the limit of open files (ulimit -n)']),
  exdev: template('STORAGE_WRITE_ERROR', () => ['keep reports/, queue/ and jux-reporter/ on one file system']),
}

const READ_CODES: Readonly<Partial<Record<ErrorCode, ErrorCode>>> = { STORAGE_WRITE_ERROR: 'OPERATION_FAILED' }

/** A new name for a temporary file: hidden and not `*.xml`, so that no Jux tool lists it. */
export function temporaryName(): string {
  return `.tmp_${ownOwner()}_${randomBytes(6).toString('hex')}.tmp`
}

/**
 * Writes a file durably, and replaces a file of the same name.
 *
 * @param path its folder is created when it is missing
 * @param chunks the content, in order
 * @throws {JuxError} `STORAGE_*`; no temporary file remains
 */
export function writeFileDurably(path: string, chunks: Iterable<Uint8Array>): void {
  const folder = dirname(path)
  makeFolder(folder)
  const temporary = join(folder, temporaryName())
  try {
    writeNew(temporary, chunks)
    renameFile(temporary, path)
    syncFolder(folder)
  } catch (error) {
    removeQuietly(temporary)
    throw storeError('write', path, error)
  }
}

/**
 * Creates a folder and its parents, readable by their owner only.
 *
 * @throws {JuxError} `STORAGE_*`
 */
export function makeFolder(folder: string): void {
  try {
    for (const made of makeFolders(folder, FOLDER_MODE)) syncFolder(dirname(made))
  } catch (error) {
    const part = error instanceof Error && 'path' in error ? error.path : undefined
    throw storeError('write', typeof part === 'string' ? part : folder, error)
  }
}

/**
 * Makes the names in a folder durable (fsync). Windows cannot do this, some network file systems refuse it, and the
 * permissions of Node or Deno may not allow to open the folder: no error.
 */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  let descriptor: number
  try {
    descriptor = openSync(folder, 'r')
  } catch (error) {
    if (isRefused(error)) return
    throw error
  }
  try {
    syncDescriptor(descriptor)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errnoOf(error) ?? '')) throw storeError('write', folder, error)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Creates the error for a failed action on the store.
 *
 * @returns one of the `STORAGE_*` codes, whose `reason` is the errno in lower case if it is in `SYSTEM_REASONS`
 */
export function storeError(action: StoreAction, path: string, cause: unknown): JuxError {
  if (cause instanceof JuxError) return cause
  if (isRefused(cause)) return refused(action, path, cause)
  const reason = reasonOf(errnoOf(cause))
  const known = reason && ERRORS[reason]
  const code = known?.code ?? 'STORAGE_WRITE_ERROR'
  return new JuxError(action === 'read' || action === 'list' ? (READ_CODES[code] ?? code) : code, {
    message: `cannot ${action} ${path}: ${reason === undefined ? messageOf(cause) : SYSTEM_REASONS[reason]}`,
    suggestions: known?.suggestions(path) ?? [OTHER_FOLDER],
    reason,
    cause,
  })
}

// The store needs more than the file that was refused first.
function refused(action: StoreAction, path: string, cause: unknown): JuxError {
  const folder = path.replace(/[\\/](?:reports|queue|jux-reporter)(?:[\\/].*)?$/, '')
  const flag = allowingFlag(cause) ?? ''
  const isForFiles = /^--allow-(?:fs-)?(?:read|write)\b/.test(flag)
  // Deno allows a whole folder by its name.
  const [kinds, files] = flag.startsWith('--allow-fs-') ? ['fs-', join(folder, '*')] : ['', folder]
  const flags = ['read', 'write'].map((kind) => shellWord(`--allow-${kinds}${kind}=${files}`))
  return new JuxError('STORAGE_PERMISSION_DENIED', {
    message: `cannot ${action} ${path}: ${refusalOf(cause)}`,
    suggestions: [...(isForFiles ? [addFlags(cause, flags.join(' '))] : []), OTHER_FOLDER],
    cause,
  })
}

function writeNew(path: string, chunks: Iterable<Uint8Array>): void {
  const descriptor = createFile(path, FILE_MODE)
  try {
    for (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length; ) offset += writeSync(descriptor, chunk, offset)
    }
    syncDescriptor(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeQuietly(path: string): void {
  try {
    deleteFile(path)
  } catch {
    // The next `recover` tries again.
  }
}

function reasonOf(errno: string | undefined): SystemReason | undefined {
  const name = errno?.toLowerCase() ?? ''
  return isSystemReason(name) ? name : undefined
}

function isSystemReason(name: string): name is SystemReason {
  return Object.hasOwn(SYSTEM_REASONS, name)
}

function template(code: ErrorCode, suggestions: (path: string) => readonly string[]): ErrorTemplate {
  return { code, suggestions }
}
