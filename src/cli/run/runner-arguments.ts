/**
 * What the arguments of the runners say.
 *
 * @module
 */

/** The runners that have a reporter of this package. */
export type Runner = 'vitest' | 'jest' | 'playwright'

const IDLE_COMMANDS: Readonly<Record<Runner, readonly string[]>> = {
  vitest: ['list', 'init', 'bench', 'complete', 'doctor'],
  jest: [],
  playwright: [],
}

const IDLE_FLAGS: Readonly<Record<Runner, readonly string[]>> = {
  vitest: ['-v', '--version', '-h', '--help', '--clearCache', '--clear-cache', '--listTags', '--list-tags'],
  jest: ['-v', '--version', '-h', '--help', '--init', '--clearCache', '--listTests', '--showConfig'],
  playwright: ['-V', '--version', '-h', '--help', '--list', '--ui', '--ui-host', '--ui-port'],
}

/** Whether a runner that is called with these arguments runs tests. */
export function runsTests(runner: Runner, args: readonly string[]): boolean {
  if (runner === 'playwright' && args[0] !== 'test') return false
  const flags = ownFlags(args).map((flag) => flag.replace(/=.*$/s, ''))
  return !IDLE_COMMANDS[runner].includes(args[0] ?? '') && !flags.some((flag) => IDLE_FLAGS[runner].includes(flag))
}

/** The last value of a flag, in any of its spellings; an empty text if it has none. */
export function flagValue(args: readonly string[], ...spellings: readonly string[]): string | undefined {
  const own = ownFlags(args)
  const at = own.findLastIndex((word) => spellings.some((name) => word === name || word.startsWith(`${name}=`)))
  const word = own[at]
  if (word === undefined) return undefined
  const equals = word.indexOf('=')
  return equals === -1 ? (own[at + 1] ?? '') : word.slice(equals + 1)
}

/** The arguments without a flag and its value. */
export function without(args: readonly string[], ...spellings: readonly string[]): string[] {
  const own = ownFlags(args)
  const kept: string[] = []
  for (let at = 0; at < own.length; at += 1) {
    const word = own[at] ?? ''
    if (spellings.includes(word)) at += 1
    else if (!spellings.some((name) => word.startsWith(`${name}=`))) kept.push(word)
  }
  return [...kept, ...args.slice(own.length)]
}

/** The arguments before `--`. */
export function ownFlags(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--')
  return end === -1 ? args : args.slice(0, end)
}
