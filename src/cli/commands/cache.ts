/**
 * `jux cache`: lists, shows and deletes the reports on this machine.
 *
 * @module
 */
import { Command, InvalidArgumentError } from 'commander'
import { MAX_RECEIPT_BYTES, readReceipt } from '../../attest/receipt.js'
import { loadConfig } from '../../config/load.js'
import { messageOf, printable } from '../../errors.js'
import { readInputFileSync } from '../../input-file.js'
import type { Property } from '../../model.js'
import { storeRoot } from '../../store/paths.js'
import { openQueue } from '../../store/queue.js'
import { openStore, readStored, type StoredReport, storedReceipt } from '../../store/reports.js'
import { reportText } from '../../submit/encoding.js'
import type { Paint } from '../../terminal.js'
import { addSubcommand, type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { CacheCleanJson, CacheListJson, CacheShowJson, CacheStatsJson } from '../json.js'
import type { Manual } from '../manual.js'
import { formatRows, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'
import { settingOption } from '../setting-flags.js'
import {
  findReport,
  propertiesOf,
  propertyLookup,
  queuedReports,
  reportSkipped,
  type Stores,
  UNKNOWN,
} from '../stored-reports.js'

interface Flags {
  readonly storagePath?: string | undefined
  readonly json?: boolean | undefined
  readonly queue?: boolean | undefined
  readonly days: number
  readonly dryRun?: boolean | undefined
}

const DAY_MS = 86_400_000

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [{ does: 'count the reports on this machine', line: 'jux cache stats' }],
  exits: { ok: 'success', failed: 'the store cannot be read, or has no such report' },
  commands: {
    list: {
      examples: [
        { does: 'list the stored reports', line: 'jux cache list' },
        { does: 'list the reports in the queue as JSON', line: 'jux cache list --queue --json' },
      ],
      exits: { ok: 'listed, even if there are no reports', failed: 'the store cannot be read' },
    },
    show: {
      examples: [{ does: 'show a report by the first digits of its content hash', line: 'jux cache show 3f9a1c' }],
      exits: { ok: 'shown', failed: 'no report, or more than one, begins with the hash' },
    },
    stats: {
      examples: [{ does: 'count the reports in another store', line: 'jux cache stats --storage-path ./reports' }],
      exits: { ok: 'shown', failed: 'the store cannot be read' },
    },
    clean: {
      examples: [{ does: 'show which reports are older than 90 days', line: 'jux cache clean --days 90 --dry-run' }],
      exits: { ok: 'deleted, even if there was nothing to delete', failed: 'the store cannot be read or written' },
    },
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const cache = createCommand('cache', 'List, show and delete the reports on this machine.', context).addOption(
    settingOption('storagePath', '--storage-path <folder>'),
  )
  const action = (run: (stores: Stores, flags: Flags, argument: string) => void) => {
    return async (...parameters: unknown[]) => {
      // commander passes the arguments, the flags and the command.
      const command = parameters.at(-1)
      const flags: Flags = command instanceof Command ? command.optsWithGlobals() : { days: Infinity }
      const argument = typeof parameters[0] === 'string' ? parameters[0] : ''
      finish(
        await withJsonErrors(context, flags.json, async () => {
          run(openStores(flags, context), flags, argument)
          return EXIT.ok
        }),
      )
    }
  }
  addSubcommand(cache, 'list', 'list the reports, oldest first')
    .option('--queue', 'list the reports in the queue instead')
    .option('--json', 'print JSON')
    .action(action((stores, flags) => list(stores, flags, context)))
  addSubcommand(cache, 'show', 'show one report, stored or queued')
    .argument('<hash>', 'content hash, with or without "sha256:", or its first digits')
    .option('--json', 'print JSON')
    .action(action((stores, flags, hash) => show(stores, hash, flags, context)))
  addSubcommand(cache, 'stats', 'show the number and size of the reports')
    .option('--json', 'print JSON')
    .action(action((stores, flags) => stats(stores, flags, context)))
  addSubcommand(cache, 'clean', 'delete old reports, except those in the queue')
    .requiredOption('--days <days>', 'minimum age of the deleted reports', parseDays)
    .option('--queue', 'delete old reports in the queue too')
    .option('--dry-run', 'only list the reports that would be deleted')
    .option('--json', 'print JSON')
    .action(action((stores, flags) => clean(stores, flags, context)))
  return cache
}

function openStores({ storagePath }: Flags, { system }: CliContext): Stores {
  const { settings } = loadConfig({ flags: { storagePath, dryRun: true }, cwd: system.cwd, system })
  const root = storeRoot(settings, system)
  return { store: openStore(root), queue: openQueue(root) }
}

function list({ store, queue }: Stores, flags: Flags, context: CliContext): void {
  const reports = flags.queue ? queuedReports(queue) : store.list()
  const skipped = reportSkipped(store.root, flags.queue ? 'queue' : 'reports', { json: flags.json, context })
  const rows = reports.map((report) => ({ report, value: propertyLookup(propertiesOf(report)) }))
  if (flags.json) {
    const shown = rows.map(({ report, value }) => ({
      hash: report.hash,
      timestamp: value('jux:timestamp'),
      hostname: value('jux:hostname'),
      size: report.sizeBytes,
    }))
    const output: CacheListJson = { reports: shown, total: rows.length, ...skipped }
    writeJson(context, output)
    return
  }
  const paint = outPaint(context)
  if (rows.length === 0) context.out(flags.queue ? 'no reports are queued\n' : 'no reports are stored\n')
  for (const { report, value } of rows) {
    const fields = [
      ['Timestamp', oneLine(value('jux:timestamp'))],
      ['Hostname', oneLine(value('jux:hostname'))],
      ['Username', oneLine(value('jux:username'))],
    ] as const
    context.out(`${paint.strong(report.hash)}\n${formatRows(fields, paint)}`)
  }
}

function show(stores: Stores, text: string, flags: Flags, context: CliContext): void {
  const report = findReport(stores, text)
  const properties = propertiesOf(report)
  const xml = reportText(readStored(report))
  const receipt = storedReceipt(report)
  if (flags.json) {
    const metadata = Object.fromEntries(properties.map(({ name, value }) => [name, value]))
    const output: CacheShowJson = { hash: report.hash, metadata, report: xml, size: report.sizeBytes, receipt }
    writeJson(context, output)
    return
  }
  const paint = outPaint(context)
  const variables = properties.filter(({ name }) => name.startsWith('env:'))
  const others = properties.filter((property) => !variables.includes(property))
  const rows = (some: readonly Property[]) =>
    formatRows(
      some.map(({ name, value }) => [oneLine(name), oneLine(value)]),
      paint,
    )
  context.out(`${paint.strong(report.hash)}\n${others.length === 0 ? '' : rows(others)}`)
  if (variables.length > 0) context.out(`\n${paint.strong('Environment')}\n${rows(variables)}`)
  if (receipt !== undefined) context.out(`\n${paint.strong('Receipt')}\n${receiptRows(receipt, paint)}`)
  // A report may contain terminal control characters; a file or a pipe gets the unchanged report.
  context.out(context.outIsTerminal === true ? `\n${printable(xml)}\n` : `\n${xml}\n`)
}

function receiptRows(path: string, paint: Paint): string {
  const file = ['File', oneLine(path)] as const
  try {
    const { server, id, received_at } = readReceipt(readInputFileSync(path, MAX_RECEIPT_BYTES + 1))
    const stated = [
      ['Server', oneLine(server)],
      ['Received', received_at],
      ['Id', oneLine(id)],
      ['Verified', 'no; jux verify --receipt does'],
    ] as const
    return formatRows([file, ...stated], paint)
  } catch (error) {
    return formatRows([file, ['Error', oneLine(messageOf(error))]], paint)
  }
}

function stats({ store }: Stores, flags: Flags, context: CliContext): void {
  const { totalReports, queuedReports, quarantinedReports, totalSizeBytes, oldestReport } = store.stats()
  if (flags.json) {
    const output: CacheStatsJson = {
      total_reports: totalReports,
      queued_reports: queuedReports,
      total_size: totalSizeBytes,
      oldest_report: oldestReport?.toISOString() ?? null,
      quarantined_reports: quarantinedReports,
    }
    writeJson(context, output)
    return
  }
  const rows = [
    ['Total Reports', String(totalReports)],
    ['Queued Reports', String(queuedReports)],
    ['Total Size', formatSize(totalSizeBytes)],
    ['Oldest Report', oldestReport?.toISOString() ?? UNKNOWN],
    ...(quarantinedReports === 0 ? [] : [['In Quarantine', String(quarantinedReports)] as const]),
    ['Store', oneLine(store.root)],
  ] as const
  context.out(formatRows(rows, outPaint(context)))
}

function clean({ store, queue }: Stores, flags: Flags, context: CliContext): void {
  const cutoffMs = context.system.now().getTime() - flags.days * DAY_MS
  const isOld = ({ storedAt }: StoredReport) => storedAt.getTime() < cutoffMs
  const old = [
    ...store
      .list()
      .filter(isOld)
      .map((report) => ({ report, from: store })),
    ...(flags.queue
      ? queue
          .list()
          .filter(isOld)
          .map((report) => ({ report, from: queue }))
      : []),
  ]
  const deleted = flags.dryRun ? old : old.filter(({ report, from }) => from.delete(report.hash))
  const freedBytes = deleted.reduce((sum, { report }) => sum + report.sizeBytes, 0)
  if (flags.json) {
    const hashes = deleted.map(({ report }) => report.hash)
    const output: CacheCleanJson = {
      deleted: deleted.length,
      dry_run: flags.dryRun === true,
      freed: freedBytes,
      hashes,
    }
    writeJson(context, output)
    return
  }
  for (const { report } of deleted) context.out(`${report.hash}\n`)
  context.out(`${deleted.length} ${flags.dryRun ? 'would be deleted' : 'deleted'}, ${formatSize(freedBytes)}\n`)
}

function formatSize(bytes: number): string {
  let size = bytes
  for (const unit of ['B', 'KB', 'MB', 'GB', 'TB']) {
    if (size < 1024) return `${size.toFixed(1)} ${unit}`
    size /= 1024
  }
  return `${size.toFixed(1)} PB`
}

function parseDays(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, 0 or greater.')
}
