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

const fsyncAsync = promisify(fsync)

/**
 * Writes a file and waits until its content and its name are on the disk (fsync). The folder is created when it is missing.
 *
 * The file has its final name from the beginning: it counts only when something else refers to it.
 *
 * @throws when the file exists or cannot be written; no part of it remains
 */
export async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  // A write goes into the memory of the system. Only fsync waits for the disk.
  const file = openNew(path)
  try {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      await fsyncAsync(file)
    } finally {
      closeSync(file)
    }
    await syncFolder(dirname(path))
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

// Windows cannot do this, and some network file systems refuse it.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    await fsyncAsync(descriptor)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errnoOf(error) ?? '')) throw error
  } finally {
    closeSync(descriptor)
  }
}
