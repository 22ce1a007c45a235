/**
 * `jux policy`: writes a first policy, checks one and says what it demands, and lists the tests of reports for a baseline.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { JuxError, shellWord } from '../../errors.js'
import { usedRules } from '../../gate/evaluate.js'
import { hasRun, testsOf } from '../../gate/report.js'
import { expandPath } from '../../sign/key-files.js'
import { addSubcommand, type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import { distinctInputs, expandInput, nameConflict, writeNewOutput, writeOutput } from '../files.js'
import { loadPolicy } from '../gate/files.js'
import { POLICY_TEMPLATE, TEMPLATE_KEY } from '../gate/policy-template.js'
import { readReports } from '../gate/read-reports.js'
import type { PolicyCheckJson } from '../json.js'
import type { Manual } from '../manual.js'
import { oneLine, outPaint, withJsonErrors, writeJson } from '../output.js'

interface InitFlags {
  readonly output: string
  readonly force?: boolean | undefined
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [
    { does: 'write a first policy', line: 'jux policy init' },
    { does: 'see what it demands', line: 'jux policy check policy.json' },
  ],
  exits: { ok: 'done', failed: 'the policy cannot be read or written, or has a mistake' },
  commands: {
    init: {
      examples: [{ does: 'write a first policy, with comments', line: 'jux policy init --output policy.json' }],
      exits: { ok: 'written', failed: 'the file exists already, or it cannot be written' },
    },
    check: {
      examples: [
        { does: 'check a policy and its keys, and say what it demands', line: 'jux policy check policy.json' },
      ],
      exits: { ok: 'the policy can be used', failed: 'the policy, or a key that it names, cannot be used' },
    },
    tests: {
      examples: [
        {
          does: 'save the tests of a release as a baseline',
          line: 'jux policy tests policy.json reports/ > before.txt',
        },
      ],
      exits: { ok: 'listed', failed: 'a report is not verified by the policy' },
    },
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const parent = createCommand('policy', 'Write and check the policy of a gate (jux verify --policy).', context)
  addSubcommand(parent, 'init', 'write a first policy, with comments')
    .option('-o, --output <file>', 'where to write it', 'policy.json')
    .option('--force', 'replace an existing file')
    .action((flags: InitFlags) => finish(init(flags, context)))
  addSubcommand(parent, 'check', 'check a policy and the keys that it names, and say what it demands')
    .argument('<policy>', 'the policy')
    .option('--json', 'print JSON')
    .action(async (file: string, flags: { json?: boolean }) => {
      finish(
        await withJsonErrors(context, flags.json, () => check(file, flags.json === true, context), { valid: false }),
      )
    })
  const tests = addSubcommand(parent, 'tests', 'list the tests that ran in reports, for a baseline')
    .argument('<policy>', 'the policy whose keys verify the reports')
    .argument('<files...>', 'reports, or folders with reports')
  tests.action(async (file: string, files: string[]) => {
    const wrong = nameConflict(files, context)
    if (wrong !== undefined) tests.error(`error: ${wrong}`, { exitCode: EXIT.usage })
    finish(await listTests(file, files, context))
  })
  return parent
}

function init({ output, force }: InitFlags, context: CliContext): number {
  const path = expandPath(output, context.system)
  const write = force === true ? writeOutput : writeNewOutput
  write(path, Buffer.from(POLICY_TEMPLATE))
  context.out(`wrote ${oneLine(output)}\n`)
  const check = `npx jux policy check ${shellWord(output)}`
  const hasKey = existsSync(join(dirname(path), TEMPLATE_KEY))
  context.err(
    hasKey ? `next: ${check}\n` : `next: put the public key of your signer at ${TEMPLATE_KEY}, then run: ${check}\n`,
  )
  return EXIT.ok
}

async function check(file: string, json: boolean, context: CliContext): Promise<number> {
  const loaded = await loadPolicy(file, context)
  const rules = usedRules(loaded.policy)
  if (json) {
    const output: PolicyCheckJson = {
      valid: true,
      file,
      sha256: loaded.sha256,
      rules: rules.map(({ rule, demand }) => ({ rule: rule.id, demand })),
    }
    writeJson(context, output)
    return EXIT.ok
  }
  const paint = outPaint(context)
  const width = Math.max(...rules.map(({ rule }) => rule.id.length))
  for (const { rule, demand } of rules) context.out(`${paint.strong(rule.id.padEnd(width))}  ${oneLine(demand)}\n`)
  context.out(`${oneLine(file)} can be used: ${rules.length} rules\n`)
  return EXIT.ok
}

async function listTests(file: string, files: readonly string[], context: CliContext): Promise<number> {
  const loaded = await loadPolicy(file, context)
  const inputs = distinctInputs(
    files.flatMap((name) => expandInput(name, context)),
    context,
  )
  const { reports, refused } = await readReports(inputs, { loaded, at: context.system.now() }, context)
  const [wrong] = refused
  if (wrong !== undefined) throw wrong.error
  const names = new Set(
    testsOf(reports)
      .filter(hasRun)
      .map(({ name }) => name),
  )
  if (names.size === 0) {
    throw new JuxError('OPERATION_FAILED', {
      message: 'no test ran in the reports, so there is nothing to compare with',
    })
  }
  // A control character would reach the terminal.
  const several = [...names].find((name) => /[\p{Cc}\p{Bidi_Control}]|^\s*$|^[#\uFEFF]/u.test(name))
  if (several !== undefined) {
    throw new JuxError('OPERATION_FAILED', {
      message: `a list cannot contain the test ${several}`,
      suggestions: ['use the reports themselves as the baseline: jux verify --baseline reports/'],
    })
  }
  context.out(
    [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  )
  return EXIT.ok
}
