/**
 * Files that are there whole or not at all, and that are on the disk when the call returns.
 *
 * Temporary file in the same folder, write, fsync, rename, fsync of the folder. Synchronous, so that a report can also be
 * kept in an exit handler.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errnoOf } from '../errors.js'
import { makeFolders } from '../system.js'
import { storeError } from './failures.js'
import { ownOwner } from './owner.js'

/** Only the owner reads what tests printed. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** A temporary file of ours; its first group is the owner. */
export const TEMPORARY_NAME = /^\.tmp_(\d+-\d+-[0-9a-f]{12})_[0-9a-f]{12}\.tmp$/

/** A new name for a temporary file: hidden, and no `*.xml`, so that no tool of the family lists it. */
export function temporaryName(): string {
  return `.tmp_${ownOwner()}_${randomBytes(6).toString('hex')}.tmp`
}

/**
 * Writes a file durably, in place of whatever had its name.
 *
 * @param path where it is to be; its folder is made when missing
 * @param chunks its content, in order
 * @throws {JuxError} `STORAGE_*`; nothing is left behind then
 */
export function writeFileDurably(path: string, chunks: Iterable<Uint8Array>): void {
  const folder = dirname(path)
  makeFolder(folder)
  const temporary = join(folder, temporaryName())
  try {
    writeNew(temporary, chunks)
    renameSync(temporary, path)
    syncFolder(folder)
  } catch (error) {
    removeQuietly(temporary)
    throw storeError('write', path, error)
  }
}

/**
 * Makes a folder and the ones above it, readable by their owner only.
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

/** Makes the names in a folder durable. Windows cannot, and some network file systems refuse: theirs to keep. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errnoOf(error) ?? '')) throw storeError('write', folder, error)
  } finally {
    closeSync(descriptor)
  }
}

function writeNew(path: string, chunks: Iterable<Uint8Array>): void {
  const descriptor = openSync(path, 'wx', FILE_MODE)
  try {
    for (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length; ) offset += writeSync(descriptor, chunk, offset)
    }
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It was renamed already, or was never made.
  }
}
