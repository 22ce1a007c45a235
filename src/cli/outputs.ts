/**
 * Writing a file that the user named.
 *
 * @module
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type ErrorCode, errnoOf, JuxError, messageOf } from '../errors.js'
import { temporaryName } from '../store/files.js'

/**
 * Writes a file whole or not at all, so that a file can be its own input. A device or a pipe is written to directly.
 *
 * @param path absolute
 * @throws {JuxError} `FILE_PERMISSION_DENIED`, `DIRECTORY_NOT_FOUND`, `OPERATION_FAILED`
 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there !== undefined && !there.isFile()) {
      writeFileSync(path, bytes)
      return
    }
    replaceFile(path, bytes, there?.mode)
  } catch (cause) {
    const errno = errnoOf(cause) ?? ''
    throw new JuxError(CODES[errno] ?? 'OPERATION_FAILED', {
      message: `cannot write ${basename(path)} in ${dirname(path)}: ${WORDS[errno] ?? messageOf(cause)}`,
      suggestions: ['choose another --output'],
      cause,
    })
  }
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FILE_PERMISSION_DENIED',
  EPERM: 'FILE_PERMISSION_DENIED',
  EROFS: 'FILE_PERMISSION_DENIED',
  ENOENT: 'DIRECTORY_NOT_FOUND',
  ENOTDIR: 'DIRECTORY_NOT_FOUND',
}

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'there is no such folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space is left',
}

function replaceFile(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const temporary = join(dirname(path), temporaryName())
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', ...(mode === undefined ? {} : { mode: mode & 0o777 }) })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
