/**
 * `jux inspect`: what a report says. It believes everything; `jux verify` tells whether to.
 *
 * @module
 */
import type { Command } from 'commander'
import { type ReportSummary, readReport } from '../../report/read.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { inputNames, nameConflict, openInput } from '../inputs.js'
import type { Manual } from '../manual.js'
import { formatRows, oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'

interface Flags {
  readonly input?: string
  readonly json?: boolean
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'counts, outcome and properties', line: 'jux inspect report.xml' },
    { does: 'for a program', line: 'jux inspect --json < report.xml' },
  ],
  exits: { ok: 'the report is shown, whatever it says', failed: 'it cannot be read, or is no report' },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const command: Command = createCommand('inspect', 'Show what a report says, without judging its signature.', context)
    .argument('[file]', 'report; standard input when there is none')
    .option('-i, --input <file>', 'report')
    .option('--json', 'print JSON')
  return command.action(async (file: string | undefined, flags: Flags) => {
    const names = inputNames(flags.input, file === undefined ? [] : [file])
    const [name = ''] = names
    const wrong = names.length > 1 ? 'only one report is inspected at a time' : nameConflict(names, context)
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

/** The first seven keys are the ones of the Python tools, in their order. */
function jsonOf({ tests, failures, errors, skipped, passed, signed, ...rest }: ReportSummary, hash: string) {
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
    suites: rest.suites,
  }
}

function textOf(summary: ReportSummary, hash: string, context: CliContext): string {
  const paint = outPaint(context)
  const rows: [string, string][] = [
    ['Tests', String(summary.tests)],
    ['Failures', String(summary.failures)],
    ['Errors', String(summary.errors)],
    ['Skipped', String(summary.skipped)],
    ['Passed', String(summary.passed)],
    ['Outcome', summary.outcome],
    ['Canonical Hash:', `${hash.slice(0, 16)}...${hash.slice(-16)}`],
    ['Signature:', summary.signed ? 'Present (not checked: jux verify)' : 'None'],
  ]
  const properties = summary.properties.map(({ name, value }): [string, string] => [oneLine(name), oneLine(value)])
  const title = `JUnit report${summary.name === '' ? '' : ` ${oneLine(summary.name)}`}`
  return `${paint.strong(title)}\n${formatRows(rows, paint)}${properties.length === 0 ? '' : `\n${formatRows(properties, paint)}`}`
}
