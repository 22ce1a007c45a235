/**
 * Reads keys and certificates from PEM files, with errors that say what a file contains instead, and writes new files. It
 * never overwrites a file.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { closeSync, writeFileSync } from 'node:fs'
import { lstat, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createFile, makeFolders, syncDescriptor } from '../disk.js'
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
import { expandHome, isInHome } from '../paths.js'
import type { System } from '../system.js'

/** Size of the largest key or certificate file that is read. A chain of certificates needs about 10 KiB. */
const MAX_PEM_BYTES = 1024 * 1024

/** What a file should contain, with the codes and words of its errors. */
export interface FileKind {
  /** In a sentence: `private key`. */
  readonly noun: string
  readonly missing: ErrorCode
  readonly denied: ErrorCode
  readonly invalid: ErrorCode
  readonly suggestions?: (path: string) => readonly string[]
}

/** A file to create. */
export interface NewFile {
  readonly path: string
  readonly text: string
  /** Permissions on POSIX: 0o600 for a private key. */
  readonly mode: number
}

/** One PEM block. */
export interface PemBlock {
  /** The text after BEGIN, for example `ENCRYPTED PRIVATE KEY`. */
  readonly label: string
  /** The whole block with its boundaries. */
  readonly text: string
}

/** Files with one or more certificates. */
export const CERTIFICATE_FILE: FileKind = {
  noun: 'certificate',
  missing: 'CERT_NOT_FOUND',
  denied: 'FILE_PERMISSION_DENIED',
  invalid: 'CERT_INVALID_FORMAT',
  suggestions: (path) => [`npx jux keygen --cert --output ${shellWord(`${path.replace(/\.[^./\\]*$/, '')}.pem`)}`],
}

const WRITE_CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FILE_PERMISSION_DENIED',
  EPERM: 'FILE_PERMISSION_DENIED',
  EROFS: 'FILE_PERMISSION_DENIED',
  ERR_ACCESS_DENIED: 'FILE_PERMISSION_DENIED',
  ENOTDIR: 'DIRECTORY_NOT_FOUND',
}

/**
 * Makes a path from the user absolute: expands `~` and `~/…`, and resolves it from the working folder.
 *
 * @throws {JuxError} `DIRECTORY_NOT_FOUND` for `~` if the user has no home folder
 */
export function expandPath(path: string, system: Pick<System, 'homeDir' | 'cwd'>): string {
  if (system.homeDir === undefined && isInHome(path)) {
    const message = `${path} is in the home folder, and this user has none`
    throw new JuxError('DIRECTORY_NOT_FOUND', { message, suggestions: ['write an absolute path, or set HOME'] })
  }
  return resolve(system.cwd, expandHome(path, system.homeDir))
}

/**
 * Reads a small text file. What is not a file is refused at once; `readInputFile` says which pipes are read.
 *
 * @param path absolute
 * @param options.secret refuses a private key when its group or others may read or write the file (POSIX only)
 * @throws {JuxError} one of the kind's codes
 */
export async function readKeyFile(
  path: string,
  kind: FileKind,
  options: { readonly secret: boolean; readonly platform: NodeJS.Platform },
): Promise<string> {
  try {
    const { bytes, stats } = await readInputFile(path, MAX_PEM_BYTES + 1)
    if (bytes.length > MAX_PEM_BYTES) throw tooLong(path, kind)
    const text = bytes.toString('utf8')
    // A pipe that a shell passes has no other readers. Other users may read files without a private key; such a file gets
    // a clearer error later.
    const shared = stats.isFile() && (stats.mode & 0o066) !== 0 && options.platform !== 'win32'
    if (options.secret && shared && /PRIVATE KEY-----/.test(text)) throw readableByOthers(path, kind, stats.mode)
    return text
  } catch (error) {
    throw error instanceof JuxError ? error : fileError(path, kind, error)
  }
}

/** Finds the PEM blocks (RFC 7468) of a text, in order. Other text is ignored. */
export function pemBlocks(text: string): PemBlock[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,48})-----[^-]*(?:-(?!----END)[^-]*)*-----END \1-----/g)
  return [...found].map(([block, label = '']) => ({ label, text: block }))
}

/**
 * Parses the certificates of a text, in order.
 *
 * @param source origin of the text, for messages
 * @throws {JuxError} `CERT_INVALID_FORMAT` when there is no certificate, or one cannot be read
 */
export function parseCertificates(text: string, source: string): X509Certificate[] {
  const blocks = pemBlocks(text)
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE')
  if (certificates.length === 0) {
    const instead = blocks[0] === undefined ? 'is not in PEM format' : `holds a ${blocks[0].label.toLowerCase()}`
    throw new JuxError('CERT_INVALID_FORMAT', {
      message: `no certificate in ${source}: it ${instead}`,
      suggestions: blocks.some(({ label }) => label.endsWith('PUBLIC KEY'))
        ? ['use --public-key for a public key']
        : [`look at it with: openssl x509 -noout -subject -in ${shellWord(source)}`],
      reason: 'no-certificate',
    })
  }
  return certificates.map(({ text: pem }) => {
    try {
      return new X509Certificate(pem)
    } catch (cause) {
      throw new JuxError('CERT_INVALID_FORMAT', {
        message: `a certificate in ${source} cannot be read`,
        suggestions: [`look at it with: openssl x509 -noout -subject -in ${shellWord(source)}`],
        reason: 'unreadable-certificate',
        cause,
      })
    }
  })
}

/**
 * Creates the files, and missing parent folders with mode 0700.
 *
 * @throws {JuxError} `FILE_ALREADY_EXISTS` when any of them exists; then nothing is written. `FILE_PERMISSION_DENIED`,
 *   `DIRECTORY_NOT_FOUND`, `OPERATION_FAILED`; then the files that were written are removed
 */
export async function writeNewFiles(files: readonly NewFile[]): Promise<void> {
  for (const { path } of files) await requireAbsent(path)
  const written: string[] = []
  try {
    for (const file of files) {
      makeFolders(dirname(file.path), 0o700)
      writeNew(file, written)
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true })
    throw error instanceof JuxError ? error : writeError(error)
  }
}

function tooLong(path: string, kind: FileKind): JuxError {
  return new JuxError(kind.invalid, {
    message: `${path} is too long to be a ${kind.noun}: more than ${MAX_PEM_BYTES} bytes`,
    reason: 'too-long',
  })
}

function readableByOthers(path: string, kind: FileKind, mode: number): JuxError {
  return new JuxError(kind.denied, {
    message: `${kind.noun} ${path} can be read or written by other users (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
    suggestions: [`chmod 600 ${shellWord(path)}`],
    reason: 'readable-by-others',
  })
}

function fileError(path: string, kind: FileKind, cause: unknown): JuxError {
  if (cause instanceof NotAFileError) {
    const message = `the ${kind.noun} ${path} cannot be read: it is ${cause.message}`
    return new JuxError(kind.invalid, { message, reason: 'not-a-file', cause })
  }
  const errno = errnoOf(cause)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const suggestions = kind.suggestions?.(path) ?? []
    return new JuxError(kind.missing, { message: `no ${kind.noun} at ${path}`, suggestions, cause })
  }
  if (isRefused(cause)) {
    const message = `cannot read the ${kind.noun} ${path}: ${refusalOf(cause)}`
    return new JuxError(kind.denied, { message, suggestions: allowingCures(cause), cause })
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    const suggestions = [`ls -l ${shellWord(path)}`, 'run as the user who owns the file']
    return new JuxError(kind.denied, {
      message: `cannot read the ${kind.noun} ${path}: permission denied`,
      suggestions,
      cause,
    })
  }
  return new JuxError(kind.invalid, {
    message: `cannot read the ${kind.noun} ${path} (${errno ?? 'unknown error'})`,
    cause,
  })
}

async function requireAbsent(path: string): Promise<void> {
  try {
    // `lstat`, because a dangling link counts as a file, too.
    await lstat(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw writeError(error)
  }
  throw alreadyExists(path)
}

// The file is created with its mode, so that other users cannot open it before a `chmod`. Synchronous, because file handles
// have no `sync` under Yarn's Plug'n'Play.
function writeNew({ path, text, mode }: NewFile, written: string[]): void {
  let descriptor: number
  try {
    descriptor = createFile(path, mode)
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? alreadyExists(path) : error
  }
  written.push(path)
  try {
    writeFileSync(descriptor, text)
    syncDescriptor(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function alreadyExists(path: string): JuxError {
  return new JuxError('FILE_ALREADY_EXISTS', {
    message: `${path} already exists, and keys are never overwritten`,
    suggestions: [
      'choose another --output',
      'move the old key to another folder; its public key is still needed to verify the reports that it signed',
    ],
  })
}

function writeError(cause: unknown): JuxError {
  return new JuxError(WRITE_CODES[errnoOf(cause) ?? ''] ?? 'OPERATION_FAILED', {
    message: `the key cannot be written: ${isRefused(cause) ? refusalOf(cause) : messageOf(cause)}`,
    suggestions: [...allowingCures(cause), 'choose another --output'],
    cause,
  })
}
