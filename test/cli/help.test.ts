import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { EXIT, EXIT_MEANINGS, EXIT_NAMES } from '../../src/cli/exit-codes.js'
import { assemble, COMMANDS, describeProgram } from '../../src/cli/main.js'
import type { CommandDescription } from '../../src/cli/manual.js'
import { cliContext, runJux } from '../support/cli.js'
import { juxArguments } from '../support/shell-words.js'

const tree = await describeProgram()
const entries = flatten(tree)
const examples = entries.flatMap(({ path, examples }) => examples.map(({ line }) => ({ path, line })))

function flatten(entry: CommandDescription): CommandDescription[] {
  return [entry, ...entry.commands.flatMap(flatten)]
}

/** The command that a line would run. Its action is replaced, so that nothing runs. */
async function parse(line: string): Promise<string> {
  const [name = '', ...rest] = juxArguments(line)
  const module = await COMMANDS[name]?.load()
  if (module === undefined) throw new Error(`there is no command ${name}`)
  let ran = ''
  const replaceActions = (command: Command, path: string) => {
    const record = () => {
      ran = path
    }
    if (command.commands.length === 0) command.action(record)
    for (const below of command.commands) replaceActions(below, `${path} ${below.name()}`)
  }
  const command = assemble(module, cliContext().context, () => {})
  replaceActions(command, command.name())
  await command.parseAsync(rest, { from: 'user' })
  return ran
}

describe('jux help', () => {
  it.each(entries.map(({ path }) => path))(
    'prints a usage line, an example and the exit codes of "%s"',
    async (path) => {
      const { code, out, err } = await runJux([...path.split(' ').slice(1), '--help'])

      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toContain(`Usage: ${path} `)
      expect(out).toMatch(/\nExamples:\n {2}\S.*\n {4}(?! ).*jux .+\n/)
      expect(out).toMatch(/\nExit codes:\n {2}0 {4}\S/)
      expect(out).toContain(`  64   ${EXIT_MEANINGS.usage}\n`)
      expect(out).toMatch(/[^\n]\n$/)
    },
  )

  it.each(examples)('shows "$line" for "$path", and the command line accepts it', async ({ path, line }) => {
    const ran = await parse(line)

    expect(ran.startsWith(path)).toBe(true)
  })

  it('prints the same as --help', async () => {
    expect(await runJux(['help', 'verify'])).toEqual(await runJux(['verify', '--help']))
    expect(await runJux(['help', 'cache', 'show'])).toEqual(await runJux(['cache', 'show', '--help']))
    expect(await runJux(['help'])).toEqual(await runJux(['--help']))
  })

  it('names every command, the help of a command, and the documentation', async () => {
    const { out } = await runJux(['--help'])

    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`\n  ${name} `)
    expect(out).toContain('jux help verify')
    expect(out).toContain('Documentation: ')
  })

  it('is printed as an error for jux and for a group of commands without a subcommand', async () => {
    const alone = await runJux([])
    const group = await runJux(['cache'])

    expect([alone.code, alone.out, group.code, group.out]).toEqual([64, '', 64, ''])
    expect(alone.err).toContain('Usage: jux <command>')
    expect(group.err).toContain('Usage: jux cache')
  })
})

describe('a misspelled command or flag', () => {
  it.each([
    [['verfy'], 'verify', 'jux --help'],
    [['help', 'verfy'], 'verify', 'jux --help'],
    [['pubish', '--queue'], 'publish', 'jux --help'],
    [['cache', 'lst'], 'list', 'jux cache --help'],
    [['config', 'init', '--tempate', 'ci'], '--template', 'jux config init --help'],
  ])('in %j exits with 64 and suggests %s', async (argv, meant, help) => {
    const { code, out, err } = await runJux(argv)

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain(`(Did you mean ${meant}?)`)
    expect(err).toContain(`(run "${help}" for`)
  })
})

describe('describeProgram', () => {
  it('describes every command, its subcommands, their arguments and their flags', () => {
    expect(tree.commands.map(({ path }) => path)).toEqual(Object.keys(COMMANDS).map((name) => `jux ${name}`))
    const clean = entries.find(({ path }) => path === 'jux cache clean')
    const show = entries.find(({ path }) => path === 'jux cache show')
    const keygen = entries.find(({ path }) => path === 'jux keygen')

    expect(clean?.options.find(({ long }) => long === '--days')).toMatchObject({ value: 'days', required: true })
    expect(show?.arguments).toMatchObject([{ name: 'hash', required: true, repeatable: false }])
    expect(keygen?.options.find(({ long }) => long === '--type')).toMatchObject({
      choices: ['rsa', 'ecdsa'],
      default: 'rsa',
    })
  })

  it('lists the exit codes ordered by number, each name once', () => {
    expect(EXIT_NAMES).toEqual(Object.keys(EXIT))
    expect(tree.exits.map(({ code }) => code)).toEqual(Object.values(EXIT).toSorted((a, b) => a - b))
  })
})
