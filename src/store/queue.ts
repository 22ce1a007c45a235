/**
 * The queue: reports that wait to be submitted. Any number of processes can submit them at once.
 *
 * A process claims a report by renaming it into the claims folder, under a name that contains the owner. If several
 * processes try, one succeeds. It then moves the report to the reports (submitted) or back to the queue. If it dies in
 * between, the next process sees that the owner is gone and moves the report back. At worst a report is submitted
 * twice, and the server recognizes its content hash.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { closeSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createFile, deleteFile, renameFile } from '../disk.js'
import { errnoOf, type JuxError } from '../errors.js'
import {
  type Destination,
  deleteDestination,
  deleteOrphans,
  readDestination,
  writeDestination,
} from './destinations.js'
import { makeFolder, storeError, syncFolder, TEMPORARY_NAME, temporaryName } from './files.js'
import { ownerState, ownOwner } from './owner.js'
import { parseHash, type StoreFolders, storeFolders } from './paths.js'
import {
  deleteReport,
  listReports,
  missingReport,
  namesIn,
  putReport,
  readReport,
  type StoredReport,
} from './reports.js'

/**
 * How long a claim stays valid when the state of its owner is unknown (another machine on a shared folder). Longer than
 * any submission: four attempts of 300 s and three waits of 600 s.
 */
const FOREIGN_CLAIM_MS = 3_600_000

/** A report that only this process may submit. Call `complete`, `release` or `quarantine` once at the end. */
export interface Claim {
  readonly hash: string
  /**
   * The report's bytes.
   *
   * @throws {JuxError} `REPORT_QUEUED_NOT_FOUND` when the claim was removed, `STORAGE_*`
   */
  read(): Uint8Array
  /**
   * After it was submitted: moves it to the reports, and returns its path there.
   *
   * @param options.isDurable whether the move is on the disk when the call returns. Default: yes. If not, call `syncReports` after several
   *   of them
   */
  complete(options?: { readonly isDurable?: boolean | undefined }): string
  /** After it was not submitted: moves it back to the queue, and returns its path there. */
  release(): string
  /** When its content does not match its name: moves it to the quarantine, and returns its path there. */
  quarantine(): string
}

/** The reports that wait to be submitted. Hashes may start with `sha256:`. */
export interface ReportQueue {
  readonly root: string
  /**
   * Queues a report. It is on the disk when the call returns.
   *
   * @param destination the server that it is meant for; it is remembered beside the report
   * @returns the file's path
   * @throws {JuxError} `STORAGE_*`
   */
  put(content: Uint8Array | Iterable<Uint8Array>, contentHash: string, destination?: Destination): string
  /**
   * The server that a queued report is meant for; `undefined` if it was queued without one.
   *
   * @throws {JuxError} `OPERATION_FAILED` if the file with the server is damaged, `STORAGE_*`
   */
  destination(contentHash: string): Destination | undefined
  /** Reports that no process has claimed, oldest first. */
  list(): StoredReport[]
  /** Reports that a process is submitting. */
  claimed(): StoredReport[]
  /** Claims a report; `undefined` when another process has claimed it, or it is gone. */
  claim(contentHash: string): Claim | undefined
  /**
   * Moves claims of ended processes back to the queue and removes their temporary files; returns the number of claims
   * moved.
   */
  recover(): number
  /** Finishes what `complete` began for these reports without `isDurable`. */
  syncReports(contentHashes: readonly string[]): void
  /** The bytes of a queued report. */
  get(contentHash: string): Uint8Array
  /** Returns whether there was a report to delete. */
  delete(contentHash: string): boolean
}

/**
 * Opens the queue of the store at a root (`storeRoot`).
 *
 * @param options.foreignClaimMs how long a claim of another machine stays valid; for tests. Default: one hour
 */
export function openQueue(root: string, options: { foreignClaimMs?: number | undefined } = {}): ReportQueue {
  const { foreignClaimMs = FOREIGN_CLAIM_MS } = options
  const folders = storeFolders(root)
  return {
    root,
    put: (content, contentHash, destination) => {
      // First, so that no process finds the report without it.
      if (destination !== undefined) writeDestination(folders.destinations, parseHash(contentHash), destination)
      return putReport(folders.queue, content, contentHash)
    },
    destination: (contentHash) => readDestination(folders.destinations, parseHash(contentHash)),
    list: () => listReports(folders.queue),
    claimed: () => listReports(folders.claims, CLAIM_NAME),
    claim: (contentHash) => claimReport(folders, parseHash(contentHash)),
    recover: () => {
      for (const folder of [folders.reports, folders.queue, folders.claims]) removeLeftovers(folder)
      const stale = listReports(folders.claims, CLAIM_NAME).filter(({ path }) => isStale(path, foreignClaimMs))
      const { length } = stale.filter(({ path, hash }) => moveReport(path, folders.queue, hash))
      const waiting = [...listReports(folders.queue), ...listReports(folders.claims, CLAIM_NAME)]
      const hashes = new Set(waiting.map(({ hash }) => hash))
      deleteOrphans(folders.destinations, (hash) => hashes.has(hash))
      return length
    },
    syncReports: (contentHashes) => {
      if (contentHashes.length === 0) return
      syncFolder(folders.reports)
      for (const hash of contentHashes) deleteDestination(folders.destinations, parseHash(hash))
    },
    get: (contentHash) => {
      const hash = parseHash(contentHash)
      return readReport(join(folders.queue, `${hash}.xml`), () => notQueued(hash, root))
    },
    delete: (contentHash) => {
      const isDeleted = deleteReport(folders.queue, contentHash)
      if (isDeleted) deleteDestination(folders.destinations, parseHash(contentHash))
      return isDeleted
    },
  }
}

/** `<hash>.<owner>.<token>.xml`; the token is for a process that claims the same content twice. */
const CLAIM_NAME = /^([0-9a-f]{64})\.\d+-\d+-[0-9a-f]{12}\.[0-9a-f]{8}\.xml$/

function claimReport(folders: StoreFolders, hash: string): Claim | undefined {
  const name = `${hash}.${ownOwner()}.${randomBytes(4).toString('hex')}`
  const path = join(folders.claims, `${name}.xml`)
  if (!moveReport(join(folders.queue, `${hash}.xml`), folders.claims, name)) return undefined
  return {
    hash,
    read: () => readReport(path, () => notQueued(hash, folders.root)),
    complete: ({ isDurable = true } = {}) => {
      moveReport(path, folders.reports, hash)
      // A report that a crash moves back into the queue still needs its destination.
      if (isDurable) {
        syncFolder(folders.reports)
        deleteDestination(folders.destinations, hash)
      }
      return join(folders.reports, `${hash}.xml`)
    },
    release: () => {
      moveReport(path, folders.queue, hash)
      return join(folders.queue, `${hash}.xml`)
    },
    quarantine: () => {
      moveReport(path, folders.quarantine, hash)
      deleteDestination(folders.destinations, hash)
      return join(folders.quarantine, `${hash}.xml`)
    },
  }
}

// False when another process was faster, which is not an error: of several renames of one file one succeeds.
function moveReport(from: string, folder: string, name: string): boolean {
  try {
    makeFolder(folder)
    renameFile(from, join(folder, `${name}.xml`))
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw storeError('move', from, error)
  }
}

function isStale(path: string, foreignClaimMs: number): boolean {
  const [, owner = ''] = basename(path).split('.')
  const state = ownerState(owner)
  if (state !== 'unknown') return state === 'gone'
  const sinceMs = sinceChangedMs(path)
  // After a clock was set back, a claim can have a time in the future; without `abs` it would stay valid until then.
  return sinceMs !== undefined && Math.abs(sinceMs) > foreignClaimMs
}

// Both times come from the file system, so that wrong clocks of machines do not matter. A rename sets the time of
// change.
function sinceChangedMs(path: string): number | undefined {
  const probe = join(dirname(path), temporaryName())
  try {
    closeSync(createFile(probe, 0o600))
    return statSync(probe).ctimeMs - statSync(path).ctimeMs
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw storeError('write', probe, error)
  } finally {
    deleteFile(probe)
  }
}

function removeLeftovers(folder: string): void {
  for (const name of namesIn(folder)) {
    const owner = TEMPORARY_NAME.exec(name)?.[1]
    if (owner !== undefined && ownerState(owner) === 'gone') deleteFile(join(folder, name))
  }
}

function notQueued(hash: string, root: string): JuxError {
  return missingReport('REPORT_QUEUED_NOT_FOUND', 'queued report', hash, root)
}
