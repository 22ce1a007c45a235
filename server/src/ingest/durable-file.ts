/**
 * Writes a new file durably, without blocking the thread while the disk works.
 *
 * @module
 */
import { closeSync, fsync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { errnoOf, makeFolder } from 'jux-reporter/internal'

/** Only the user of the server may read the reports. */
const FILE_MODE = 0o600

/** Waits until what a descriptor refers to is on the disk. */
type Sync = (descriptor: number) => Promise<void>

/** Errors of fsync on a folder where the file system has no such operation: some network file systems. */
const NO_FOLDER_SYNC: ReadonlySet<string | undefined> = new Set(['EINVAL', 'ENOTSUP', 'EPERM'])

/**
 * Writes a file and waits until its content and its name are on the disk (fsync). The folder is created when it is missing.
 *
 * The file has its final name from the beginning: it counts only when something else refers to it.
 *
 * @throws when the file exists or cannot be written; no part of it remains
 */
export async function writeNewFile(path: string, bytes: Uint8Array, sync: Sync = promisify(fsync)): Promise<void> {
  // A write goes into the memory of the system. Only fsync waits for the disk.
  const file = openNew(path)
  try {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      await sync(file)
    } finally {
      closeSync(file)
    }
    await syncFolder(dirname(path), sync)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', FILE_MODE)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    makeFolder(dirname(path))
    return openSync(path, 'wx', FILE_MODE)
  }
}

async function syncFolder(folder: string, sync: Sync): Promise<void> {
  // Windows cannot open a folder.
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    await sync(descriptor)
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errnoOf(error))) throw error
  } finally {
    closeSync(descriptor)
  }
}
