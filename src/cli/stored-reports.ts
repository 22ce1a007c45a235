/**
 * Finds reports on this machine by the first digits of their content hash, and reads their properties. For `jux cache`.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Property } from '../model.js'
import { readReport } from '../report/read.js'
import type { ReportQueue } from '../store/queue.js'
import { type ReportStore, readStored, type StoredReport } from '../store/reports.js'
import { type SkippedEntry, skippedEntries } from '../store/skipped.js'
import { utf8Of } from '../submit/encoding.js'
import type { CliContext } from './command.js'
import type { SkippedJson } from './json.js'
import { oneLine } from './output.js'

/** The folders with reports. */
export interface Stores {
  readonly store: ReportStore
  readonly queue: ReportQueue
}

/** What is shown for an absent value; the Python tools use the same text. */
export const UNKNOWN = 'N/A'

/**
 * Finds the stored or queued report whose content hash begins with these digits.
 *
 * @throws {JuxError} `INVALID_ARGUMENT`, `REPORT_NOT_FOUND`
 */
export function findReport({ store, queue }: Stores, text: string): StoredReport {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
  const found = new Map(
    [...queuedReports(queue), ...store.list()]
      .filter(({ hash }) => hash.startsWith(wanted))
      .map((report) => [report.hash, report]),
  )
  const [only] = found.values()
  if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `"${text.slice(0, 80)}" is not a content hash`,
      suggestions: ['use at least 4 of its 64 hexadecimal digits', 'npx jux cache list'],
      reason: 'hash',
    })
  }
  if (only === undefined) {
    throw new JuxError('REPORT_NOT_FOUND', {
      message: `no report ${wanted} in ${store.root}`,
      suggestions: ['npx jux cache list', 'npx jux cache list --queue'],
    })
  }
  if (found.size === 1) return only
  throw new JuxError('INVALID_ARGUMENT', {
    message: `${found.size} reports begin with ${wanted}`,
    suggestions: [...found.keys()].slice(0, 5).map((hash) => `npx jux cache show ${hash}`),
    reason: 'ambiguous-hash',
  })
}

/** Tells which entries of a folder of the store are not listed and not sent: a line for each, or the field `skipped` of JSON. */
export function reportSkipped(
  root: string,
  folder: 'reports' | 'queue',
  { json, context }: { readonly json: boolean | undefined; readonly context: CliContext },
): { skipped?: readonly SkippedJson[] } {
  const skipped: readonly SkippedEntry[] = skippedEntries(root, folder)
  if (skipped.length === 0) return {}
  if (json) return { skipped: skipped.map(({ path, reason }) => ({ file: path, reason })) }
  for (const { path, reason } of skipped) context.err(`skipped  ${oneLine(path)}: ${reason}\n`)
  return {}
}

/** The reports in the queue, claimed ones included, oldest first. */
export function queuedReports(queue: ReportQueue): StoredReport[] {
  return [...queue.list(), ...queue.claimed()].sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime())
}

/**
 * Reads the properties of a report. Returns an empty list if the file is not a report or was deleted in the meantime:
 * such files are listed too.
 */
export function propertiesOf(report: StoredReport): readonly Property[] {
  try {
    return readReport(utf8Of(readStored(report))).summary.properties
  } catch {
    return []
  }
}

/** Looks up the value of a property by its name; `UNKNOWN` if it is absent. */
export function propertyLookup(properties: readonly Property[]): (name: string) => string {
  return (wanted) => properties.find(({ name }) => name === wanted)?.value ?? UNKNOWN
}
