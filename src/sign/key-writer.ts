/**
 * Writing a new key and what belongs to it, all or nothing, and never over something that is there.
 *
 * @module
 */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs'
import { lstat, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type ErrorCode, errnoOf, JuxError, messageOf } from '../errors.js'
import { makeFolders } from '../system.js'

/** A file to be made. */
export interface NewFile {
  readonly path: string
  readonly text: string
  /** Permissions on POSIX: 0o600 for a private key. */
  readonly mode: number
}

/**
 * Makes the files, and the folders above them (0700) where they are missing.
 *
 * @throws {JuxError} `FILE_ALREADY_EXISTS` when any of them is there (nothing has been written then),
 *   `FILE_PERMISSION_DENIED`, `FILE_NOT_FOUND`, `OPERATION_FAILED`; what had been written is removed again
 */
export async function writeNewFiles(files: readonly NewFile[]): Promise<void> {
  for (const { path } of files) await requireAbsent(path)
  const written: string[] = []
  try {
    for (const file of files) {
      makeFolders(dirname(file.path), 0o700)
      writeNew(file, written)
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true })
    throw error instanceof JuxError ? error : writeError(error)
  }
}

async function requireAbsent(path: string): Promise<void> {
  try {
    // lstat: a dangling link is in the way as well.
    await lstat(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw writeError(error)
  }
  throw alreadyExists(path)
}

// The mode is set when the file is made, so that nobody can open it in between. Synchronous, because the file handles of Yarn's
// Plug'n'Play have no `sync`.
function writeNew({ path, text, mode }: NewFile, written: string[]): void {
  let descriptor: number
  try {
    descriptor = openSync(path, 'wx', mode)
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? alreadyExists(path) : error
  }
  written.push(path)
  try {
    writeFileSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function alreadyExists(path: string): JuxError {
  return new JuxError('FILE_ALREADY_EXISTS', {
    message: `${path} is there already, and a key is never overwritten`,
    suggestions: ['choose another --output', 'move the old key away; reports that it signed need its public key'],
  })
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FILE_PERMISSION_DENIED',
  EPERM: 'FILE_PERMISSION_DENIED',
  EROFS: 'FILE_PERMISSION_DENIED',
  ENOTDIR: 'DIRECTORY_NOT_FOUND',
}

function writeError(cause: unknown): JuxError {
  return new JuxError(CODES[errnoOf(cause) ?? ''] ?? 'OPERATION_FAILED', {
    message: `the key cannot be written: ${messageOf(cause)}`,
    suggestions: ['choose another --output'],
    cause,
  })
}
