import { describe, expect, it } from 'vitest'
import { createProgram } from '../../server/src/cli.js'
import { describeProgram } from '../../src/cli/main.js'
import type { CommandDescription } from '../../src/cli/manual.js'
import { realSystem } from '../../src/system.js'
import { codeLines, unknown } from './documents.js'

/** Flags by command, such as `jux cache show`, including those of the group. */
const flags = new Map<string, ReadonlySet<string>>()
const ALWAYS = ['--help', '-h', '--version', '-V']

function collect(entry: CommandDescription, above: readonly string[]): void {
  const own = [
    ...above,
    ...entry.options.flatMap(({ long, short }) => [long, short].filter((flag) => flag !== undefined)),
  ]
  flags.set(entry.path, new Set([...ALWAYS, ...own]))
  for (const below of entry.commands) collect(below, entry.path === 'jux' ? [] : own)
}
collect(await describeProgram(), [])

const server = createProgram({ system: realSystem(), out() {}, err() {}, untilStopped: async () => '' })
const longOf = (options: readonly { readonly long?: string | undefined }[]) => options.flatMap(({ long }) => long ?? [])
flags.set('jux-server', new Set([...ALWAYS, ...longOf(server.options)]))
for (const group of server.commands) {
  flags.set(`jux-server ${group.name()}`, new Set(ALWAYS))
  for (const command of group.commands) {
    const all = [...ALWAYS, ...longOf(server.options), ...longOf(command.options)]
    flags.set(`jux-server ${group.name()} ${command.name()}`, new Set(all))
  }
}

/** Flags of other programs that the documentation mentions without the program. */
const OTHERS: Readonly<Record<string, string>> = {
  '--add-reporter': 'playwright',
  '--allow-write': 'deno',
  '--bail': 'jest',
  '--browser.headless': 'vitest',
  '--bun': 'bun',
  '--changed': 'vitest',
  '--config': 'jest',
  '--exclude': 'vitest',
  '--filter': 'jest',
  '--ignore-scripts': 'npm',
  '--import': 'node',
  '--jux-private-key': 'pytest-jux',
  '--jux-xml-path': 'pytest-jux',
  '--last-failed': 'playwright',
  '--lax-key-search': 'xmlsec1',
  '--list': 'playwright',
  '--merge-reports': 'vitest',
  '--no-deps': 'playwright',
  '--no-prompt': 'deno',
  '--only-changed': 'playwright',
  '--password': 'any program',
  '--pubkey-pem': 'xmlsec1',
  '--repeat-each': 'playwright',
  '--reporter': 'vitest',
  '--reporters': 'jest',
  '--shard': 'playwright',
  '--test-list': 'playwright',
  '--test-list-invert': 'playwright',
  '--test-reporter': 'node',
  '--token': 'any program',
  '--typecheck': 'vitest',
  '--ui': 'playwright',
  '--write': 'npm run compare',
}

/** The unknown flags in a line of code. */
function problemsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?<![\w./@-])(jux|jux-reporter|jux-server)((?: +(?![|&;<>#]|-- )[^\s|&;<>`]+)+)/g)].flatMap(
    ([, program = '', rest = '']) => {
      const words = [program === 'jux-reporter' ? 'jux' : program, ...rest.trim().split(/ +/)]
      const path = [3, 2, 1].map((count) => words.slice(0, count).join(' ')).find((candidate) => flags.has(candidate))
      const known = flags.get(path ?? '')
      if (known === undefined) return []
      const used = words.flatMap((word) => /^\[?(--?[a-zA-Z][a-z-]*)/.exec(word)?.[1] ?? [])
      return used.filter((flag) => !known.has(flag)).map((flag) => `${path} has no ${flag}`)
    },
  )
}

describe('the command lines in the documentation', () => {
  it('use only flags of their command', () => {
    const problems = codeLines().flatMap(({ where, name }) => problemsOf(name).map((problem) => `${where}: ${problem}`))

    expect(problems).toEqual([])
  })

  it('mention without a command only flags of jux, of jux-server or of a listed other program', () => {
    const known = [...flags.values()].flatMap((set) => [...set])
    // `jux run` accepts the spellings of pytest-jux, which its help does not list.
    const run = [...(flags.get('jux run') ?? []), '--key', '--cert', '--publish', '--']
    const spelled = run.flatMap((flag) => [flag.replace(/^--(no-)?/, '--$1jux-'), flag.replace('--no-', '--jux-no-')])
    const ours = [...known, ...spelled]
    const alone = codeLines().flatMap(({ where, name }) => {
      const flag = /^(--[a-z][a-z0-9-]*)(?:[ =]|$)/.exec(name)?.[1]
      return flag === undefined ? [] : [{ where, name: flag }]
    })

    expect(unknown(alone, [...ours, ...Object.keys(OTHERS)])).toEqual([])
    expect(alone.length).toBeGreaterThan(20)
  })
})
