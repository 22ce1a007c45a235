/**
 * What the file system refuses, in words and with a cure.
 *
 * @module
 */
import { type ErrorCode, errnoOf, JuxError, messageOf, shellWord } from '../errors.js'
import { SYSTEM_REASONS, type SystemReason } from '../reasons.js'

/** What was being done to a path when it failed. */
export type StoreAction = 'write' | 'read' | 'delete' | 'list' | 'move'

interface Refusal {
  readonly code: ErrorCode
  readonly suggestions: (path: string) => readonly string[]
}

const ELSEWHERE = 'set JUX_STORAGE_PATH to a folder that can be written'

const REFUSALS: Readonly<Partial<Record<SystemReason, Refusal>>> = {
  eacces: refusal('STORAGE_PERMISSION_DENIED', (path) => [`ls -ld ${shellWord(path)}`, ELSEWHERE]),
  eperm: refusal('STORAGE_PERMISSION_DENIED', (path) => [`ls -ld ${shellWord(path)}`, ELSEWHERE]),
  erofs: refusal('STORAGE_PERMISSION_DENIED', () => [ELSEWHERE, 'mount the file system with write access']),
  enospc: refusal('STORAGE_FULL', (path) => [`df -h ${shellWord(path)}`, 'jux cache clean --days 30', ELSEWHERE]),
  edquot: refusal('STORAGE_FULL', () => ['jux cache clean --days 30', ELSEWHERE]),
  enotdir: refusal('STORAGE_WRITE_ERROR', (path) => [`ls -ld ${shellWord(path)}`, ELSEWHERE]),
  eexist: refusal('STORAGE_WRITE_ERROR', (path) => [`ls -ld ${shellWord(path)}`, ELSEWHERE]),
  enoent: refusal('STORAGE_NOT_FOUND', (path) => [`ls -ld ${shellWord(path)}`, ELSEWHERE]),
  eio: refusal('STORAGE_WRITE_ERROR', () => ['look at the kernel log (dmesg): the disk may be failing', ELSEWHERE]),
  emfile: refusal('STORAGE_WRITE_ERROR', () => ['raise the limit (ulimit -n)']),
  exdev: refusal('STORAGE_WRITE_ERROR', () => ['keep reports/, queue/ and jux-reporter/ on one file system']),
}

const READ_CODES: Readonly<Record<string, ErrorCode>> = { STORAGE_WRITE_ERROR: 'OPERATION_FAILED' }

/**
 * The error for a refused action on the store.
 *
 * @returns one of the `STORAGE_*` codes, whose `reason` is the errno in lower case if it is a known one
 */
export function storeError(action: StoreAction, path: string, cause: unknown): JuxError {
  if (cause instanceof JuxError) return cause
  const reason = reasonOf(errnoOf(cause))
  const known = reason && REFUSALS[reason]
  const code = known?.code ?? 'STORAGE_WRITE_ERROR'
  return new JuxError(action === 'read' || action === 'list' ? (READ_CODES[code] ?? code) : code, {
    message: `cannot ${action} ${path}: ${reason === undefined ? messageOf(cause) : SYSTEM_REASONS[reason]}`,
    suggestions: known?.suggestions(path) ?? [ELSEWHERE],
    ...(reason === undefined ? {} : { reason }),
    cause,
  })
}

function reasonOf(errno: string | undefined): SystemReason | undefined {
  const name = errno?.toLowerCase() ?? ''
  return isKnown(name) ? name : undefined
}

function isKnown(name: string): name is SystemReason {
  return Object.hasOwn(SYSTEM_REASONS, name)
}

function refusal(code: ErrorCode, suggestions: (path: string) => readonly string[]): Refusal {
  return { code, suggestions }
}
