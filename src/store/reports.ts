/**
 * The reports on this machine: one file for each report, named by its content hash.
 *
 * @module
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deleteFile, persistently } from '../disk.js'
import { errnoOf, JuxError } from '../errors.js'
import { storeError, syncFolder, writeFileDurably } from './files.js'
import { parseHash, storeFolders } from './paths.js'

/** One stored report. */
export interface StoredReport {
  readonly hash: string
  readonly path: string
  readonly sizeBytes: number
  /** When it was written. */
  readonly storedAt: Date
}

/** Numbers and sizes of the reports in a store. */
export interface StoreStats {
  readonly totalReports: number
  /** Waiting to be submitted, including those that a process is submitting. */
  readonly queuedReports: number
  readonly quarantinedReports: number
  /** Of all reports. */
  readonly totalSizeBytes: number
  /** Of the reports that are not queued. */
  readonly oldestReport: Date | undefined
}

/** A store of reports. Hashes may start with `sha256:`. */
export interface ReportStore {
  readonly root: string
  /**
   * Stores a report. It is on the disk when the call returns. The same content is stored once.
   *
   * @returns the file's path
   * @throws {JuxError} `STORAGE_*`
   */
  put(content: Uint8Array | Iterable<Uint8Array>, contentHash: string): string
  /**
   * The report's bytes.
   *
   * @throws {JuxError} `REPORT_NOT_FOUND`, `STORAGE_*`
   */
  get(contentHash: string): Uint8Array
  has(contentHash: string): boolean
  /** All reports, oldest first; other files are ignored. */
  list(): StoredReport[]
  /** Returns whether there was a report to delete. */
  delete(contentHash: string): boolean
  stats(): StoreStats
}

/**
 * Opens the store at a root. The first `put` creates its folders.
 *
 * @param root the result of `storeRoot`, or any folder
 */
export function openStore(root: string): ReportStore {
  const folders = storeFolders(root)
  return {
    root,
    put: (content, contentHash) => putReport(folders.reports, content, contentHash),
    get: (contentHash) => {
      const hash = parseHash(contentHash)
      return readReport(join(folders.reports, `${hash}.xml`), () =>
        missingReport('REPORT_NOT_FOUND', 'report', hash, root),
      )
    },
    has: (contentHash) => isFile(join(folders.reports, `${parseHash(contentHash)}.xml`)),
    list: () => listReports(folders.reports),
    delete: (contentHash) => {
      const isDeleted = deleteReport(folders.reports, contentHash)
      deleteReceipt(receiptFile(join(folders.reports, `${parseHash(contentHash)}.xml`)))
      return isDeleted
    },
    stats: () => {
      const reports = listReports(folders.reports)
      const queued = [...listReports(folders.queue), ...listReports(folders.claims, /^([0-9a-f]{64})\..*\.xml$/)]
      const quarantined = listReports(folders.quarantine)
      return {
        totalReports: reports.length,
        queuedReports: queued.length,
        quarantinedReports: quarantined.length,
        totalSizeBytes: [...reports, ...queued, ...quarantined].reduce((sum, report) => sum + report.sizeBytes, 0),
        oldestReport: reports[0]?.storedAt,
      }
    },
  }
}

/** Where the receipt of a report is kept: beside it. */
export function receiptFile(reportPath: string): string {
  return `${reportPath.replace(/\.xml$/i, '')}.receipt.json`
}

/** The receipt beside a stored report; `undefined` if there is none. */
export function storedReceipt({ path }: StoredReport): string | undefined {
  const receipt = receiptFile(path)
  return isFile(receipt) ? receipt : undefined
}

/**
 * The name of the receipt of a stored report.
 *
 * @internal
 */
export const RECEIPT_NAME = /^[0-9a-f]{64}\.receipt\.json$/

/**
 * Writes a report into a folder of the store.
 *
 * @internal
 */
export function putReport(folder: string, content: Uint8Array | Iterable<Uint8Array>, contentHash: string): string {
  const path = join(folder, `${parseHash(contentHash)}.xml`)
  writeFileDurably(path, content instanceof Uint8Array ? [content] : content)
  return path
}

/**
 * The name of a stored report; its first group is the hash.
 *
 * @internal
 */
export const REPORT_NAME = /^([0-9a-f]{64})\.xml$/

/**
 * Lists the reports in a folder of the store, oldest first.
 *
 * @param pattern of their names; its first group is the hash
 * @internal
 */
export function listReports(folder: string, pattern = REPORT_NAME): StoredReport[] {
  const found: StoredReport[] = []
  for (const name of namesIn(folder)) {
    const hash = pattern.exec(name)?.[1]
    if (hash === undefined) continue
    const path = join(folder, name)
    const entry = lstatSync(path, { throwIfNoEntry: false })
    if (entry?.isFile()) found.push({ hash, path, sizeBytes: entry.size, storedAt: entry.mtime })
  }
  return found.sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime() || (a.path < b.path ? -1 : 1))
}

/**
 * Reads a file of the store.
 *
 * @internal
 */
export function readReport(path: string, absent: () => JuxError): Uint8Array {
  try {
    // A symbolic link in the store must not lead to a file outside of it.
    if (!isFile(path)) throw absent()
    return persistently(() => readFileSync(path))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw absent()
    throw storeError('read', path, error)
  }
}

/**
 * Reads a report that `list` returned, from any folder of the store.
 *
 * @throws {JuxError} `REPORT_NOT_FOUND` when it no longer exists, `STORAGE_*`
 */
export function readStored({ path, hash }: StoredReport): Uint8Array {
  return readReport(path, () => missingReport('REPORT_NOT_FOUND', 'report', hash, dirname(path)))
}

/**
 * Creates the error for a report that does not exist.
 *
 * @internal
 */
export function missingReport(
  code: 'REPORT_NOT_FOUND' | 'REPORT_QUEUED_NOT_FOUND',
  what: string,
  hash: string,
  root: string,
) {
  return new JuxError(code, {
    message: `no ${what} ${hash} in ${root}`,
    suggestions: ['npx jux cache list', 'set JUX_STORAGE_PATH to the store that has it'],
  })
}

/**
 * Deletes a report from a folder of the store.
 *
 * @returns whether there was a report to delete
 * @internal
 */
export function deleteReport(folder: string, contentHash: string): boolean {
  const path = join(folder, `${parseHash(contentHash)}.xml`)
  try {
    if (!isFile(path)) return false
    deleteFile(path)
    syncFolder(folder)
    return true
  } catch (error) {
    throw storeError('delete', path, error)
  }
}

// Without its report, also after a crash, a receipt does no harm, and goes with the next one of the same content.
function deleteReceipt(path: string): void {
  try {
    if (isFile(path)) deleteFile(path)
  } catch (error) {
    throw storeError('delete', path, error)
  }
}

function isFile(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return false
    throw storeError('read', path, error)
  }
}

/**
 * Lists the names in a folder; an empty list if the folder does not exist.
 *
 * @internal
 */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw storeError('list', folder, error)
  }
}
