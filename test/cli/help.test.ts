import { type Command, CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { type CatalogueEntry, catalogue } from '../../src/cli/catalogue.js'
import { assemble } from '../../src/cli/command.js'
import { COMMANDS } from '../../src/cli/commands.js'
import { EXIT, EXIT_MEANINGS } from '../../src/cli/exit-codes.js'
import { EXIT_NAMES } from '../../src/cli/manual.js'
import { cliContext, runJux } from '../support/cli.js'
import { juxArguments } from '../support/shell-words.js'

const tree = await catalogue()
const entries = flatten(tree)
const examples = entries.flatMap(({ path, examples }) => examples.map(({ line }) => ({ path, line })))

function flatten(entry: CatalogueEntry): CatalogueEntry[] {
  return [entry, ...entry.commands.flatMap(flatten)]
}

/** Which command would run; the actions are replaced, so nothing does. */
async function parse(line: string): Promise<string> {
  const [name = '', ...rest] = juxArguments(line)
  const module = await COMMANDS[name]?.load()
  if (module === undefined) throw new Error(`there is no command ${name}`)
  let ran = ''
  const disarm = (command: Command, path: string) => {
    const record = () => {
      ran = path
    }
    if (command.commands.length === 0) command.action(record)
    for (const below of command.commands) disarm(below, `${path} ${below.name()}`)
  }
  const command = assemble(module, cliContext().context, () => {})
  disarm(command, command.name())
  await command.parseAsync(rest, { from: 'user' })
  return ran
}

describe('help', () => {
  it.each(entries.map(({ path }) => path))('of "%s" has a usage line, an example, and the exit codes', async (path) => {
    const { code, out, err } = await runJux([...path.split(' ').slice(1), '--help'])

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`Usage: ${path} `)
    expect(out).toMatch(/\nExamples:\n {2}\S.*\n {4}(?! ).*jux .+\n/)
    expect(out).toMatch(/\nExit codes:\n {2}0 {4}\S/)
    expect(out).toContain(`  64   ${EXIT_MEANINGS.usage}\n`)
    expect(out).toMatch(/[^\n]\n$/)
  })

  it.each(examples)('of "$path" shows "$line", which the command line understands', async ({ path, line }) => {
    const ran = await parse(line)

    expect(ran.startsWith(path)).toBe(true)
  })

  it('would notice an example with a flag that does not exist', async () => {
    await expect(parse('jux cache list --nothing')).rejects.toThrow(CommanderError)
    await expect(parse('jux cache clean')).rejects.toThrow(CommanderError)
    await expect(parse('jux config init --template none')).rejects.toThrow(CommanderError)
  })

  it('of a command is the same by "jux help" and by "--help"', async () => {
    expect(await runJux(['help', 'verify'])).toEqual(await runJux(['verify', '--help']))
    expect(await runJux(['help', 'cache', 'show'])).toEqual(await runJux(['cache', 'show', '--help']))
    expect(await runJux(['help'])).toEqual(await runJux(['--help']))
  })

  it('of the program names every command, says how to get help of one, and where the documentation is', async () => {
    const { out } = await runJux(['--help'])

    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`\n  ${name} `)
    expect(out).toContain('jux help verify')
    expect(out).toContain('Documentation: ')
  })

  it('comes, as an error, to whoever calls the program or a group of commands alone', async () => {
    const alone = await runJux([])
    const group = await runJux(['cache'])

    expect([alone.code, alone.out, group.code, group.out]).toEqual([64, '', 64, ''])
    expect(alone.err).toContain('Usage: jux <command>')
    expect(group.err).toContain('Usage: jux cache')
  })
})

describe('a word that is no command', () => {
  it.each([
    [['verfy'], 'verify', 'jux --help'],
    [['help', 'verfy'], 'verify', 'jux --help'],
    [['pubish', '--queue'], 'publish', 'jux --help'],
    [['cache', 'lst'], 'list', 'jux cache --help'],
    [['config', 'init', '--tempate', 'ci'], '--template', 'jux config init --help'],
  ])('%j is answered with the nearest that is: %s', async (argv, meant, help) => {
    const { code, out, err } = await runJux(argv)

    expect({ code, out }).toEqual({ code: 64, out: '' })
    expect(err).toContain(`(Did you mean ${meant}?)`)
    expect(err).toContain(`(run "${help}" for`)
  })
})

describe('the catalogue', () => {
  it('has every command, its subcommands, their arguments and their flags', () => {
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

  it('lists the exit codes by number, each name once', () => {
    expect(EXIT_NAMES).toEqual(Object.keys(EXIT))
    expect(tree.exits.map(({ code }) => code)).toEqual(Object.values(EXIT).toSorted((a, b) => a - b))
  })
})
