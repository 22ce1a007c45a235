/**
 * `jux publish`: sends stored reports to a server.
 *
 * @module
 */
import { basename } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import type { FlagNames } from '../../config/layers.js'
import { type Config, loadConfig } from '../../config/load.js'
import type { SourcedSettings } from '../../config/rules.js'
import { checkCombination } from '../../config/trust.js'
import { printable, shellWord, toJuxError } from '../../errors.js'
import { isOfRepository } from '../../setting-source.js'
import { expandPath } from '../../sign/key-files.js'
import { storeRoot } from '../../store/paths.js'
import { openQueue } from '../../store/queue.js'
import { SubmitClient } from '../../submit/client.js'
import { type Preview, previewSubmission } from '../../submit/preview.js'
import type { Submission } from '../../submit/request.js'
import type { DecisionReceipt } from '../../submit/submit-receipt.js'
import { publishCommand } from '../../submit/unsent.js'
import { isJsonObject } from '../attest/json-object.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { openInput } from '../files.js'
import type { PublishJson, PublishResultJson } from '../json.js'
import type { Manual } from '../manual.js'
import {
  createProgress,
  errorFields,
  formatRows,
  oneLine,
  outPaint,
  withJsonErrors,
  writeError,
  writeJson,
} from '../output.js'
import { drainQueue, keep, type Outcome, type ReadSubmission, readEntry, readSubmission } from '../publishing.js'
import { QueueSender } from '../queued-servers.js'
import { flagNames, settingOption } from '../setting-flags.js'
import { reportSkipped } from '../stored-reports.js'

interface Flags {
  readonly file?: string | undefined
  readonly queue?: boolean | undefined
  readonly processQueue?: boolean | undefined
  readonly apiUrl?: string | undefined
  readonly bearerToken?: string | undefined
  readonly protocol?: string | undefined
  readonly timeout?: string | undefined
  readonly maxRetries?: string | undefined
  readonly deadline?: number | undefined
  readonly storagePath?: string | undefined
  readonly caFile?: string | undefined
  readonly clientCertFile?: string | undefined
  readonly clientKeyFile?: string | undefined
  readonly gzip?: boolean | undefined
  readonly allowInsecureHttp?: boolean | undefined
  readonly concurrency: number
  readonly dryRun?: boolean | undefined
  readonly json?: boolean | undefined
  readonly verbose?: boolean | undefined
}

/** A result, with the preview of a dry run. */
interface Result extends Omit<Outcome, 'receipt'> {
  readonly receipt?: Outcome['receipt'] | DecisionReceipt
  /** Whether it is the decision of a gate. */
  readonly isDecision?: boolean | undefined
  readonly preview?: Preview | undefined
}

const DEFAULT_CONCURRENCY = 4
const MAX_CONCURRENCY = 64
const EMPTY_QUEUE = 'no reports are queued'

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'send all reports in the queue to the configured server', line: 'jux publish --queue' },
    { does: 'send the decision of a gate', line: 'jux publish decision.json' },
    {
      does: 'show what would be sent',
      line: 'jux publish signed.xml --api-url https://jux.example.com --dry-run',
    },
  ],
  exits: {
    ok: 'all reports were sent, or the server had them already, or the queue was empty',
    failed: 'no report was sent',
    partial: 'some reports were sent',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'publish',
    'Send stored reports, or the decision of a gate, to a server.',
    context,
  )
    .argument('[file]', 'the report or the decision to send')
    .option('-f, --file <file>', 'same as the argument')
    .option('-q, --queue', 'send all reports in the queue')
    .option('--process-queue', 'same as --queue')
    .addOption(settingOption('apiUrl', '--api-url <url>'))
    .addOption(settingOption('bearerToken', '--bearer-token <token>'))
    .addOption(settingOption('protocol', '--protocol <protocol>'))
    .addOption(settingOption('apiTimeout', '--timeout <seconds>'))
    .addOption(settingOption('apiMaxRetries', '--max-retries <count>'))
    .option('--deadline <seconds>', 'time limit for each report, including retries (default: none)', parsePositive)
    .addOption(settingOption('storagePath', '--storage-path <folder>'))
    .addOption(settingOption('caFile', '--ca-file <file>'))
    .addOption(settingOption('clientCertFile', '--client-cert-file <file>'))
    .addOption(settingOption('clientKeyFile', '--client-key-file <file>'))
    .addOption(settingOption('gzip', '--gzip'))
    .addOption(settingOption('allowInsecureHttp', '--allow-insecure-http'))
    .option('--concurrency <count>', 'requests at the same time', parseCount, DEFAULT_CONCURRENCY)
    .option('-n, --dry-run', 'show what would be sent; needs neither a server nor a key')
    .option('-j, --json', 'print JSON')
    .option('-v, --verbose', 'print every step')
  return command.action(async (named: string | undefined, given: Flags) => {
    const queue = given.queue === true || given.processQueue === true
    const file = given.file ?? named
    const isNamedTwice = given.file !== undefined && named !== undefined
    if (!queue && file === undefined) command.error(nothingNamed(given), { exitCode: EXIT.usage })
    if (isNamedTwice || (queue && file !== undefined)) {
      command.error('error: name either one report or --queue', { exitCode: EXIT.usage })
    }
    const flags = { ...given, file }
    finish(await withJsonErrors(context, flags.json, () => publish(flags, context, flagNames(command))))
  })
}

// The same command line, completed.
function nothingNamed({ dryRun, json, verbose }: Flags): string {
  const typed = [dryRun && '--dry-run', json && '--json', verbose && '--verbose'].filter(Boolean)
  const line = (subject: string) => ['npx jux publish', subject, ...typed].join(' ')
  return `error: name what to send
  try  ${line('--queue')}  # all reports in the queue
       ${line('report.xml')}  # one report`
}

/** Loads the configuration with the flags, and with others in their place. */
type Load = (others?: Readonly<Record<string, unknown>>) => Config

async function publish(flags: Flags, context: CliContext, names: FlagNames): Promise<number> {
  const load: Load = (others) => loadWith({ ...settingFlags(flags), ...others }, names, context)
  const config = load()
  if (!flags.json) for (const notice of config.notices) context.err(`${printable(notice)}\n`)
  const root = storeRoot(config.settings, context.system)
  if (flags.file === undefined && !flags.dryRun && !isOfRepository(config.sources.storagePath)) {
    const { reportLostRuns } = await import('../run/lost-runs.js')
    await reportLostRuns(config, context.system, (text) => {
      if (!flags.json) context.err(`${printable(text)}\n`)
    })
  }
  const skipped = flags.file === undefined ? reportSkipped(root, 'queue', { json: flags.json, context }) : {}
  const results = await (flags.dryRun ? dryRun : send)(flags, config, load, context)
  const failed = results.filter(({ error }) => error !== undefined).length
  printResults(results, failed, flags, context, skipped)
  if (failed === 0) return EXIT.ok
  return failed === results.length ? EXIT.failed : EXIT.partial
}

function settingFlags(flags: Flags): Readonly<Record<string, unknown>> {
  return {
    apiUrl: flags.apiUrl,
    bearerToken: flags.bearerToken,
    protocol: flags.protocol,
    apiTimeout: flags.timeout,
    apiMaxRetries: flags.maxRetries,
    storagePath: flags.storagePath,
    caFile: flags.caFile,
    clientCertFile: flags.clientCertFile,
    clientKeyFile: flags.clientKeyFile,
    gzip: flags.gzip,
    allowInsecureHttp: flags.allowInsecureHttp,
    // A dry run needs no server in the configuration.
    dryRun: flags.dryRun,
  }
}

function loadWith(flags: Readonly<Record<string, unknown>>, flagNames: FlagNames, { system }: CliContext): Config {
  return loadConfig({ flags, flagNames, cwd: system.cwd, system })
}

function senderOf(flags: Flags, config: Config, load: Load, { system }: CliContext): QueueSender {
  return new QueueSender({
    queue: openQueue(storeRoot(config.settings, system)),
    config,
    loadFor: ({ apiUrl, protocol }) => load({ apiUrl, protocol: flags.protocol ?? protocol }),
    command: publishCommand('queue', { ...config.settings, sources: config.sources }, system),
    system,
    connections: Math.min(flags.concurrency, MAX_CONCURRENCY),
  })
}

async function send(flags: Flags, config: Config, load: Load, context: CliContext): Promise<Result[]> {
  const { system } = context
  const settings = { ...config.settings, sources: config.sources }
  const concurrency = Math.min(flags.concurrency, MAX_CONCURRENCY)
  const queue = openQueue(storeRoot(settings, system))
  const progress = createProgress(
    context,
    flags.file === undefined ? queue.list().length : 1,
    flags.json || flags.verbose,
  )
  const options = {
    deadlineMs: flags.deadline === undefined ? undefined : flags.deadline * 1_000,
    log: (line: string, level: 'notice' | 'verbose') => {
      if (flags.verbose || (level === 'notice' && !flags.json)) context.err(`${printable(line)}\n`)
    },
  }
  const results: Result[] = []
  const sender = senderOf(flags, config, load, context)
  try {
    if (flags.file !== undefined) {
      const file = flags.file
      checkCombination(config, `npx jux publish --file ${shellWord(file)}`)
      const client = new SubmitClient(settings, system, { submitter: 'publish' })
      try {
        return [
          await attempt(file, async () => {
            const bytes = await openInput(file, context).read()
            if (isJsonObject(bytes)) {
              const { readDecision } = await import('../gate-commands.js')
              readDecision(bytes)
              return { receipt: await client.submitDecision(bytes, options), isDecision: true }
            }
            const { submission, read } = readSubmission(bytes, basename(file))
            const receipt = await client.submit(submission, options)
            // What comes from standard input is no file that a receipt could be beside.
            return { receipt: file === '-' ? receipt : keep(expandPath(file, system), read, receipt) }
          }),
        ]
      } finally {
        await client.close()
      }
    }
    const left = (spentMs: number) =>
      options.deadlineMs === undefined ? undefined : Math.max(0, options.deadlineMs - spentMs)
    const single = (submission: Submission, spentMs: number) =>
      sender.send(submission, { ...options, deadlineMs: left(spentMs), spentMs })
    await drainQueue(queue, single, {
      concurrency,
      batches: {
        keyOf: (hash) => sender.keyOf(hash),
        limitsOf: (hash) => sender.limitsOf(hash),
        send: (submissions) => sender.sendAll(submissions, options),
      },
      again: publishCommand('queue', settings, system),
      serverOf: (hash) => sender.serverOf(hash),
      onOutcome: (outcome) => {
        results.push(outcome)
        progress.step(results.filter(({ error }) => error !== undefined).length)
      },
    })
    return results
  } finally {
    progress.end()
    await sender.close()
  }
}

// Does not claim or move a report, and opens no connection.
async function dryRun(flags: Flags, config: Config, load: Load, context: CliContext): Promise<Result[]> {
  const preview = ({ submission, read }: ReadSubmission, { settings }: SourcedSettings = config) => {
    const shown = previewSubmission(submission, settings, read)
    if (shown.problem !== undefined) throw new Error(shown.problem)
    return { preview: shown }
  }
  if (flags.file !== undefined) {
    const file = flags.file
    return [
      await attempt(file, async () => {
        const bytes = await openInput(file, context).read()
        if (!isJsonObject(bytes)) return preview(readSubmission(bytes, basename(file)))
        const { previewDecision } = await import('../gate-commands.js')
        return { preview: previewDecision(bytes, config.settings) }
      }),
    ]
  }
  const queue = openQueue(storeRoot(config.settings, context.system))
  const sender = senderOf(flags, config, load, context)
  const results: Result[] = []
  for (const { hash } of queue.list()) {
    results.push(
      await attempt(hash, async () => preview(readEntry(queue.get(hash), hash), sender.sendingOf(hash).config)),
    )
  }
  return results
}

async function attempt(subject: string, action: () => Promise<Omit<Result, 'subject'>>): Promise<Result> {
  try {
    return { subject, ...(await action()) }
  } catch (error) {
    return { subject, error: toJuxError(error) }
  }
}

function printResults(
  results: readonly Result[],
  failed: number,
  flags: Flags,
  context: CliContext,
  skipped: Pick<PublishJson, 'skipped'>,
): void {
  const published = results.length - failed
  if (flags.json) {
    const output: PublishJson = {
      success: failed === 0,
      dry_run: flags.dryRun === true,
      published: flags.dryRun ? 0 : published,
      failed,
      results: results.map((result) => jsonOf(result, flags)),
      ...skipped,
      message: results.length === 0 ? EMPTY_QUEUE : undefined,
    }
    writeJson(context, output)
    return
  }
  for (const result of results) printResult(result, context)
  if (flags.file !== undefined) return
  if (results.length === 0) context.out(`${EMPTY_QUEUE}\n`)
  else context.out(`${published} ${flags.dryRun ? 'would be published' : 'published'}, ${failed} failed\n`)
}

function jsonOf({ subject, receipt, error, preview, isDecision }: Result, flags: Flags): PublishResultJson {
  return {
    [flags.file === undefined ? 'hash' : 'file']: subject,
    success: error === undefined,
    ...(error && errorFields(error)),
    ...(receipt && {
      [isDecision ? 'decision_id' : 'test_run_id']: receipt.id ?? null,
      status: receipt.status,
      attempts: receipt.attempts,
    }),
    page: receipt?.page,
    message: receipt?.message,
    warnings: receipt?.warnings.length ? receipt.warnings : undefined,
    ...(preview && { dry_run: true, submission: Object.fromEntries(preview.rows) }),
  }
}

function printResult({ subject, receipt, error, preview }: Result, context: CliContext): void {
  const paint = outPaint(context)
  const name = oneLine(subject)
  if (error !== undefined) {
    context.err(`${name}\n`)
    writeError(context, error)
  }
  if (preview !== undefined) {
    const rows = preview.rows.map(([label, value]) => [label, oneLine(value)] as const)
    context.out(`${name}\n${formatRows(rows, paint)}`)
  }
  if (receipt === undefined) return
  const id = receipt.id === undefined ? '' : ` as ${oneLine(receipt.id)}`
  const status = receipt.status === 'duplicate' ? 'the server has it already' : 'published'
  const page = receipt.page === undefined ? '' : `, ${oneLine(receipt.page)}`
  context.out(`${paint.good('ok')}  ${name}  ${status}${id}${page}\n`)
  for (const warning of receipt.warnings) context.err(`warn  ${printable(warning)}\n`)
}

function parseCount(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function parsePositive(text: string): number {
  const value = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('It must be a number greater than 0.')
}
