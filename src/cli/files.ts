/**
 * The files a command reads and writes: reports from files, folders or standard input, and the file of `--output`.
 *
 * @module
 */
import {
  closeSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type ErrorCode, errnoOf, JuxError, messageOf, shellWord } from '../errors.js'
import { expandPath } from '../sign/key-files.js'
import { temporaryName } from '../store/files.js'
import { DEFAULT_LIMITS } from '../xml/scan.js'
import type { CliContext } from './command.js'

/** The file name that stands for standard input. */
const STDIN = '-'

/** Limit of what is read: one byte more than the longest report, so that a longer one is detected. */
export const READ_LIMIT_BYTES = DEFAULT_LIMITS.maxBytes + 1

const MIN_CHUNK_BYTES = 64 * 1024

/** A report to read. */
export interface Input {
  /** The name to print: the path as given, or a path below the folder that was given; `-` for standard input. */
  readonly name: string
  /** Reads at most `READ_LIMIT_BYTES`; the reader refuses a report of that length. */
  read(): Promise<Uint8Array>
}

/** The names on a command line, of `-i` and positional; standard input if there are none. */
export function inputNames(input: string | undefined, positional: readonly string[]): string[] {
  const names = [...(input === undefined ? [] : [input]), ...positional]
  return names.length === 0 ? [STDIN] : names
}

/** The usage error for the names of the inputs, if there is one. */
export function nameConflict(names: readonly string[], context: CliContext): string | undefined {
  // An unset variable in a script must not mean the current folder.
  if (names.includes('')) return 'the file name of a report is empty'
  if (names.includes(STDIN) && context.inIsTerminal === true) return 'no report given'
  return names.indexOf(STDIN) === names.lastIndexOf(STDIN) ? undefined : 'standard input can be read only once'
}

/** Opens one file, or standard input. */
export function openInput(name: string, context: CliContext): Input {
  if (name === STDIN) return { name, read: () => readStdin(context) }
  return { name, read: async () => readBounded(expandPath(name, context.system), name) }
}

/**
 * Finds the reports of a name: the file itself, or every `.xml` file in the folder and its subfolders, sorted by name.
 *
 * A file that cannot be opened is an input too, and reading it fails: a report that was not read must not count as
 * valid.
 */
export function expandInput(name: string, context: CliContext): Input[] {
  if (name === STDIN) return [openInput(name, context)]
  const path = expandPath(name, context.system)
  try {
    if (!statSync(path).isDirectory()) return [openInput(name, context)]
  } catch (error) {
    return [failingInput(name, inputError(name, error))]
  }
  const found = reportsBelow(path, name, context)
  if (found.length > 0) return found
  const message = `no .xml file in the folder ${name}`
  return [failingInput(name, new JuxError('FILE_NOT_FOUND', { message, reason: 'empty-folder' }))]
}

/**
 * Writes a file completely or not at all, so that the output of a command can replace its input. Writes to a device or
 * a pipe directly.
 *
 * @param path absolute
 * @throws {JuxError} `FILE_PERMISSION_DENIED`, `DIRECTORY_NOT_FOUND`, `OPERATION_FAILED`
 */
export function writeOutput(path: string, bytes: Uint8Array): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false })
    if (existing !== undefined && !existing.isFile()) {
      writeFileSync(path, bytes)
      return
    }
    replaceFile(path, bytes, existing?.mode)
  } catch (cause) {
    const errno = errnoOf(cause) ?? ''
    throw new JuxError(OUTPUT_CODES[errno] ?? 'OPERATION_FAILED', {
      message: `cannot write ${basename(path)} in ${dirname(path)}: ${OUTPUT_REASONS[errno] ?? messageOf(cause)}`,
      suggestions: ['choose another --output'],
      cause,
    })
  }
}

const OUTPUT_CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FILE_PERMISSION_DENIED',
  EPERM: 'FILE_PERMISSION_DENIED',
  EROFS: 'FILE_PERMISSION_DENIED',
  ENOENT: 'DIRECTORY_NOT_FOUND',
  ENOTDIR: 'DIRECTORY_NOT_FOUND',
}

const OUTPUT_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'the folder does not exist',
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

// Links to folders are not followed, to avoid loops. Links to files are.
function reportsBelow(path: string, name: string, context: CliContext): Input[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    return [failingInput(name, inputError(name, error))]
  }
  return entries
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const entryName = join(name, entry.name)
      if (entry.isDirectory()) return reportsBelow(join(path, entry.name), entryName, context)
      const isReport = (entry.isFile() || entry.isSymbolicLink()) && /\.xml$/i.test(entry.name)
      return isReport ? [openInput(entryName, context)] : []
    })
}

async function readStdin(context: CliContext): Promise<Uint8Array> {
  const bytes = await context.readStdin()
  if (bytes.length > 0) return bytes
  throw new JuxError('XML_PARSE_ERROR', {
    message: 'no report given, and standard input is empty',
    suggestions: ['name the report, for example: jux inspect report.xml'],
    reason: 'empty',
  })
}

function failingInput(name: string, error: JuxError): Input {
  return { name, read: () => Promise.reject(error) }
}

function readBounded(path: string, name: string): Uint8Array {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    return readUpTo(file, READ_LIMIT_BYTES)
  } catch (error) {
    throw inputError(name, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

// Not readFileSync: a device may have no end, and a report that is too long need not be read completely.
function readUpTo(file: number, limit: number): Uint8Array {
  const chunks: Buffer[] = []
  let room = Math.max(fstatSync(file).size + 1, MIN_CHUNK_BYTES)
  for (let size = 0; size < limit; ) {
    const chunk = Buffer.allocUnsafe(Math.min(room, limit - size))
    const count = readSync(file, chunk)
    if (count === 0) break
    chunks.push(chunk.subarray(0, count))
    size += count
    room = MIN_CHUNK_BYTES
  }
  const [only] = chunks
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks)
}

function inputError(name: string, cause: unknown): JuxError {
  const errno = errnoOf(cause)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const suggestions = ['npx jux cache list  (lists the reports on this machine)']
    return new JuxError('FILE_NOT_FOUND', { message: `file not found: ${name}`, suggestions, cause })
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    const suggestions = [`ls -ld ${shellWord(name)}`]
    return new JuxError('FILE_PERMISSION_DENIED', { message: `no permission to read ${name}`, suggestions, cause })
  }
  if (errno === 'EISDIR') return new JuxError('FILE_NOT_FOUND', { message: `${name} is a folder, not a file`, cause })
  return new JuxError('OPERATION_FAILED', { message: `cannot read ${name} (${errno ?? 'unknown error'})`, cause })
}
