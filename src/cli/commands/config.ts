/**
 * `jux config`: shows the configuration and where it comes from, checks it, and writes a file to start from.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import { missingFiles, placeKeyError } from '../../config/files.js'
import { configFiles, readConfigFile } from '../../config/layers.js'
import { type ExaminedConfig, examineConfig } from '../../config/load.js'
import {
  describeSettings,
  dumpSettings,
  settingsAsText,
  TEMPLATE_NAMES,
  type TemplateName,
  viewFile,
  writeTemplate,
} from '../../config/views.js'
import { type JuxError, toJuxError } from '../../errors.js'
import { submissionMistake } from '../../pipeline.js'
import { textScrubber } from '../../scrub/scrub.js'
import { expandPath } from '../../sign/key-files.js'
import { loadSigner } from '../../sign/keys.js'
import { addSubcommand, type CliContext, createCommand, type Finish } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { ConfigListJson, ConfigValidateJson } from '../json.js'
import type { Manual } from '../manual.js'
import { errorFields, oneLine, outPaint, withJsonErrors, writeError, writeJson } from '../output.js'

interface JsonFlag {
  readonly json?: boolean
}

/** See `CommandModule`. */
export const manual: Manual = {
  examples: [{ does: 'the settings in effect, and where they come from', line: 'jux config list' }],
  exits: { ok: 'done', failed: 'a file cannot be read or written, or it has a mistake' },
  commands: {
    list: {
      examples: [
        { does: 'every setting, its value, its source', line: 'jux config list' },
        { does: 'for a program', line: 'jux config list --json' },
      ],
      exits: { ok: 'listed, even if the configuration has mistakes' },
    },
    dump: {
      examples: [{ does: 'save the settings in effect in a file', line: 'jux config dump > jux.conf' }],
      exits: { ok: 'printed, even if the configuration has mistakes' },
    },
    view: {
      examples: [
        { does: 'the files that are read, strongest first', line: 'jux config view' },
        { does: 'one of these files', line: 'jux config view .jux.conf' },
      ],
      exits: { ok: 'shown', failed: 'the file does not exist' },
    },
    init: {
      examples: [{ does: 'a file for this project', line: 'jux config init --path .jux.conf --template ci' }],
      exits: { ok: 'written', failed: 'the file exists already, or it cannot be written' },
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
  const sub = (name: string, about: string) => addSubcommand(parent, name, about)
  sub('list', 'list every setting with its value, its source and its names')
    .option('--json', 'print JSON')
    .action((flags: JsonFlag) => finish(list(flags, context)))
  sub('dump', 'print the settings as a configuration file, without secrets')
    .option('--json', 'print JSON')
    .action((flags: JsonFlag) => finish(dump(flags, context)))
  sub('view', 'show a configuration file, or list the files that are read')
    .argument('[file]')
    .option('--all', 'also list places without a file')
    .action((file: string | undefined, flags: { all?: boolean }) => finish(view(file, flags.all === true, context)))
  sub('init', 'write a first configuration file')
    .option('--path <file>', 'where to write it', '~/.jux/config')
    .option('--force', 'replace an existing file')
    .addOption(new Option('--template <name>', 'which template').choices(TEMPLATE_NAMES).default('minimal'))
    .action((flags: InitFlags) => finish(init(flags, context)))
  sub('validate', 'check the environment and the configuration files for mistakes')
    .option('--strict', 'treat warnings as errors')
    .option('--json', 'print JSON')
    .action(async (flags: ValidateFlags) => {
      finish(await withJsonErrors(context, flags.json, () => validate(flags, context), { valid: false }))
    })
  return parent
}

function list({ json }: JsonFlag, context: CliContext): number {
  const config = examine(context)
  warn(config, context)
  const rows = describeSettings(config)
  if (json) {
    const output: ConfigListJson = { options: Object.fromEntries(rows.map(({ name, ...row }) => [name, row])) }
    writeJson(context, output)
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
  warn(config, context)
  if (json) writeJson(context, dumpSettings(config))
  else context.out(settingsAsText(config))
  return EXIT.ok
}

function view(file: string | undefined, all: boolean, context: CliContext): number {
  const { system } = context
  const clean = textScrubber({}, system.env)
  if (file !== undefined) {
    context.out(clean(viewFile(expandPath(file, system))))
    return EXIT.ok
  }
  const paint = outPaint(context)
  for (const file of configFiles(system.cwd, system)) {
    const { candidates, problems } = readConfigFile(file, system)
    const used = candidates.length + problems.length > 0
    const remark = `(${file.scope}${used ? '' : ', no settings'})`
    if (used || all) context.out(`${oneLine(file.path)}  ${paint.faint(remark)}\n`)
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
  const target = expandPath(path, system)
  writeTemplate(template, target, force === true)
  context.out(`wrote ${oneLine(target)}\n`)
  return EXIT.ok
}

interface ValidateFlags extends JsonFlag {
  readonly strict?: boolean
}

async function validate({ strict, json }: ValidateFlags, context: CliContext): Promise<number> {
  const config = examine(context)
  const missing = missingFiles(config)
  const warnings = [...config.notices, ...missing.map(({ problem }) => problem.message)]
  const problems = [...mistakesOf(config), ...(await contentMistakes(config, context))]
  const valid = problems.length === 0 && (strict !== true || warnings.length === 0)
  if (json) {
    const output: ConfigValidateJson = { valid, warnings, errors: problems.map(errorFields) }
    writeJson(context, output)
  } else {
    for (const problem of problems) writeError(context, problem)
    for (const warning of warnings) context.err(`warning  ${oneLine(warning)}\n`)
    context.out(valid ? 'the configuration is valid\n' : 'the configuration is not valid\n')
  }
  return valid ? EXIT.ok : EXIT.failed
}

function mistakesOf({
  problems,
  submissionProblems,
}: Pick<ExaminedConfig, 'problems' | 'submissionProblems'>): readonly JuxError[] {
  return [...problems, ...submissionProblems]
}

/** What a reporter finds when it loads the key, the certificate and the files for TLS. */
async function contentMistakes(config: ExaminedConfig, { system }: CliContext): Promise<readonly JuxError[]> {
  const { settings, sources, submissionProblems } = config
  const missing = new Set(missingFiles(config).map(({ cost }) => cost))
  const found: JuxError[] = []
  const hasKey = settings.key !== undefined || settings.keyPath !== undefined
  if (settings.enabled && hasKey && settings.sign !== false && !missing.has('report')) {
    try {
      await loadSigner(settings, system)
    } catch (error) {
      found.push(placeKeyError(toJuxError(error), config))
    }
  }
  if (settings.enabled && submissionProblems.length === 0 && !missing.has('submission')) {
    const mistake = await submissionMistake({ ...settings, sources }, system)
    if (mistake !== undefined) found.push(mistake)
  }
  return found
}

function examine({ system }: CliContext) {
  return examineConfig({ cwd: system.cwd, system })
}

function warn({ notices, ...config }: ExaminedConfig, context: CliContext): void {
  for (const notice of notices) context.err(`warning  ${oneLine(notice)}\n`)
  warnAboutMistakes(mistakesOf(config).length, context)
}

// The lists show only the values in effect, so mistakes need a warning.
function warnAboutMistakes(count: number, context: CliContext): void {
  if (count > 0)
    context.err(`warning  ${count} of the values have mistakes and are not used: npx jux config validate\n`)
}
