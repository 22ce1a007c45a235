/**
 * File operations as every platform allows them.
 *
 * - Windows refuses to rename, open or delete a file while another program has it open, as virus scanners and backups do
 *   with new files. Such an operation is repeated for a short time. Synchronous, so that an exit listener can do it too.
 * - A umask may take the owner's own rights from a new file. They are given back.
 * - Node's permission model refuses fsync. The file is then written without it, and a warning says so once.
 *
 * @module
 */
import { chmodSync, fchmodSync, fstatSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errnoOf } from './errors.js'

/** What Windows answers while another program has the file open. */
const HELD: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY'])

/** How long an operation is repeated. */
const MAX_WAIT_MS = 3_000
const FIRST_PAUSE_MS = 10
const MAX_PAUSE_MS = 100

/** Rights of the owner, without which a file or folder is useless. */
const OWNER_OF_FILE = 0o600
const OWNER_OF_FOLDER = 0o700

/** Platform and clock of `persistently`. */
export interface Patience {
  readonly platform: NodeJS.Platform
  /** Milliseconds on a clock that never jumps. */
  monotonicMs(): number
  /** Blocks the thread. */
  wait(ms: number): void
}

const monotonic = performance.now.bind(performance)

function blockThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function realPatience(): Patience {
  return { platform: process.platform, monotonicMs: monotonic, wait: blockThread }
}

/**
 * Calls a file operation, and on Windows again for up to 3 seconds while another program has the file open.
 *
 * @throws the last error of the operation
 */
export function persistently<T>(operation: () => T, patience: Patience = realPatience()): T {
  const pauses = pausesOf(patience)
  for (;;) {
    try {
      return operation()
    } catch (error) {
      patience.wait(nextPauseMs(pauses, error))
    }
  }
}

/** `persistently` for an operation that returns a promise. */
export async function persistentlyAsync<T>(
  operation: () => Promise<T>,
  patience: Patience = realPatience(),
): Promise<T> {
  const pauses = pausesOf(patience)
  for (;;) {
    try {
      return await operation()
    } catch (error) {
      await delay(nextPauseMs(pauses, error))
    }
  }
}

function* pausesOf({ platform, monotonicMs }: Patience): Generator<number, undefined> {
  if (platform !== 'win32') return
  const endMs = monotonicMs() + MAX_WAIT_MS
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const leftMs = endMs - monotonicMs()
    if (leftMs <= 0) return
    yield Math.min(pauseMs, leftMs)
  }
}

function nextPauseMs(pauses: Iterator<number, undefined>, error: unknown): number {
  const pauseMs = HELD.has(errnoOf(error)) ? pauses.next().value : undefined
  if (pauseMs === undefined) throw error
  return pauseMs
}

/** Renames a file, and replaces another one. */
export function renameFile(from: string, to: string): void {
  persistently(() => renameSync(from, to))
}

/** Deletes a file; a missing one is no error. */
export function deleteFile(path: string): void {
  persistently(() => rmSync(path, { force: true }))
}

/**
 * Creates a file that must not exist, and opens it for writing.
 *
 * @param mode permissions on POSIX, less those of the umask; the owner may always read and write it
 * @returns the descriptor
 */
export function createFile(path: string, mode: number): number {
  const descriptor = persistently(() => openSync(path, 'wx', mode))
  const { mode: given } = fstatSync(descriptor)
  const taken = mode & OWNER_OF_FILE & ~given
  if (taken !== 0 && process.platform !== 'win32') fchmodSync(descriptor, (given & 0o777) | taken)
  return descriptor
}

/**
 * Creates a folder and its missing parent folders. Their owner may always use them, whatever the umask is.
 *
 * Does not use mkdir's `recursive` option: Node 20 reports ENOENT whatever the reason is, and never returns if the
 * file system itself reports ENOENT, as /proc does.
 *
 * @returns the folders that were created, outermost first
 * @throws the error of the system; its `path` is the folder that could not be created
 */
export function makeFolders(folder: string, mode: number): string[] {
  if (isFolder(folder)) return []
  const parent = dirname(folder)
  const made = parent === folder ? [] : makeFolders(parent, mode)
  try {
    mkdirSync(folder, { mode })
    const { mode: given } = statSync(folder)
    const taken = mode & OWNER_OF_FOLDER & ~given
    if (taken !== 0 && process.platform !== 'win32') chmodSync(folder, (given & 0o777) | taken)
  } catch (error) {
    // Another process created it in the meantime.
    if (isFolder(folder)) return made
    throw error
  }
  return [...made, folder]
}

let isWarned = false

/** Waits until a file or folder is on the disk, if Node may do that. */
export function syncDescriptor(descriptor: number): void {
  try {
    fsyncSync(descriptor)
  } catch (error) {
    if (errnoOf(error) !== 'ERR_ACCESS_DENIED') throw error
    if (isWarned) return
    isWarned = true
    process.emitWarning(
      "Node's permission model does not allow fsync: files are written without it, and may be lost if the machine fails soon after",
      { type: 'JuxWarning', code: 'JUX_NO_FSYNC' },
    )
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    // mkdir reports the reason.
    return false
  }
}
