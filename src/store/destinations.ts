/**
 * The server that each queued report is meant for: a small file beside the queue, which other Jux tools ignore.
 *
 * A queue is shared by all projects of a user. A report must not go to the server of the folder in which someone
 * happens to empty the queue.
 *
 * @module
 */
import { createHmac } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { PartialSettings, Settings } from '../config/table.js'
import { deleteFile } from '../disk.js'
import { errnoOf, JuxError } from '../errors.js'
import { readInputFileSync } from '../input-file.js'
import { zod } from '../zod.js'
import { storeError, writeFileDurably } from './files.js'
import { namesIn } from './reports.js'

/** Where a queued report is to be submitted. */
export interface Destination {
  /** The server, as the run was configured. */
  readonly apiUrl: string
  readonly protocol: Settings['protocol']
  /** The mark of the credential that the run would have sent (`credentialMark`); absent if there was none. */
  readonly credential?: string | undefined
}

function fileSchema() {
  const z = zod()
  return z.strictObject({
    apiUrl: z
      .string()
      .url()
      .regex(/^https?:/),
    protocol: z.enum(['json', 'xml', 'reports']),
    credential: z
      .string()
      .regex(/^[0-9a-f]{32}$/)
      .optional(),
  })
}

/** Much longer than a URL may be. */
const MAX_BYTES = 64 * 1024

const NAME = /^([0-9a-f]{64})\.json$/

/** A file without its report is kept this long: the report may just be on its way into the queue. */
const ORPHAN_MS = 3_600_000

/** What proves an identity to the server. */
export interface HeldCredentials extends PartialSettings<'apiKey' | 'bearerToken' | 'clientKeyFile'> {}

/**
 * Recognizes credentials without storing them: HMAC-SHA-256 (RFC 2104) of them, with the content hash as its key, 128 bits
 * in hexadecimal.
 *
 * @returns `undefined` if there are none
 */
export function credentialMark(
  contentHash: string,
  { apiKey, bearerToken, clientKeyFile }: HeldCredentials,
): string | undefined {
  const token = apiKey || bearerToken
  if (!token && !clientKeyFile) return undefined
  const text = JSON.stringify([token ?? '', clientKeyFile ?? ''])
  return createHmac('sha256', contentHash).update(text).digest('hex').slice(0, 32)
}

/**
 * Writes the destination of a report. It is on the disk when the call returns.
 *
 * @throws {JuxError} `STORAGE_*`
 */
export function writeDestination(folder: string, hash: string, { apiUrl, protocol, credential }: Destination): void {
  const text = `${JSON.stringify({ apiUrl, protocol, credential })}\n`
  writeFileDurably(join(folder, `${hash}.json`), [Buffer.from(text)])
}

/**
 * Reads the destination of a report.
 *
 * @returns `undefined` for a report that has none: other tools queue reports too
 * @throws {JuxError} `OPERATION_FAILED` for a damaged file, `STORAGE_*`
 */
export function readDestination(folder: string, hash: string): Destination | undefined {
  const path = join(folder, `${hash}.json`)
  let text: string
  try {
    text = readInputFileSync(path, MAX_BYTES).toString('utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined
    throw storeError('read', path, error)
  }
  try {
    return fileSchema().parse(JSON.parse(text))
  } catch (cause) {
    throw new JuxError('OPERATION_FAILED', {
      message: `the server of the queued report cannot be read from ${path}`,
      suggestions: ['add --api-url with the address of its server to the command'],
      reason: 'destination',
      cause,
    })
  }
}

/** Deletes the destination of a report that is no longer queued. A file that stays does no harm. */
export function deleteDestination(folder: string, hash: string): void {
  try {
    deleteFile(join(folder, `${hash}.json`))
  } catch {
    // `deleteOrphans` tries again.
  }
}

/** Deletes destinations whose report left the queue some time ago, as after a crash in between. */
export function deleteOrphans(folder: string, isQueued: (hash: string) => boolean): void {
  for (const name of namesIn(folder)) {
    const hash = NAME.exec(name)?.[1]
    if (hash === undefined || isQueued(hash)) continue
    const changedMs = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (Math.abs(Date.now() - changedMs) > ORPHAN_MS) deleteDestination(folder, hash)
  }
}
