/**
 * What a command is to read: files, folders, standard input.
 *
 * @module
 */
import { closeSync, type Dirent, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { errnoOf, JuxError, shellWord } from '../errors.js'
import { expandPath } from '../sign/key-files.js'
import { DEFAULT_LIMITS } from '../xml/scan.js'
import type { CliContext } from './command.js'

/** Standard input, where a file is named. */
export const STDIN = '-'

/** One thing to read. */
export interface Input {
  /** As it is shown: the path as given, or below a folder as given; `-` for standard input. */
  readonly name: string
  /** The bytes: at most one more than a report may have, so that a longer one is refused and never held. */
  read(): Promise<Uint8Array>
}

/** Longest that is read; one byte more than a report may have. */
export const READ_LIMIT_BYTES = DEFAULT_LIMITS.maxBytes + 1

/** The names on a command line, `-i` and positional ones alike; standard input when there is none. */
export function inputNames(input: string | undefined, positional: readonly string[]): string[] {
  const names = [...(input === undefined ? [] : [input]), ...positional]
  return names.length === 0 ? [STDIN] : names
}

/** What is wrong with the names of the inputs, as part of a usage error. */
export function nameConflict(names: readonly string[], context: CliContext): string | undefined {
  // An unset variable in a script must not mean the folder at hand.
  if (names.includes('')) return 'the name of a report is empty'
  if (names.includes(STDIN) && context.inIsTerminal === true) return 'no report is named'
  return names.indexOf(STDIN) === names.lastIndexOf(STDIN) ? undefined : 'standard input can be read once only'
}

/** One file or standard input. */
export function openInput(name: string, context: CliContext): Input {
  if (name === STDIN) return { name, read: () => readAnything(context) }
  return { name, read: async () => readBounded(expandPath(name, context.system), name) }
}

/**
 * The inputs that a name stands for: itself, or every `.xml` file in a folder and the folders below it, by name.
 *
 * What cannot be opened is an input too, whose reading fails: a report that was not looked at must not pass for a good one.
 */
export function expandInput(name: string, context: CliContext): Input[] {
  if (name === STDIN) return [openInput(name, context)]
  const path = expandPath(name, context.system)
  try {
    if (!statSync(path).isDirectory()) return [openInput(name, context)]
  } catch (error) {
    return [failing(name, inputError(name, error))]
  }
  const found = reportsBelow(path, name, context)
  if (found.length > 0) return found
  const message = `no .xml file in the folder ${name}`
  return [failing(name, new JuxError('FILE_NOT_FOUND', { message, reason: 'empty-folder' }))]
}

// Links to folders are not followed, so that no loop is; links to files are.
function reportsBelow(path: string, name: string, context: CliContext): Input[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    return [failing(name, inputError(name, error))]
  }
  return entries
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const below = join(name, entry.name)
      if (entry.isDirectory()) return reportsBelow(join(path, entry.name), below, context)
      const wanted = (entry.isFile() || entry.isSymbolicLink()) && /\.xml$/i.test(entry.name)
      return wanted ? [openInput(below, context)] : []
    })
}

async function readAnything(context: CliContext): Promise<Uint8Array> {
  const bytes = await context.readStdin()
  if (bytes.length > 0) return bytes
  throw new JuxError('XML_PARSE_ERROR', {
    message: 'no report is named, and standard input is empty',
    suggestions: ['name the report, such as jux inspect report.xml'],
    reason: 'empty',
  })
}

function failing(name: string, error: JuxError): Input {
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

// Not readFileSync: a device has no end, and a report that is too long need not be read whole to be refused.
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

const MIN_CHUNK_BYTES = 64 * 1024

function inputError(name: string, cause: unknown): JuxError {
  const errno = errnoOf(cause)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const suggestions = ['jux cache list  (the reports on this machine)']
    return new JuxError('FILE_NOT_FOUND', { message: `there is no file ${name}`, suggestions, cause })
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    const suggestions = [`ls -ld ${shellWord(name)}`]
    return new JuxError('FILE_PERMISSION_DENIED', { message: `${name} may not be read`, suggestions, cause })
  }
  if (errno === 'EISDIR') return new JuxError('FILE_NOT_FOUND', { message: `${name} is a folder, not a file`, cause })
  return new JuxError('OPERATION_FAILED', { message: `${name} cannot be read (${errno ?? 'unknown error'})`, cause })
}
