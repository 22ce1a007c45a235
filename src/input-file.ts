/**
 * Reads files that the user or a setting names, without ever waiting for what is not a file: a named pipe without a writer,
 * a terminal, or a device without an end.
 *
 * @module
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { persistently, persistentlyAsync } from './disk.js'
import { errnoOf } from './errors.js'

/** A pipe that a shell passes (`<(…)`) must end within this time. */
export const PIPE_TIMEOUT_MS = 30_000

const POLL_MS = 10
const CHUNK_BYTES = 64 * 1024

// Opening a socket, or a terminal that is not there, fails with ENXIO. Opening a named pipe would wait for its writer. Windows has neither the flag nor such pipes in its file system.
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** A pipe of this process, as shells pass it: `jux verify --cert <(curl …)`. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/(?:self|\d+)\/fd\/\d+)$/

/** What the path names cannot be read as a file. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError'
  readonly code = 'NOT_A_FILE'
}

/** The bytes of a file with its facts. */
export interface InputFile {
  readonly bytes: Buffer
  readonly stats: Stats
}

/**
 * Reads a file, or a pipe that a shell passes.
 *
 * @param path absolute
 * @param limit most bytes that are read; a longer file is cut, so pass one more than is allowed
 * @throws {NotAFileError} for a folder, a device, a socket and a named pipe, at once; for a passed pipe that does not end in
 *   time. Its message completes the sentence `PATH is …`
 * @throws the system error of opening and reading
 */
export async function readInputFile(path: string, limit: number, timeoutMs = PIPE_TIMEOUT_MS): Promise<InputFile> {
  let file: FileHandle | undefined
  try {
    file = await persistentlyAsync(() => open(path, OPEN_FLAGS))
    const stats = await file.stat()
    const isPassed = stats.isFIFO() && DESCRIPTOR.test(path)
    if (!stats.isFile() && !isPassed) throw notAFile(stats)
    const deadline = performance.now() + timeoutMs
    const chunks: Buffer[] = []
    for (let size = 0; size < limit; ) {
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(stats.size - size + 1, CHUNK_BYTES), limit - size))
      const count = await readSome(file, chunk)
      if (count === 0) break
      if (count !== undefined) {
        chunks.push(chunk.subarray(0, count))
        size += count
      } else if (performance.now() < deadline) await delay(POLL_MS)
      else throw new NotAFileError(`a pipe that did not end within ${timeoutMs / 1000} seconds`)
    }
    const [whole] = chunks
    return { bytes: whole !== undefined && chunks.length === 1 ? whole : Buffer.concat(chunks), stats }
  } catch (error) {
    throw errnoOf(error) === 'ENXIO' ? notAFile(statSync(path)) : error
  } finally {
    await file?.close()
  }
}

/**
 * Reads a regular file at once.
 *
 * @param limit most bytes that are read
 * @throws as `readInputFile`
 */
export function readInputFileSync(path: string, limit: number): Buffer {
  let file: number | undefined
  try {
    file = persistently(() => openSync(path, OPEN_FLAGS))
    const stats = fstatSync(file)
    if (!stats.isFile()) throw notAFile(stats)
    const chunks: Buffer[] = []
    for (let size = 0; size < limit; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, limit - size))
      const count = readSync(file, chunk)
      if (count === 0) break
      chunks.push(chunk.subarray(0, count))
      size += count
    }
    return Buffer.concat(chunks)
  } catch (error) {
    throw errnoOf(error) === 'ENXIO' ? notAFile(statSync(path)) : error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Reads what is there; `undefined` while a pipe is empty and its writer still has it open. */
async function readSome(file: FileHandle, chunk: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(chunk, 0, chunk.length, null)).bytesRead
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return undefined
    throw error
  }
}

function notAFile(stats: Stats): NotAFileError {
  if (stats.isDirectory()) return new NotAFileError('a folder, not a file')
  if (stats.isFIFO()) return new NotAFileError('a named pipe, not a file')
  if (stats.isSocket()) return new NotAFileError('a socket, not a file')
  return new NotAFileError('a device, not a file')
}
