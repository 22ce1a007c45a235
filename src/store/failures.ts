/**
 * What the file system refuses, in words and with a cure.
 *
 * @module
 */
import { type ErrorCode, errnoOf, JuxError, messageOf } from '../errors.js'

/** What was being done to a path when it failed. */
export type StoreAction = 'write' | 'read' | 'delete' | 'list' | 'move'

interface Refusal {
  readonly code: ErrorCode
  readonly why: string
  readonly suggestions: (path: string) => readonly string[]
}

const ELSEWHERE = 'set JUX_STORAGE_PATH to a folder that can be written'
const A_FILE = 'a part of the path is a file, not a folder'

const REFUSALS: Readonly<Record<string, Refusal>> = {
  EACCES: refusal('STORAGE_PERMISSION_DENIED', 'permission denied', (path) => [`ls -ld ${quote(path)}`, ELSEWHERE]),
  EPERM: refusal('STORAGE_PERMISSION_DENIED', 'operation not permitted', (path) => [
    `ls -ld ${quote(path)}`,
    ELSEWHERE,
  ]),
  EROFS: refusal('STORAGE_PERMISSION_DENIED', 'the file system is read-only', () => [
    ELSEWHERE,
    'mount the file system with write access',
  ]),
  ENOSPC: refusal('STORAGE_FULL', 'no space is left', (path) => [
    `df -h ${quote(path)}`,
    'jux cache clean --days 30',
    ELSEWHERE,
  ]),
  EDQUOT: refusal('STORAGE_FULL', 'the disk quota is used up', () => ['jux cache clean --days 30', ELSEWHERE]),
  ENOTDIR: refusal('STORAGE_WRITE_ERROR', A_FILE, (path) => [`ls -ld ${quote(path)}`, ELSEWHERE]),
  // What mkdir says when the folder's own name is a file's.
  EEXIST: refusal('STORAGE_WRITE_ERROR', A_FILE, (path) => [`ls -ld ${quote(path)}`, ELSEWHERE]),
  ENOENT: refusal('STORAGE_NOT_FOUND', 'it does not exist', (path) => [`ls -ld ${quote(path)}`, ELSEWHERE]),
  EIO: refusal('STORAGE_WRITE_ERROR', 'the disk reports an input/output error', () => [
    'look at the kernel log (dmesg): the disk may be failing',
    ELSEWHERE,
  ]),
  EMFILE: refusal('STORAGE_WRITE_ERROR', 'too many files are open', () => ['raise the limit (ulimit -n)']),
  EXDEV: refusal('STORAGE_WRITE_ERROR', 'the folders of the store are on different file systems', () => [
    'keep reports/, queue/ and jux-reporter/ on one file system',
  ]),
}

const READ_CODES: Readonly<Record<string, ErrorCode>> = { STORAGE_WRITE_ERROR: 'OPERATION_FAILED' }

/**
 * The error for a refused action on the store.
 *
 * @returns one of the `STORAGE_*` codes, whose `reason` is the errno in lower case
 */
export function storeError(action: StoreAction, path: string, cause: unknown): JuxError {
  if (cause instanceof JuxError) return cause
  const errno = errnoOf(cause)
  const known = errno === undefined ? undefined : REFUSALS[errno]
  const code = known?.code ?? 'STORAGE_WRITE_ERROR'
  return new JuxError(action === 'read' || action === 'list' ? (READ_CODES[code] ?? code) : code, {
    message: `cannot ${action} ${path}: ${known?.why ?? messageOf(cause)}`,
    suggestions: known?.suggestions(path) ?? [ELSEWHERE],
    ...(errno === undefined ? {} : { reason: errno.toLowerCase() }),
    cause,
  })
}

function refusal(code: ErrorCode, why: string, suggestions: (path: string) => readonly string[]): Refusal {
  return { code, why, suggestions }
}

// For a suggestion that is pasted into a shell.
function quote(path: string): string {
  return /^[\w./~:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
