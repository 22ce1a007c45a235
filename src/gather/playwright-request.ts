/**
 * What was asked of a Playwright run: which tests, whether `.only` is allowed, `maxFailures` and retries.
 *
 * Playwright leaves out what was not selected, and its configuration has only a part of what the command line said. So the
 * command line is read as Playwright reads it.
 *
 * @module
 */
import type { RunRequest, Selection, SelectionKind } from '../model.js'
import type { PlaywrightConfig } from './playwright-types.js'
import { countOf, select, selectFiles } from './request.js'

/** How many words after a flag are its value: none, one, one that is not a flag, or all up to the next flag. */
type Arity = 'none' | 'one' | 'optional' | 'many'

const ARITIES: ReadonlyMap<string, Arity> = new Map(
  Object.entries({
    none: [
      ...['--fail-on-flaky-tests', '--forbid-only', '--fully-parallel', '--headed', '--ignore-snapshots', '--list'],
      ...['--last-failed', '--no-deps', '--pass-with-no-tests', '--quiet', '--ui', '-x', '-h', '--help'],
    ],
    one: [
      ...['--add-reporter', '--browser', '-c', '--config', '-g', '--grep', '-G', '--grep-invert', '--global-timeout'],
      ...['-j', '--workers', '--last-failed-file', '--max-failures', '--output', '--repeat-each', '--reporter'],
      ...['--retries', '--run-agents', '--shard', '--test-list', '--test-list-invert', '--timeout', '--trace'],
      ...['--tsconfig', '--ui-host', '--ui-port', '--update-source-method'],
    ],
    optional: ['--debug', '--only-changed', '--shuffle', '-u', '--update-snapshots'],
    many: ['--project'],
  } satisfies Record<Arity, readonly string[]>).flatMap(([arity, flags]) =>
    flags.map((flag): [string, Arity] => [flag, isArity(arity) ? arity : 'none']),
  ),
)

/** The flags that narrow a run. */
const NARROWING: ReadonlyMap<string, SelectionKind> = new Map([
  ['-g', 'name'],
  ['--grep', 'name'],
  ['-G', 'name'],
  ['--grep-invert', 'name'],
  ['--project', 'projects'],
  ['--no-deps', 'projects'],
  ['--last-failed', 'failed'],
  ['--only-changed', 'changed'],
  ['--test-list', 'list'],
  ['--test-list-invert', 'list'],
])

/** Flags whose selection is everything but their value. */
const INVERTED: ReadonlySet<string> = new Set(['-G', '--grep-invert', '--test-list-invert'])

/** What the usual flags without a value select. */
const WITHOUT_VALUE: Readonly<Record<string, string>> = {
  '--no-deps': 'without dependencies',
  '--last-failed': 'last run',
  '--only-changed': 'uncommitted',
}

/** The pattern of a configuration that names none. */
const ANY_NAME = '.*'

/**
 * Reads a request.
 *
 * @param argv of the process, if it is that of a run
 */
export function gatherPlaywrightRequest(
  config: PlaywrightConfig,
  argv: readonly string[] | undefined,
  rootDir: string,
): RunRequest {
  const flags = argv === undefined ? undefined : readCommandLine(argv, rootDir)
  return {
    selection: flags === undefined ? undefined : [...flags, ...configured(config)],
    only: config.forbidOnly === true ? 'forbidden' : 'possible',
    bail: countOf(config.maxFailures),
    retries: config.projects === undefined ? undefined : Math.max(0, ...config.projects.map(retriesOf)),
    shardLabel: config.tags?.join(' ') || undefined,
  }
}

function retriesOf({ retries }: { readonly retries?: number | undefined }): number {
  return countOf(retries) ?? 0
}

// The patterns of a project say which tests are its own; that of the configuration narrows all of them.
function configured({ grep, grepInvert }: PlaywrightConfig): readonly Selection[] {
  return [
    ...select('name', grep).filter(({ value }) => value !== ANY_NAME),
    ...select('name', grepInvert ?? undefined).map(inverted),
  ]
}

function inverted({ kind, value }: Selection): Selection {
  return { kind, value: `!${value}` }
}

/** What a command line selects; `undefined` if it has a flag that is not known. */
function readCommandLine(argv: readonly string[], rootDir: string): readonly Selection[] | undefined {
  const [, , command, ...words] = argv
  if (command !== 'test') return undefined
  const selection: Selection[] = []
  // What follows is for the configuration.
  const end = words.indexOf('--')
  const own = end === -1 ? words : words.slice(0, end)
  for (let index = 0; index < own.length; index++) {
    const word = own[index] ?? ''
    if (!word.startsWith('-') || word === '-') {
      selection.push(...selectFiles('files', word, rootDir))
      continue
    }
    const { flag, inline } = splitFlag(word)
    const arity = ARITIES.get(flag)
    if (arity === undefined) return undefined
    const values = inline === undefined ? valuesAfter(own, index, arity) : [inline]
    if (inline === undefined) index += values.length
    const kind = NARROWING.get(flag)
    if (kind === undefined) continue
    const found = selectFiles(kind, values.length === 0 ? WITHOUT_VALUE[flag] : values, rootDir)
    selection.push(...(INVERTED.has(flag) ? found.map(inverted) : found))
  }
  return selection
}

// `--grep=a`, `-ga`, `-g a`.
function splitFlag(word: string): { readonly flag: string; readonly inline: string | undefined } {
  if (word.startsWith('--')) {
    const at = word.indexOf('=')
    return at === -1 ? { flag: word, inline: undefined } : { flag: word.slice(0, at), inline: word.slice(at + 1) }
  }
  const flag = word.slice(0, 2)
  return { flag, inline: word.length > 2 ? word.slice(2) : undefined }
}

function valuesAfter(words: readonly string[], at: number, arity: Arity): readonly string[] {
  if (arity === 'none') return []
  const rest = words.slice(at + 1)
  if (arity === 'one') return rest.slice(0, 1)
  const end = rest.findIndex((word) => word.startsWith('-'))
  const free = end === -1 ? rest : rest.slice(0, end)
  return arity === 'optional' ? free.slice(0, 1) : free
}

function isArity(word: string): word is Arity {
  return word === 'none' || word === 'one' || word === 'optional' || word === 'many'
}
