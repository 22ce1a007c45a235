/**
 * `jux report`: makes reports of the JUnit files of other programs.
 *
 * @module
 */
import type { Command } from 'commander'
import type { FlagNames } from '../../config/layers.js'
import { examineConfig } from '../../config/load.js'
import { aboutSetting, plainAbout, type SettingName, type Settings } from '../../config/table.js'
import { JuxError, printable } from '../../errors.js'
import { textScrubber } from '../../scrub/scrub.js'
import { flagName, placed } from '../../setting-source.js'
import { findStoreRoot } from '../../store/paths.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { distinctInputs, expandResults, nameConflict } from '../files.js'
import type { ReportJson, ReportResultJson } from '../json.js'
import type { Manual } from '../manual.js'
import { errorFields, outPaint, withJsonErrors, writeJson } from '../output.js'
import { type FileResult, isMade, prepareReports, printResult, problemsOf, reportFile } from '../reporting.js'
import { flagNames, settingOption } from '../setting-flags.js'

interface Flags {
  readonly source?: string | undefined
  readonly replace?: boolean | undefined
  readonly json?: boolean | undefined
  readonly quiet?: boolean | undefined
  readonly [setting: string]: unknown
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
  command.option('--json', 'print JSON').option('-q, --quiet', 'print only errors; with --json the JSON is printed')
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
    if (!flags.json && !flags.quiet) context.err(`${printable(scrubText(line))}\n`)
  }
  for (const notice of config.notices) say(notice)
  if (!config.settings.enabled) {
    say(`no report: ${placed(config.sources.enabled)} turns jux off`)
    if (flags.json) writeJson(context, jsonOf([], config.settings))
    return EXIT.ok
  }
  const materials = await prepareReports(config, context)
  const store = findStoreRoot(config.settings, system)
  const inputs = distinctInputs(
    names.flatMap((name) => expandResults(name, context, store)),
    context,
  )
  const { source, replace } = flags
  const stream = { write: flags.quiet ? () => {} : context.out, paint: outPaint(context) }
  const results: FileResult[] = []
  for (const input of inputs) {
    const result = await reportFile(input, materials, { source, replace, say })
    results.push(result)
    if (!flags.json) printResult(result, materials, context, stream)
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

function exitCodeOf(results: readonly FileResult[], { strict }: Settings): number {
  const isGood = (result: FileResult) => isMade(result) && !(strict && problemsOf(result).length > 0)
  const good = results.filter(isGood).length
  if (good === results.length) return EXIT.ok
  return good === 0 ? EXIT.failed : EXIT.partial
}

function jsonOf(results: readonly FileResult[], { dryRun, strict }: Settings): ReportJson {
  const reported = results.filter(isMade).length
  return {
    success: reported === results.length && !(strict && results.some((result) => problemsOf(result).length > 0)),
    dry_run: dryRun,
    reported,
    failed: results.length - reported,
    results: results.map(resultJson),
  }
}

function resultJson(result: FileResult): ReportResultJson {
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
