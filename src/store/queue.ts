/**
 * The outbox: reports that wait to be submitted, drained by any number of processes at once.
 *
 * A process takes a report by renaming it into the claims' folder under a name that says who has it; a rename has one
 * winner. It ends by renaming it to the reports (delivered) or back into the queue. When a process dies in between, the next
 * one sees that the owner is gone and puts the report back; the worst that can happen is that a report is sent twice, and the
 * server knows it by its content hash.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, type JuxError } from '../errors.js'
import { makeFolder, syncFolder, TEMPORARY_NAME, temporaryName } from './atomic.js'
import { storeError } from './failures.js'
import { ownerState, ownOwner } from './owner.js'
import { parseHash, type StoreFolders, storeFolders } from './paths.js'
import { deleteReport, listReports, missing, namesIn, putReport, readReport, type StoredReport } from './reports.js'

/**
 * How long a claim is respected whose owner cannot be asked about (another machine on a shared folder). Longer than any
 * submission: four attempts of 300 s and three waits of 600 s.
 */
export const FOREIGN_CLAIM_MS = 3_600_000

/** A report that this process alone may submit; one of the three endings is to be called, once. */
export interface Claim {
  readonly hash: string
  /**
   * The report's bytes.
   *
   * @throws {JuxError} `REPORT_QUEUED_NOT_FOUND` when it was taken away, `STORAGE_*`
   */
  read(): Uint8Array
  /** It is delivered: moves it to the reports and returns its path there. */
  complete(): string
  /** It is not: puts it back and returns its path in the queue. */
  release(): string
  /** It is not what its name says: moves it out of everybody's way and returns its path there. */
  quarantine(): string
}

/** The reports that wait. Hashes may carry `sha256:`. */
export interface ReportQueue {
  readonly root: string
  /**
   * Queues a report; on the disk when it returns.
   *
   * @returns the file's path
   * @throws {JuxError} `STORAGE_*`
   */
  put(chunks: Iterable<Uint8Array>, contentHash: string): string
  /** Those that nobody has claimed, oldest first. */
  list(): StoredReport[]
  /** Those that some process is submitting. */
  claimed(): StoredReport[]
  /** `undefined` when another process has it, or it is gone. */
  claim(contentHash: string): Claim | undefined
  /** Puts back what processes left behind that are gone, and removes their temporary files; returns the number put back. */
  recover(): number
  /** The bytes of a waiting report. */
  get(contentHash: string): Uint8Array
  delete(contentHash: string): boolean
}

/**
 * The queue below a root (`storeRoot`).
 *
 * @param options.foreignClaimMs see `FOREIGN_CLAIM_MS`
 */
export function openQueue(root: string, options: { foreignClaimMs?: number } = {}): ReportQueue {
  const { foreignClaimMs = FOREIGN_CLAIM_MS } = options
  const folders = storeFolders(root)
  return {
    root,
    put: (chunks, contentHash) => putReport(folders.queue, chunks, contentHash),
    list: () => listReports(folders.queue),
    claimed: () => listReports(folders.claims, CLAIM_NAME),
    claim: (contentHash) => claimReport(folders, parseHash(contentHash)),
    recover: () => {
      for (const folder of [folders.reports, folders.queue, folders.claims]) removeLeftovers(folder)
      const stale = listReports(folders.claims, CLAIM_NAME).filter(({ path }) => isStale(path, foreignClaimMs))
      return stale.filter(({ path, hash }) => moveReport(path, folders.queue, hash)).length
    },
    get: (contentHash) => {
      const hash = parseHash(contentHash)
      return readReport(join(folders.queue, `${hash}.xml`), () => notQueued(hash, root))
    },
    delete: (contentHash) => deleteReport(folders.queue, contentHash),
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
    complete: () => {
      moveReport(path, folders.reports, hash)
      syncFolder(folders.reports)
      return join(folders.reports, `${hash}.xml`)
    },
    release: () => {
      moveReport(path, folders.queue, hash)
      return join(folders.queue, `${hash}.xml`)
    },
    quarantine: () => {
      moveReport(path, folders.quarantine, hash)
      return join(folders.quarantine, `${hash}.xml`)
    },
  }
}

// False when somebody else was faster, which is an answer and no error: of several renames of one file one succeeds.
function moveReport(from: string, folder: string, name: string): boolean {
  try {
    makeFolder(folder)
    renameSync(from, join(folder, `${name}.xml`))
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
  // A clock that was set back makes a claim come from the future; waiting for that day would keep the report for ever.
  return sinceMs !== undefined && Math.abs(sinceMs) > foreignClaimMs
}

// Both times are the file system's own, so that no machine's clock counts; a rename sets the time of change.
function sinceChangedMs(path: string): number | undefined {
  const probe = join(dirname(path), temporaryName())
  try {
    closeSync(openSync(probe, 'wx', 0o600))
    return statSync(probe).ctimeMs - statSync(path).ctimeMs
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw storeError('write', probe, error)
  } finally {
    rmSync(probe, { force: true })
  }
}

function removeLeftovers(folder: string): void {
  for (const name of namesIn(folder)) {
    const owner = TEMPORARY_NAME.exec(name)?.[1]
    if (owner !== undefined && ownerState(owner) === 'gone') rmSync(join(folder, name), { force: true })
  }
}

function notQueued(hash: string, root: string): JuxError {
  return missing('REPORT_QUEUED_NOT_FOUND', 'queued report', hash, root)
}
