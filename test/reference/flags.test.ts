import { describe, expect, it } from 'vitest'
import { createProgram } from '../../server/src/cli.js'
import { describeProgram } from '../../src/cli/main.js'
import type { CommandDescription } from '../../src/cli/manual.js'
import { realSystem } from '../../src/system.js'
import { codeLines, unknown } from './documents.js'

/** Flags by command line, such as `jux cache show`; a flag of the command above counts below it. */
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

/** Flags of other programs that documents name by themselves, with the program. */
const OTHERS: Readonly<Record<string, string>> = {
  '--ignore-scripts': 'npm',
  '--jux-publish': 'pytest-jux',
  '--jux-sign': 'pytest-jux',
  '--lax-key-search': 'xmlsec1',
  '--merge-reports': 'vitest',
  '--pubkey-pem': 'xmlsec1',
  '--reporter': 'vitest',
  '--reporters': 'jest',
  '--write': 'npm run compare',
}

/** What is wrong with the command lines in a line of code. */
function problemsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?<![\w./@-])(jux|jux-reporter|jux-server)((?: +(?![|&;<>#]|-- )[^\s|&;<>`]+)+)/g)].flatMap(
    ([, program = '', rest = '']) => {
      const words = [program === 'jux-reporter' ? 'jux' : program, ...rest.trim().split(/ +/)]
      const path = [3, 2, 1].map((count) => words.slice(0, count).join(' ')).find((candidate) => flags.has(candidate))
      const known = flags.get(path ?? '')
      if (known === undefined) return []
      const said = words.flatMap((word) => /^\[?(--?[a-zA-Z][a-z-]*)/.exec(word)?.[1] ?? [])
      return said.filter((flag) => !known.has(flag)).map((flag) => `${path} has no ${flag}`)
    },
  )
}

describe('command lines in documents', () => {
  it('have flags that the command has', () => {
    const problems = codeLines().flatMap(({ where, name }) => problemsOf(name).map((problem) => `${where}: ${problem}`))

    expect(problems).toEqual([])
  })

  it('would be found wrong after a flag was renamed', () => {
    expect(problemsOf('npx jux verify --certificate a.pem report.xml | head --lines 2')).toEqual([
      'jux verify has no --certificate',
    ])
    expect(problemsOf('jux cache clean --days 30 --dry')).toEqual(['jux cache clean has no --dry'])
    expect(problemsOf('jux-server keys create --nam ci')).toEqual(['jux-server keys create has no --nam'])
    expect(problemsOf('jux run --submit -- vitest run --coverage')).toEqual([])
  })

  it('and flags by themselves are of one of our commands, or of a program that is named here', () => {
    const ours = [...flags.values()].flatMap((set) => [...set])
    const alone = codeLines().flatMap(({ where, name }) => {
      const flag = /^(--[a-z][a-z0-9-]*)(?:[ =]|$)/.exec(name)?.[1]
      return flag === undefined ? [] : [{ where, name: flag }]
    })

    expect(unknown(alone, [...ours, ...Object.keys(OTHERS)])).toEqual([])
    expect(alone.length).toBeGreaterThan(20)
  })
})
