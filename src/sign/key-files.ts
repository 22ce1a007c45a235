/**
 * Reading keys and certificates from files: small, PEM, with an error that says what is there instead.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ErrorCode, errnoOf, JuxError, shellWord } from '../errors.js'
import { expandHome } from '../paths.js'
import type { System } from '../system.js'

/** Longest key or certificate file that is read; a chain of certificates needs some 10 KiB. */
export const MAX_PEM_BYTES = 1024 * 1024

/** What a file holds; decides codes and words of its errors. */
export interface FileKind {
  /** In a sentence: `private key`. */
  readonly noun: string
  readonly missing: ErrorCode
  readonly denied: ErrorCode
  readonly invalid: ErrorCode
  readonly suggestions?: (path: string) => readonly string[]
}

/** One PEM block. */
export interface PemBlock {
  /** What stands after BEGIN, for example `ENCRYPTED PRIVATE KEY`. */
  readonly label: string
  /** The whole block with its boundaries. */
  readonly text: string
}

/** A path as the user wrote it, `~` and `~/…` expanded, relative to the system's working folder. */
export function expandPath(path: string, system: Pick<System, 'homeDir' | 'cwd'>): string {
  return resolve(system.cwd, expandHome(path, system.homeDir))
}

/**
 * Reads a small text file.
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
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const stats = await file.stat()
    if (stats.isDirectory()) throw new JuxError(kind.invalid, { message: `${path} is a folder, not a ${kind.noun}` })
    const text = await readBounded(file, path, kind)
    const shared = (stats.mode & 0o066) !== 0 && options.platform !== 'win32'
    // What is no private key has nothing to hide, and needs another message.
    if (options.secret && shared && /PRIVATE KEY-----/.test(text)) throw readableByOthers(path, kind, stats.mode)
    return text
  } catch (error) {
    throw error instanceof JuxError ? error : fileError(path, kind, error)
  } finally {
    await file?.close()
  }
}

/** The PEM blocks (RFC 7468) of a text, in order; text between them is ignored. */
export function pemBlocks(text: string): PemBlock[] {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,48})-----[^-]*(?:-(?!----END)[^-]*)*-----END \1-----/g)
  return [...found].map(([block, label = '']) => ({ label, text: block }))
}

/**
 * The certificates of a text, in its order.
 *
 * @param source where the text is from, for messages
 * @throws {JuxError} `CERT_INVALID_FORMAT` when there is none, or one that cannot be read
 */
export function parseCertificates(text: string, source: string): X509Certificate[] {
  const blocks = pemBlocks(text)
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE')
  if (certificates.length === 0) {
    const instead = blocks[0] === undefined ? 'is not in PEM format' : `holds a ${blocks[0].label.toLowerCase()}`
    throw new JuxError('CERT_INVALID_FORMAT', {
      message: `no certificate in ${source}: it ${instead}`,
      suggestions: blocks.some(({ label }) => label.endsWith('PUBLIC KEY'))
        ? ['give it as --public-key']
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

/** Files with one or more certificates. */
export const CERTIFICATE_FILE: FileKind = {
  noun: 'certificate',
  missing: 'CERT_NOT_FOUND',
  denied: 'FILE_PERMISSION_DENIED',
  invalid: 'CERT_INVALID_FORMAT',
  suggestions: (path) => [`jux keygen --cert --output ${shellWord(`${path.replace(/\.[^./\\]*$/, '')}.pem`)}`],
}

async function readBounded(file: FileHandle, path: string, kind: FileKind): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Not readFile: a device or a pipe may have no end.
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 64 * 1024 })) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size <= MAX_PEM_BYTES) continue
    throw new JuxError(kind.invalid, {
      message: `${path} is too long to be a ${kind.noun}: more than ${MAX_PEM_BYTES} bytes`,
      reason: 'too-long',
    })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function readableByOthers(path: string, kind: FileKind, mode: number): JuxError {
  return new JuxError(kind.denied, {
    message: `${kind.noun} ${path} can be read or written by other users (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
    suggestions: [`chmod 600 ${shellWord(path)}`],
    reason: 'readable-by-others',
  })
}

function fileError(path: string, kind: FileKind, cause: unknown): JuxError {
  const errno = errnoOf(cause)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') {
    const suggestions = kind.suggestions?.(path) ?? []
    return new JuxError(kind.missing, { message: `no ${kind.noun} at ${path}`, suggestions, cause })
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    const suggestions = [`ls -l ${shellWord(path)}`, 'run as the user that owns it']
    return new JuxError(kind.denied, { message: `${kind.noun} ${path} may not be read`, suggestions, cause })
  }
  return new JuxError(kind.invalid, {
    message: `${kind.noun} ${path} cannot be read (${errno ?? 'unknown error'})`,
    cause,
  })
}
