/**
 * `jux publish`: sends stored reports to a server.
 *
 * @module
 */
import { basename } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { loadConfig } from '../../config/load.js'
import type { Settings } from '../../config/table.js'
import { printable, toJuxError } from '../../errors.js'
import { storeRoot } from '../../store/paths.js'
import { openQueue } from '../../store/queue.js'
import { createClient } from '../../submit/client.js'
import { type Preview, previewSubmission } from '../../submit/preview.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { openInput } from '../inputs.js'
import type { Manual } from '../manual.js'
import { errorFields, formatRows, oneLine, outPaint, withJsonErrors, writeError, writeJson } from '../output.js'
import { createProgress } from '../progress.js'
import { drainQueue, type Outcome, readEntry, readSubmission } from '../publishing.js'
import { settingOption } from '../setting-flags.js'

interface Flags {
  readonly file?: string
  readonly queue?: boolean
  readonly processQueue?: boolean
  readonly apiUrl?: string
  readonly bearerToken?: string
  readonly protocol?: string
  readonly timeout?: string
  readonly maxRetries?: string
  readonly deadline?: number
  readonly storagePath?: string
  readonly concurrency: number
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly verbose?: boolean
}

/** A result with what a dry run found out. */
interface Result extends Outcome {
  readonly preview?: Preview
}

const DEFAULT_CONCURRENCY = 4
const MAX_CONCURRENCY = 64

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'everything that waits, to the configured server', line: 'jux publish --queue' },
    {
      does: 'see what would be sent',
      line: 'jux publish signed.xml --api-url https://jux.example.com --dry-run',
    },
  ],
  exits: {
    ok: 'all are sent, or were there already, or nothing waited',
    failed: 'none is sent',
    partial: 'some are sent',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('publish', 'Send stored reports to a server.', context)
    .argument('[file]', 'one report')
    .option('-f, --file <file>', 'one report')
    .option('-q, --queue', 'all reports that wait in the queue')
    .option('--process-queue', 'the same as --queue')
    .addOption(settingOption('apiUrl', '--api-url <url>'))
    .addOption(settingOption('bearerToken', '--bearer-token <token>'))
    .addOption(settingOption('protocol', '--protocol <protocol>'))
    .addOption(settingOption('apiTimeout', '--timeout <seconds>'))
    .addOption(settingOption('apiMaxRetries', '--max-retries <count>'))
    .option('--deadline <seconds>', 'for each report, repetitions included (default: none)', positive)
    .addOption(settingOption('storagePath', '--storage-path <folder>'))
    .option('--concurrency <count>', 'reports sent at once', positive, DEFAULT_CONCURRENCY)
    .option('-n, --dry-run', 'show what would be sent; needs no server and no key')
    .option('-j, --json', 'print JSON')
    .option('-v, --verbose', 'say what happens')
  return command.action(async (named: string | undefined, given: Flags) => {
    const queue = given.queue === true || given.processQueue === true
    const file = given.file ?? named
    const both = given.file !== undefined && named !== undefined
    if (both || queue === (file !== undefined)) {
      command.error('error: either one report or --queue is needed', { exitCode: EXIT.usage })
    }
    const flags = file === undefined ? given : { ...given, file }
    finish(await withJsonErrors(context, flags.json, () => publish(flags, context)))
  })
}

async function publish(flags: Flags, context: CliContext): Promise<number> {
  const { settings } = loadConfig({
    flags: {
      apiUrl: flags.apiUrl,
      bearerToken: flags.bearerToken,
      protocol: flags.protocol,
      apiTimeout: flags.timeout,
      apiMaxRetries: flags.maxRetries,
      storagePath: flags.storagePath,
      // Then the configuration may lack a server.
      dryRun: flags.dryRun,
    },
    cwd: context.system.cwd,
    system: context.system,
  })
  const results = flags.dryRun ? await rehearse(flags, settings, context) : await send(flags, settings, context)
  const failed = results.filter(({ error }) => error !== undefined).length
  report(results, failed, flags, context)
  if (failed === 0) return EXIT.ok
  return failed === results.length ? EXIT.failed : EXIT.partial
}

async function send(flags: Flags, settings: Settings, context: CliContext): Promise<Result[]> {
  const { system } = context
  const concurrency = Math.min(flags.concurrency, MAX_CONCURRENCY)
  const queue = openQueue(storeRoot(settings, system))
  const progress = createProgress(
    context,
    flags.file === undefined ? queue.list().length : 1,
    flags.json || flags.verbose,
  )
  const client = createClient(settings, system, concurrency)
  const options = {
    deadlineMs: flags.deadline === undefined ? undefined : flags.deadline * 1_000,
    log: (line: string, level: 'notice' | 'verbose') => {
      if (flags.verbose || (level === 'notice' && !flags.json)) context.err(`${printable(line)}\n`)
    },
  }
  const results: Result[] = []
  try {
    if (flags.file !== undefined) {
      const file = flags.file
      return [
        await attempt(file, async () => ({
          receipt: await client.submit(await fileSubmission(file, context), options),
        })),
      ]
    }
    await drainQueue(queue, (submission) => client.submit(submission, options), {
      concurrency,
      onOutcome: (outcome) => {
        results.push(outcome)
        progress.step(results.filter(({ error }) => error !== undefined).length)
      },
    })
    return results
  } finally {
    progress.end()
    await client.close()
  }
}

// Claims nothing, moves nothing, opens no socket.
async function rehearse(flags: Flags, settings: Settings, context: CliContext): Promise<Result[]> {
  const preview = (submission: Parameters<typeof previewSubmission>[0]) => {
    const shown = previewSubmission(submission, settings)
    if (shown.problem !== undefined) throw new Error(shown.problem)
    return { preview: shown }
  }
  if (flags.file !== undefined) {
    const file = flags.file
    return [await attempt(file, async () => preview(await fileSubmission(file, context)))]
  }
  const queue = openQueue(storeRoot(settings, context.system))
  const results: Result[] = []
  for (const { hash } of queue.list()) {
    results.push(await attempt(hash, async () => preview(readEntry(queue.get(hash), hash))))
  }
  return results
}

async function fileSubmission(file: string, context: CliContext) {
  return readSubmission(await openInput(file, context).read(), basename(file))
}

async function attempt(subject: string, action: () => Promise<Omit<Result, 'subject'>>): Promise<Result> {
  try {
    return { subject, ...(await action()) }
  } catch (error) {
    return { subject, error: toJuxError(error) }
  }
}

function report(results: readonly Result[], failed: number, flags: Flags, context: CliContext): void {
  const published = results.length - failed
  if (flags.json) {
    writeJson(context, {
      success: failed === 0,
      dry_run: flags.dryRun === true,
      published: flags.dryRun ? 0 : published,
      failed,
      results: results.map((result) => jsonOf(result, flags)),
      ...(results.length === 0 ? { message: EMPTY } : {}),
    })
    return
  }
  for (const result of results) show(result, context)
  if (flags.file !== undefined) return
  if (results.length === 0) context.out(`${EMPTY}\n`)
  else context.out(`${published} ${flags.dryRun ? 'would be published' : 'published'}, ${failed} failed\n`)
}

const EMPTY = 'no reports are queued'

function jsonOf({ subject, receipt, error, preview }: Result, flags: Flags) {
  return {
    [flags.file === undefined ? 'hash' : 'file']: subject,
    success: error === undefined,
    ...(error === undefined ? {} : errorFields(error)),
    ...(receipt === undefined
      ? {}
      : { test_run_id: receipt.id ?? null, status: receipt.status, attempts: receipt.attempts }),
    ...(receipt?.page === undefined ? {} : { page: receipt.page }),
    ...(receipt?.message === undefined ? {} : { message: receipt.message }),
    ...(receipt === undefined || receipt.warnings.length === 0 ? {} : { warnings: receipt.warnings }),
    ...(preview === undefined ? {} : { dry_run: true, submission: Object.fromEntries(preview.rows) }),
  }
}

function show({ subject, receipt, error, preview }: Result, context: CliContext): void {
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
  const what = receipt.status === 'duplicate' ? 'the server has it already' : 'published'
  const page = receipt.page === undefined ? '' : `, ${oneLine(receipt.page)}`
  context.out(`${paint.good('ok')}  ${name}  ${what}${id}${page}\n`)
  for (const warning of receipt.warnings) context.err(`warn  ${printable(warning)}\n`)
}

function positive(text: string): number {
  const value = Number(text)
  if (/^\d+(?:\.\d+)?$/.test(text) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}
