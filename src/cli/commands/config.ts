/**
 * `jux config`: what is configured, where it comes from, whether it is right; and a file to begin with.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import { configFiles, readConfigFile } from '../../config/files.js'
import { missingFiles } from '../../config/files-named.js'
import { examineConfig } from '../../config/load.js'
import { expandHome } from '../../config/paths.js'
import { TEMPLATE_NAMES, type TemplateName, writeTemplate } from '../../config/templates.js'
import { describeSettings, dumpSettings, settingsAsText, viewFile } from '../../config/views.js'
import { textScrubber } from '../../scrub/scrub.js'
import { type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Manual } from '../manual.js'
import { errorFields, oneLine, outPaint, withJsonErrors, writeError, writeJson } from '../output.js'

interface JsonFlag {
  readonly json?: boolean
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [{ does: 'what counts here, and where it comes from', line: 'jux config list' }],
  exits: { ok: 'done', failed: 'a file cannot be read or written, or something is wrong in it' },
  commands: {
    list: {
      examples: [
        { does: 'every setting, its value, its source', line: 'jux config list' },
        { does: 'for a program', line: 'jux config list --json' },
      ],
      exits: { ok: 'listed, even with mistakes in the configuration' },
    },
    dump: {
      examples: [{ does: 'keep what counts here in a file', line: 'jux config dump > jux.conf' }],
      exits: { ok: 'printed, even with mistakes in the configuration' },
    },
    view: {
      examples: [
        { does: 'the files that are read, strongest first', line: 'jux config view' },
        { does: 'one of them', line: 'jux config view .jux.conf' },
      ],
      exits: { ok: 'shown', failed: 'there is no such file' },
    },
    init: {
      examples: [{ does: 'a file for this project', line: 'jux config init --path .jux.conf --template ci' }],
      exits: { ok: 'written', failed: 'a file is there already, or it cannot be written' },
    },
    validate: {
      examples: [{ does: 'in CI, before the tests', line: 'jux config validate --strict' }],
      exits: { ok: 'valid', failed: 'not valid' },
    },
  },
}

/** See `CommandModule`. */
export function create(context: CliContext, finish: Finish): Command {
  const parent = createCommand('config', 'Show, check and write the configuration.', context)
  const sub = (name: string, about: string) => parent.command(name).description(about)
  sub('list', 'every setting with its value, where it comes from, and its names')
    .option('--json', 'print JSON')
    .action((flags: JsonFlag) => finish(list(flags, context)))
  sub('dump', 'the settings as a file that can be loaded; secrets are left out')
    .option('--json', 'print JSON')
    .action((flags: JsonFlag) => finish(dump(flags, context)))
  sub('view', 'a configuration file, or the list of those that are read')
    .argument('[file]')
    .option('--all', 'list the places without a file too')
    .action((file: string | undefined, flags: { all?: boolean }) => finish(view(file, flags.all === true, context)))
  sub('init', 'write a file to begin with')
    .option('--path <file>', 'where to', '~/.jux/config')
    .option('--force', 'replace a file that is there')
    .addOption(new Option('--template <name>', 'which one').choices(TEMPLATE_NAMES).default('minimal'))
    .action((flags: InitFlags) => finish(init(flags, context)))
  sub('validate', 'check environment and files; exit code 1 if something is wrong')
    .option('--strict', 'warnings count as errors')
    .option('--json', 'print JSON')
    .action(async (flags: ValidateFlags) => {
      finish(await withJsonErrors(context, flags.json, async () => validate(flags, context), { valid: false }))
    })
  return parent
}

function list({ json }: JsonFlag, context: CliContext): number {
  const config = examine(context)
  warnAboutMistakes(config.problems.length, context)
  const rows = describeSettings(config)
  if (json) {
    writeJson(context, { options: Object.fromEntries(rows.map(({ name, ...row }) => [name, row])) })
    return EXIT.ok
  }
  const paint = outPaint(context)
  const width = Math.max(...rows.map(({ name }) => name.length))
  for (const { name, value, source, about, variable } of rows) {
    const shown =
      value === undefined ? paint.faint('-') : oneLine(typeof value === 'string' ? value : JSON.stringify(value))
    context.out(`${paint.strong(name.padEnd(width))}  ${shown}  ${paint.faint(`(${oneLine(source)})`)}\n`)
    context.out(`${' '.repeat(width)}  ${paint.faint(`${about}; ${variable}`)}\n`)
  }
  return EXIT.ok
}

function dump({ json }: JsonFlag, context: CliContext): number {
  const config = examine(context)
  warnAboutMistakes(config.problems.length, context)
  if (json) writeJson(context, dumpSettings(config))
  else context.out(settingsAsText(config))
  return EXIT.ok
}

function view(file: string | undefined, all: boolean, context: CliContext): number {
  const { system } = context
  const clean = textScrubber({}, system.env)
  if (file !== undefined) {
    context.out(clean(viewFile(expandHome(file, system.cwd, system.homeDir))))
    return EXIT.ok
  }
  const paint = outPaint(context)
  for (const file of configFiles(system.cwd, system)) {
    const { candidates, problems } = readConfigFile(file)
    const says = candidates.length + problems.length > 0
    const remark = `(${file.scope}${says ? '' : ', nothing there'})`
    if (says || all) context.out(`${oneLine(file.path)}  ${paint.faint(remark)}\n`)
  }
  return EXIT.ok
}

interface InitFlags {
  readonly path: string
  readonly force?: boolean
  readonly template: TemplateName
}

function init({ path, force, template }: InitFlags, context: CliContext): number {
  const { system } = context
  const target = expandHome(path, system.cwd, system.homeDir)
  writeTemplate(template, target, force === true)
  context.out(`wrote ${oneLine(target)}\n`)
  return EXIT.ok
}

interface ValidateFlags extends JsonFlag {
  readonly strict?: boolean
}

function validate({ strict, json }: ValidateFlags, context: CliContext): number {
  const config = examine(context)
  const missing = missingFiles(config)
  const warnings = [...config.notices, ...missing.map(({ message }) => message)]
  const valid = config.problems.length === 0 && (strict !== true || warnings.length === 0)
  if (json) writeJson(context, { valid, warnings, errors: config.problems.map(errorFields) })
  else {
    for (const problem of config.problems) writeError(context, problem)
    for (const warning of warnings) context.err(`warning  ${oneLine(warning)}\n`)
    context.out(valid ? 'the configuration is valid\n' : 'the configuration is not valid\n')
  }
  return valid ? EXIT.ok : EXIT.failed
}

function examine({ system }: CliContext) {
  return examineConfig({ cwd: system.cwd, system })
}

// A listing shows what counts; that something else was meant must not go unseen.
function warnAboutMistakes(count: number, context: CliContext): void {
  if (count > 0)
    context.err(`warning  ${count} of the values found are mistakes and do not count: jux config validate\n`)
}
