/**
 * Entries in a folder of the store that are not reports: they are neither listed nor sent.
 *
 * @module
 */
import { lstatSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { TEMPORARY_NAME } from './files.js'
import { storeFolders } from './paths.js'
import { namesIn, RECEIPT_NAME, REPORT_NAME } from './reports.js'

/** An entry that is not listed. */
export interface SkippedEntry {
  readonly path: string
  /** Why, as a clause. */
  readonly reason: string
}

/**
 * Lists what `list` of the store or the queue leaves out, sorted by name. Receipts, and files that are being written, are not among them.
 *
 * @param root as for `openStore`
 * @throws {JuxError} `STORAGE_*`
 */
export function skippedEntries(root: string, folder: 'reports' | 'queue'): SkippedEntry[] {
  const path = storeFolders(root)[folder]
  return [...namesIn(path)].sort().flatMap((name) => {
    if (TEMPORARY_NAME.test(name)) return []
    const entry = lstatSync(join(path, name), { throwIfNoEntry: false })
    const reason = entry === undefined ? undefined : reasonOf(name, entry)
    return reason === undefined ? [] : [{ path: join(path, name), reason }]
  })
}

function reasonOf(name: string, entry: Stats): string | undefined {
  if (entry.isSymbolicLink()) return 'it is a symbolic link'
  if (entry.isDirectory()) return 'it is a folder'
  if (!entry.isFile()) return 'it is not a regular file'
  if (RECEIPT_NAME.test(name)) return undefined
  return REPORT_NAME.test(name) ? undefined : 'its name is not the content hash of a report with .xml'
}
