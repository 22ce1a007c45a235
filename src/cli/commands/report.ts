/**
 * `jux report`: makes reports of the JUnit files of other programs.
 *
 * @module
 */
import { isAbsolute, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { missingFiles, placeKeyError } from '../../config/files.js'
import type { FlagNames } from '../../config/layers.js'
import { combineProblems, type ExaminedConfig, examineConfig } from '../../config/load.js'
import { aboutSetting, plainAbout, type SettingName, type Settings } from '../../config/table.js'
import { startFacts } from '../../enrich/facts.js'
import { JuxError, printable, toJuxError } from '../../errors.js'
import { composeForeignReport, type ForeignReport } from '../../foreign-report.js'
import type { TestCounts } from '../../model.js'
import {
  deliverReport,
  type Materials,
  type PipelineSettings,
  preloadSubmit,
  type Receipt,
  submissionMistake,
} from '../../pipeline.js'
import { formatBlock, receiptRows } from '../../reporters/receipt.js'
import { textScrubber } from '../../scrub/scrub.js'
import { flagName, placed } from '../../setting-source.js'
import { loadSigner } from '../../sign/keys.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { expandInput, type Input, nameConflict } from '../files.js'
import type { ReportJson, ReportResultJson } from '../json.js'
import type { Manual } from '../manual.js'
import { errorFields, oneLine, outPaint, withJsonErrors, writeError, writeJson } from '../output.js'
import { flagNames, settingOption } from '../setting-flags.js'

interface Flags {
  readonly source?: string | undefined
  readonly replace?: boolean | undefined
  readonly json?: boolean | undefined
  readonly [setting: string]: unknown
}

/** What was made of one file. */
interface Result {
  readonly file: string
  readonly report?: ForeignReport | undefined
  readonly receipt?: Receipt | undefined
  /** Why there is no report. */
  readonly error?: JuxError | undefined
}

/** Flags with a shorter name than that of their setting, as in the other commands. */
const SHORT_FLAGS: Readonly<Partial<Record<SettingName, string>>> = {
  keyPath: '--key <file>',
  certPath: '--cert <file>',
  apiTimeout: '--timeout <seconds>',
  apiMaxRetries: '--max-retries <count>',
}

/** The settings that have a flag, in the order of the help. */
const FLAG_SETTINGS = [
  'keyPath',
  'certPath',
  'sign',
  'digest',
  'canonicalization',
  'storageMode',
  'storagePath',
  'project',
  'branch',
  'commitSha',
  'tags',
  'environment',
  'submit',
  'apiUrl',
  'protocol',
  'apiTimeout',
  'apiMaxRetries',
  'deadline',
  'caFile',
  'clientCertFile',
  'clientKeyFile',
  'gzip',
  'allowInsecureHttp',
  'scrub',
  'dryRun',
  'strict',
  'verbose',
] as const satisfies readonly SettingName[]

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'make a signed report of the results of pytest', line: 'jux report results.xml --key key.pem' },
    { does: 'of all files of Maven, and send them', line: "jux report 'target/surefire-reports/*.xml' --submit" },
    { does: 'see the facts and what would be sent', line: 'jux report results.xml --dry-run' },
  ],
  exits: {
    ok: 'there is a report of every file, even if its tests failed',
    failed: 'there is no report; with --strict: a report was not stored or not sent',
    partial: 'there are reports of some of the files',
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'report',
    'Make reports of the JUnit files of other programs: with facts, without secrets, signed, stored and sent.',
    context,
  )
    .argument('<files...>', 'JUnit XML files, folders with such files, patterns, or - for standard input')
    .option('--source <name>', 'the program that wrote the files (default: as the file says, or its name)')
    .option('--replace', 'make a report of a signed file, too; its signature is left out')
  for (const setting of FLAG_SETTINGS) addSettingFlag(command, setting)
  command.option('--json', 'print JSON')
  return command.action(async (names: string[], flags: Flags) => {
    const wrong = nameConflict(names, context) ?? (flags.source === '' ? 'the value of --source is empty' : undefined)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await withJsonErrors(context, flags.json, () => reportFiles(names, flags, context, flagNames(command))))
  })
}

function addSettingFlag(command: Command, setting: SettingName): void {
  const { flag, path } = aboutSetting(setting)
  const name = flagName(setting)
  if (!flag) {
    command.addOption(settingOption(setting, SHORT_FLAGS[setting] ?? `${name} <${path ? 'path' : 'value'}>`))
    return
  }
  command.option(name, plainAbout(setting)).option(name.replace('--', '--no-'), `the opposite of ${name}`)
}

async function reportFiles(
  names: readonly string[],
  flags: Flags,
  context: CliContext,
  spelled: FlagNames,
): Promise<number> {
  const { system } = context
  const config = examineConfig({ flags: settingsOf(flags), flagNames: spelled, cwd: system.cwd, system })
  const scrubText = textScrubber(config.settings, system.env)
  const say = (line: string) => {
    if (!flags.json) context.err(`${printable(scrubText(line))}\n`)
  }
  for (const notice of config.notices) say(notice)
  if (!config.settings.enabled) {
    say(`no report: ${placed(config.sources.enabled)} turns jux off`)
    if (flags.json) writeJson(context, jsonOf([], config.settings))
    return EXIT.ok
  }
  const materials = await prepare(config, context)
  const inputs = distinct(
    names.flatMap((name) => expandInput(name, context)),
    context,
  )
  const results: Result[] = []
  for (const input of inputs) {
    const result = await reportFile(input, flags, materials, say)
    results.push(result)
    if (!flags.json) printResult(result, materials, context)
  }
  if (flags.json) writeJson(context, jsonOf(results, materials.settings))
  return exitCodeOf(results, materials.settings)
}

// The names of commander's values are those of the long flags.
function settingsOf(flags: Flags): Readonly<Record<string, unknown>> {
  const { key, cert, timeout, maxRetries } = flags
  const own = Object.fromEntries(FLAG_SETTINGS.map((setting) => [setting, flags[setting]]))
  return { ...own, keyPath: key, certPath: cert, apiTimeout: timeout, apiMaxRetries: maxRetries }
}

interface Prepared extends Materials {
  readonly settings: Settings & PipelineSettings
}

// A mistake that concerns only the submission does not cost the reports, as in the reporters.
async function prepare(config: ExaminedConfig, { system }: CliContext): Promise<Prepared> {
  const settings = { ...config.settings, sources: config.sources }
  const files = missingFiles(config)
  const missing = files.filter(({ cost }) => cost === 'submission').map(({ problem }) => problem)
  const problem = combineProblems([
    ...config.problems,
    ...files.filter(({ cost }) => cost === 'report').map((file) => file.problem),
  ])
  if (problem !== undefined) throw problem
  const signs = settings.sign !== false && (settings.keyPath !== undefined || settings.key !== undefined)
  try {
    const signer = signs ? await loadSigner(settings, system) : undefined
    await preloadSubmit(settings)
    const mistake =
      combineProblems([...config.submissionProblems, ...missing]) ?? (await submissionMistake(settings, system))
    return {
      settings,
      signer,
      system,
      facts: await startFacts({ ...settings, rootDir: system.cwd }, system),
      submissionProblem: config.wantsSubmission ? mistake : undefined,
    }
  } catch (error) {
    throw placeKeyError(toJuxError(error), config)
  }
}

// A file that is named twice, or that is in a folder that is named too, is one run.
function distinct(inputs: readonly Input[], { system }: CliContext): readonly Input[] {
  const known = new Set<string>()
  return inputs.filter(({ name }) => {
    const path = resolve(system.cwd, name)
    return !known.has(path) && known.add(path)
  })
}

async function reportFile(
  input: Input,
  flags: Flags,
  materials: Prepared,
  say: (line: string) => void,
): Promise<Result> {
  const file = input.name
  const { settings, system } = materials
  try {
    const bytes = await input.read()
    const report = composeForeignReport(
      { bytes, name: sourceFile(file, system.cwd), source: flags.source, replace: flags.replace === true },
      materials,
    )
    for (const notice of report.notices) say(`${file}: ${notice}`)
    const receipt = await deliverReport(report, materials, {
      deadlineMs: settings.deadline * 1_000,
      log: (line, level) => {
        if (level === 'notice' || settings.verbose) say(line)
      },
    })
    return { file, report, receipt }
  } catch (error) {
    return { file, error: toJuxError(error) }
  }
}

// Nothing of this machine's folders outside the project goes into a report.
function sourceFile(name: string, cwd: string): string | undefined {
  if (name === '-') return undefined
  const path = relative(cwd, resolve(cwd, name)).replaceAll('\\', '/')
  return path.startsWith('..') || isAbsolute(path) ? path.split('/').at(-1) : path
}

/** Whether there is a report: stored, sent, or shown in a dry run. */
function isMade({ receipt }: Result): boolean {
  return receipt !== undefined && (receipt.path ?? receipt.submitted ?? receipt.preview) !== undefined
}

function exitCodeOf(results: readonly Result[], { strict }: Settings): number {
  const isGood = (result: Result) => isMade(result) && !(strict && problemsOf(result).length > 0)
  const good = results.filter(isGood).length
  if (good === results.length) return EXIT.ok
  return good === 0 ? EXIT.failed : EXIT.partial
}

function problemsOf({ error, receipt }: Result): readonly (JuxError | string)[] {
  const failures = error === undefined ? (receipt?.failures ?? []) : [error]
  return receipt?.notSubmitted === undefined ? failures : [...failures, receipt.notSubmitted]
}

function printResult(result: Result, { settings, system }: Prepared, context: CliContext): void {
  const { file, report, receipt } = result
  if (report !== undefined && receipt !== undefined && isMade(result)) {
    const rows = receiptRows(receipt, { settings, system }).filter(([label]) => label !== 'tests')
    const named = report.source === file ? file : `${file}, ${report.source}`
    const own = [
      ['file', named],
      ['tests', `${countsText(report.counts)}; the outcome is ${report.outcome}`],
    ] as const
    context.out(`${formatBlock([...own, ...rows], outPaint(context))}\n`)
  } else context.err(`${oneLine(file)}\n`)
  for (const problem of report?.problems ?? []) writeError(context, problem)
  for (const line of [receipt?.notSubmitted, report?.sizeNotice]) {
    if (line !== undefined) context.err(`${printable(line)}\n`)
  }
  for (const problem of result.error === undefined ? (receipt?.failures ?? []) : [result.error]) {
    writeError(context, problem)
  }
}

function countsText({ tests, failures, errors, skipped }: TestCounts): string {
  const counts = [
    [tests - failures - errors - skipped, 'passed'],
    [failures, 'failed'],
    [errors, errors === 1 ? 'error' : 'errors'],
    [skipped, 'skipped'],
  ] as const
  const shown = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return shown.length === 0 ? 'none' : `${tests}: ${shown.join(', ')}`
}

function jsonOf(results: readonly Result[], { dryRun, strict }: Settings): ReportJson {
  const reported = results.filter(isMade).length
  return {
    success: reported === results.length && !(strict && results.some((result) => problemsOf(result).length > 0)),
    dry_run: dryRun,
    reported,
    failed: results.length - reported,
    results: results.map(resultJson),
  }
}

function resultJson(result: Result): ReportResultJson {
  const { file, report, receipt } = result
  const [problem] = problemsOf(result)
  const error = typeof problem === 'string' ? new JuxError('OPERATION_FAILED', { message: problem }) : problem
  const { submitted } = receipt ?? {}
  return {
    file,
    success: isMade(result),
    ...(error && errorFields(error)),
    ...(report && {
      source: report.source,
      outcome: report.outcome,
      ...report.counts,
      content_hash: report.contentHash,
      path: receipt?.path,
      queued: receipt?.queued,
      signed: report.signer !== undefined,
      key: report.signer?.fingerprint,
      notices: report.notices.length === 0 ? undefined : report.notices,
    }),
    ...(submitted && { test_run_id: submitted.id ?? null, status: submitted.status, page: submitted.page }),
    submission: receipt?.preview && Object.fromEntries(receipt.preview.rows),
  }
}
