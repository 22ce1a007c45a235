/**
 * The files a command reads and writes: reports from files, folders or standard input, and the file of `--output`.
 *
 * @module
 */
import {
  closeSync,
  type Dirent,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { createFile, deleteFile, renameFile } from '../disk.js'
import {
  allowingCures,
  type ErrorCode,
  errnoOf,
  isRefused,
  JuxError,
  messageOf,
  refusalOf,
  shellWord,
} from '../errors.js'
import { NotAFileError, readInputFile } from '../input-file.js'
import { MAX_REPORT_BYTES } from '../limits.js'
import { expandPath } from '../sign/key-files.js'
import { temporaryName } from '../store/files.js'
import type { CliContext } from './command.js'

/** The file name that stands for standard input. */
const STDIN = '-'

/** Limit of what is read: one byte more than the longest report, so that a longer one is detected. */
export const READ_LIMIT_BYTES = MAX_REPORT_BYTES + 1

/** As many links in a row as Linux follows. */
const MAX_LINKS = 40

/** Names of folders that no search for results enters: hidden ones, and those of installed packages. */
const NO_RESULTS = /^\.|^node_modules$/

/** Less the umask, as for the files that a shell writes. */
const NEW_FILE_MODE = 0o666

/** A report to read. */
export interface Input {
  /** The name to print: the path as given, or a path below the folder that was given; `-` for standard input. */
  readonly name: string
  /** Reads at most `READ_LIMIT_BYTES`; the reader refuses a report of that length. */
  read(): Promise<Uint8Array>
}

/** Whether a folder is not searched, by its absolute path. */
type IsSkipped = (path: string) => boolean

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
  return { name, read: () => readReportFile(expandPath(name, context.system), name) }
}

/**
 * Finds the reports of a name: the file itself, or every `.xml` file in the folder and its subfolders, sorted by name.
 *
 * A file that cannot be opened is an input too, and reading it fails: a report that was not read must not count as
 * valid.
 *
 * @param isSkipped whether a subfolder is not searched
 */
export function expandInput(name: string, context: CliContext, isSkipped: IsSkipped = () => false): Input[] {
  if (name === STDIN) return [openInput(name, context)]
  const path = expandPath(name, context.system)
  try {
    if (!statSync(path).isDirectory()) return [openInput(name, context)]
  } catch (error) {
    const matches = matchingNames(name, context)
    if (matches.length > 0) return matches.flatMap((match) => expandInput(match, context, isSkipped))
    if (matches !== NO_PATTERN) return [failingInput(name, noMatch(name))]
    return [failingInput(name, inputError(name, error))]
  }
  const found = reportsBelow(path, name, context, isSkipped)
  if (found.length > 0) return found
  const message = `no .xml file in the folder ${name}`
  const suggestions = [`ls ${shellWord(name)}`]
  return [failingInput(name, new JuxError('FILE_NOT_FOUND', { message, suggestions, reason: 'empty-folder' }))]
}

/**
 * Finds the results of other programs, as `expandInput` does. Below a folder, what is in the store, in hidden folders and in
 * `node_modules` is left out: these have no results of this project that are still to be reported.
 *
 * @param store the root of the store, if there is one
 */
export function expandResults(name: string, context: CliContext, store: string | undefined): Input[] {
  return expandInput(name, context, (path) => path === store || NO_RESULTS.test(basename(path)))
}

/** Leaves out what a path names again: a file that is named twice, or that is in a folder that is named too, is one report. */
export function distinctInputs(inputs: readonly Input[], { system }: CliContext): readonly Input[] {
  const known = new Set<string>()
  return inputs.filter(({ name }) => {
    const path = expandPath(name, system)
    return !known.has(path) && known.add(path)
  })
}

/**
 * Writes a new file.
 *
 * @param path absolute
 * @throws {JuxError} `FILE_ALREADY_EXISTS`, and as `writeOutput`
 */
export function writeNewOutput(path: string, bytes: Uint8Array): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    writeOutput(path, bytes)
    return
  }
  throw new JuxError('FILE_ALREADY_EXISTS', {
    message: `${path} exists already`,
    suggestions: ['choose another --output'],
  })
}

/**
 * Writes a file completely or not at all, so that the output of a command can replace its input. Writes to a device or
 * a pipe directly. A symbolic link stays: its target is written, as a shell's `>` does.
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
    replaceFile(targetOf(path), bytes, existing?.mode)
  } catch (cause) {
    const errno = errnoOf(cause) ?? ''
    const reason = isRefused(cause) ? refusalOf(cause) : (OUTPUT_REASONS[errno] ?? messageOf(cause))
    throw new JuxError(OUTPUT_CODES[errno] ?? 'OPERATION_FAILED', {
      message: `cannot write ${basename(path)} in ${dirname(path)}: ${reason}`,
      suggestions: [...allowingCures(cause), 'choose another --output'],
      cause,
    })
  }
}

const OUTPUT_CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FILE_PERMISSION_DENIED',
  EPERM: 'FILE_PERMISSION_DENIED',
  EROFS: 'FILE_PERMISSION_DENIED',
  ERR_ACCESS_DENIED: 'FILE_PERMISSION_DENIED',
  ENOENT: 'DIRECTORY_NOT_FOUND',
  ENOTDIR: 'DIRECTORY_NOT_FOUND',
}

const OUTPUT_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOENT: 'the folder does not exist',
  EISDIR: 'it is a folder',
  ENOSPC: 'no space is left',
}

/** The file that a path leads to. The target of a link need not exist. */
function targetOf(path: string): string {
  let target = path
  for (let links = 0; links < MAX_LINKS; links++) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return target
    // Relative to the real folder of the link, because the path to it may have links too.
    target = resolve(realpathSync(dirname(target)), readlinkSync(target))
  }
  return target
}

function replaceFile(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const temporary = join(dirname(path), temporaryName())
  try {
    const descriptor = createFile(temporary, (mode ?? NEW_FILE_MODE) & 0o777)
    try {
      writeFileSync(descriptor, bytes)
    } finally {
      closeSync(descriptor)
    }
    renameFile(temporary, path)
  } catch (error) {
    deleteFile(temporary)
    throw error
  }
}

// Links to folders are not followed, to avoid loops. Links to files are.
function reportsBelow(path: string, name: string, context: CliContext, isSkipped: IsSkipped): Input[] {
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
      const entryPath = join(path, entry.name)
      if (entry.isDirectory()) return isSkipped(entryPath) ? [] : reportsBelow(entryPath, entryName, context, isSkipped)
      const isReport = (entry.isFile() || entry.isSymbolicLink()) && /\.xml$/i.test(entry.name)
      return isReport ? [openInput(entryName, context)] : []
    })
}

/** What is not a pattern matches nothing. */
const NO_PATTERN: readonly string[] = []

// The shells of Windows leave `*.xml` to the program, and others do so where it is quoted or matches nothing. As in POSIX
// shells, names that begin with a dot do not match.
function matchingNames(pattern: string, context: CliContext): readonly string[] {
  if (!/[*?]/.test(pattern)) return NO_PATTERN
  const [first = '', ...others] = pattern.split(/[\\/]/)
  const isAbsolute = first === '' || /^[A-Za-z]:$/.test(first)
  const parts = isAbsolute ? others : [first, ...others]
  // Without a name after it, a pattern means the reports in these folders, and not each folder.
  if (parts.at(-1) === '**') parts.push('*.xml')
  let names = [isAbsolute ? `${first}/` : '']
  for (const part of parts) {
    names = names.flatMap((folder) => namesBelow(folder, part, context).map((name) => join(folder, name)))
  }
  return names.filter((name) => statSync(expandPath(name, context.system), { throwIfNoEntry: false }) !== undefined)
}

// `**` is a folder and all folders below it. Links are not followed there, to avoid loops. The folders of installed packages
// are many, and have no results of this project.
function namesBelow(folder: string, part: string, context: CliContext): readonly string[] {
  if (!/[*?]/.test(part)) return [part]
  if (part === '**') return ['', ...foldersBelow(expandPath(folder === '' ? '.' : folder, context.system))]
  const source = part
    .replaceAll(/[.+^${}()|[\]]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  const matches = new RegExp(`^(?!\\.)${source}$`, 'i')
  try {
    return readdirSync(expandPath(folder === '' ? '.' : folder, context.system))
      .filter((name) => matches.test(name))
      .sort()
  } catch {
    return []
  }
}

function foldersBelow(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !NO_RESULTS.test(entry.name))
      .map(({ name }) => name)
      .sort()
      .flatMap((name) => [name, ...foldersBelow(join(path, name)).map((below) => join(name, below))])
  } catch {
    return []
  }
}

function noMatch(pattern: string): JuxError {
  const folder = dirname(pattern.slice(0, pattern.search(/[*?]/) + 1))
  return new JuxError('FILE_NOT_FOUND', {
    message: `no file matches ${pattern}`,
    suggestions: [`ls ${shellWord(folder)}`],
  })
}

async function readStdin(context: CliContext): Promise<Uint8Array> {
  const bytes = await context.readStdin()
  if (bytes.length > 0) return bytes
  throw new JuxError('XML_PARSE_ERROR', {
    message: 'no report given, and standard input is empty',
    suggestions: ['npx jux inspect report.xml  # with the name of your report'],
    reason: 'empty',
  })
}

function failingInput(name: string, error: JuxError): Input {
  return { name, read: () => Promise.reject(error) }
}

async function readReportFile(path: string, name: string): Promise<Uint8Array> {
  try {
    return (await readInputFile(path, READ_LIMIT_BYTES)).bytes
  } catch (error) {
    throw inputError(name, error)
  }
}

function inputError(name: string, cause: unknown): JuxError {
  if (cause instanceof NotAFileError) {
    return new JuxError('FILE_NOT_FOUND', { message: `${name} is ${cause.message}`, reason: 'not-a-file', cause })
  }
  const errno = errnoOf(cause)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const looksLikeHash = /^[0-9a-f]{8,64}(?:\.xml)?$/i.test(name)
    const suggestions = looksLikeHash
      ? ['npx jux cache list  # the reports on this machine, by hash']
      : [`ls ${shellWord(dirname(name))}`]
    return new JuxError('FILE_NOT_FOUND', { message: `file not found: ${name}`, suggestions, cause })
  }
  if (errno === 'EACCES' || errno === 'EPERM' || isRefused(cause)) {
    const suggestions = isRefused(cause) ? allowingCures(cause) : [`ls -ld ${shellWord(name)}`]
    return new JuxError('FILE_PERMISSION_DENIED', { message: `no permission to read ${name}`, suggestions, cause })
  }
  return new JuxError('OPERATION_FAILED', { message: `cannot read ${name} (${errno ?? 'unknown error'})`, cause })
}
