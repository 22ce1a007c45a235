/**
 * `jux inspect`: shows the contents of a report, without verifying its signature.
 *
 * @module
 */
import type { Command } from 'commander'
import type { Property } from '../../model.js'
import { type ReportSummary, readReport } from '../../report/read.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { inputNames, nameConflict, openInput } from '../files.js'
import type { InspectJson } from '../json.js'
import type { Manual } from '../manual.js'
import { formatRows, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'

interface Flags {
  readonly input?: string | undefined
  readonly json?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'show counts, outcome and properties', line: 'jux inspect report.xml' },
    { does: 'print them as JSON', line: 'jux inspect --json < report.xml' },
  ],
  exits: { ok: 'the report is shown, even if tests failed', failed: 'the file cannot be read, or is not a report' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand(
    'inspect',
    'Show the contents of a report, without verifying its signature.',
    context,
  )
    .argument('[file]', 'the report (default: standard input)')
    .option('-i, --input <file>', 'the report')
    .option('--json', 'print JSON')
  return command.action(async (file: string | undefined, flags: Flags) => {
    const names = inputNames(flags.input, file === undefined ? [] : [file])
    const [name = ''] = names
    const wrong = names.length > 1 ? 'more than one report given' : nameConflict(names, context)
    if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await withJsonErrors(context, flags.json, () => inspect(name, flags, context)))
  })
}

async function inspect(name: string, flags: Flags, context: CliContext): Promise<number> {
  const bytes = await openInput(name, context).read()
  const { summary, contentHash: hash } = readReport(bytes)
  if (flags.json) writeJson(context, jsonOf(summary, hash))
  else context.out(textOf(summary, hash, context))
  return EXIT.ok
}

/** The first seven keys are those of the Python tools, in the same order. */
function jsonOf(
  { tests, failures, errors, skipped, passed, signed, ...rest }: ReportSummary,
  hash: string,
): InspectJson {
  return {
    tests,
    failures,
    errors,
    skipped,
    passed,
    canonical_hash: hash,
    signed,
    outcome: rest.outcome,
    name: rest.name,
    properties: rest.properties,
    // The output of suites is not read here.
    suites: rest.suites.map(({ output: _, ...suite }) => suite),
  }
}

function textOf(summary: ReportSummary, hash: string, context: CliContext): string {
  const paint = outPaint(context)
  const rows: [string, string][] = [
    ['Tests:', String(summary.tests)],
    ['Failures:', String(summary.failures)],
    ['Errors:', String(summary.errors)],
    ['Skipped:', String(summary.skipped)],
    ['Passed:', String(summary.passed)],
    ['Outcome:', summary.outcome],
    ['Canonical Hash:', `${hash.slice(0, 16)}...${hash.slice(-16)}`],
    ['Signature:', summary.signed ? 'Present (not verified; use jux verify)' : 'None'],
  ]
  const { ofRun, ofFile } = splitFacts(summary.properties)
  const title = `JUnit report${summary.name === '' ? '' : ` ${oneLine(summary.name)}`}`
  const block = (heading: string, some: readonly Property[]) => {
    if (some.length === 0) return ''
    const lines = some.map(({ name, value }) => [oneLine(name), oneLine(value)] as const)
    return `\n${paint.strong(heading)}\n${formatRows(lines, paint)}`
  }
  return [
    `${paint.strong(title)}\n${formatRows(rows, paint)}`,
    block('Facts of the run', ofRun),
    block(`Facts of the first file, ${oneLine(summary.suites[0]?.name ?? '')}`, ofFile),
  ].join('')
}

/** Beginnings of the names that only the facts of a file have; reports of the reporters have these after the facts of the run. */
const FILE_FACT = /^jux:(?:module_|timing:|(?:raw_status|timeout_ms|retries|repeats|output_times|describe|file)$)/

// The first suite has the facts of the run, and then those of its own file.
function splitFacts(properties: readonly Property[]) {
  const index = properties.findIndex(({ name }) => FILE_FACT.test(name))
  const runCount = index < 0 ? properties.length : index
  return { ofRun: properties.slice(0, runCount), ofFile: properties.slice(runCount) }
}
