/**
 * Reports on this machine, as `jux cache` finds them: by the beginning of their hash, with what they say of themselves.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { Property } from '../model.js'
import { readReport } from '../report/read.js'
import type { ReportQueue } from '../store/queue.js'
import { type ReportStore, readStored, type StoredReport } from '../store/reports.js'
import { utf8Of } from '../submit/request.js'

/** Where reports are. */
export interface Stores {
  readonly store: ReportStore
  readonly queue: ReportQueue
}

/** What the Python tools show where nothing is known. */
export const UNKNOWN = 'N/A'

/**
 * The one report whose content hash begins like this, stored or queued.
 *
 * @throws {JuxError} `INVALID_ARGUMENT`, `REPORT_NOT_FOUND`
 */
export function findReport({ store, queue }: Stores, text: string): StoredReport {
  const wanted = text
    .trim()
    .toLowerCase()
    .replace(/^sha256:/, '')
  const found = new Map(
    [...waiting(queue), ...store.list()]
      .filter(({ hash }) => hash.startsWith(wanted))
      .map((report) => [report.hash, report]),
  )
  const [only] = found.values()
  if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
    throw new JuxError('INVALID_ARGUMENT', {
      message: `"${text.slice(0, 80)}" is not a content hash`,
      suggestions: ['give at least 4 of its 64 hexadecimal digits', 'jux cache list'],
      reason: 'hash',
    })
  }
  if (only === undefined) {
    throw new JuxError('REPORT_NOT_FOUND', {
      message: `no report ${wanted} in ${store.root}`,
      suggestions: ['jux cache list', 'jux cache list --queue'],
    })
  }
  if (found.size === 1) return only
  throw new JuxError('INVALID_ARGUMENT', {
    message: `${found.size} reports begin with ${wanted}`,
    suggestions: [...found.keys()].slice(0, 5).map((hash) => `jux cache show ${hash}`),
    reason: 'ambiguous-hash',
  })
}

/** Those that wait to be published, claimed ones included, oldest first. */
export function waiting(queue: ReportQueue): StoredReport[] {
  return [...queue.list(), ...queue.claimed()].sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime())
}

/** What a report says of its run; nothing for a file that vanishes or is no report, which is listed all the same. */
export function propertiesOf(report: StoredReport): readonly Property[] {
  try {
    return readReport(utf8Of(readStored(report))).summary.properties
  } catch {
    return []
  }
}

/** The value of a property by its name, or `UNKNOWN`. */
export function lookup(properties: readonly Property[]): (name: string) => string {
  return (wanted) => properties.find(({ name }) => name === wanted)?.value ?? UNKNOWN
}
