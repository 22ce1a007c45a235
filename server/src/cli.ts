/**
 * The `jux-server` command: runs the server, and keeps its keys.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { errnoOf, formatError, JuxError, type System, toJuxError } from 'jux-reporter'
import { createKey, listKeys, revokeKey, SCOPES, stateOf } from './access/keys.js'
import { addTrustedKey, listTrustedKeys, removeTrustedKey } from './access/trusted-keys.js'
import { openDatabase } from './database/engine.js'
import { migrate } from './database/migrations.js'
import type { Database } from './database/schema.js'
import { POLICIES } from './ingest/signature.js'
import { createLog } from './log.js'
import { startServer } from './server.js'
import { type Flags, loadSettings, parseSpan } from './settings.js'
import { serverVersion } from './version.js'

/** The terminal and the world, as the command sees them. */
export interface CliContext {
  readonly system: System
  out(text: string): void
  err(text: string): void
  /** Resolves when the server is to end. */
  untilStopped(): Promise<string>
}

/** Exit codes: done, failed, a command line that cannot be understood (EX_USAGE of sysexits.h). */
const EXIT = { ok: 0, failed: 1, usage: 64 } as const

/**
 * Runs one command line.
 *
 * @param argv without the program's own name
 * @returns the exit code; never throws
 */
export async function main(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    context.err(formatError(toJuxError(error), { debug: context.system.env.JUX_DEBUG === '1' }))
    return EXIT.failed
  }
}

/** The command with its flags and subcommands. */
export function createProgram(context: CliContext): Command {
  const program = new Command('jux-server')
    .description('The Jux server that a workstation or a team runs. Without a command it starts.')
    .version(serverVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out(text), writeErr: (text) => context.err(text) })
    .showHelpAfterError('(run "jux-server --help" for the flags)')
    .option('--host <address>', 'address to listen on; another than this machine needs an API key (127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any (4000)')
    .option('--data <dir>', "folder of the database and the reports (the platform's data folder)")
    .addOption(
      new Option('--signatures <policy>', `which reports are taken: ${POLICIES.join(', ')} (accept)`).choices(POLICIES),
    )
    .option(
      '--trusted-proxy <address>',
      'proxy, or network of proxies, whose X-Forwarded-For counts; repeatable',
      collect,
    )
    .option('--max-size <size>', 'largest report, unpacked (100m)')
    .option('--rate-limit <number>', 'submissions a minute and key, 0 for no limit (100)')
    .option('--keep <span>', 'forget runs after this long: 90d, 12h, 8w (never)')
    .addHelpText('after', HELP)
  program.action(() => serve(program.opts(), context))
  const open = <T>(action: (database: Database) => Promise<T>) => withDatabase(program.opts(), context.system, action)
  addKeyCommands(program.command('keys').description('API keys of those who come from other machines'), context, open)
  addTrustCommands(program.command('trust').description('signers whose reports count as trusted'), context, open)
  return program
}

const HELP = `
Each flag has a variable: JUX_SERVER_HOST, JUX_SERVER_PORT, JUX_SERVER_DATA, JUX_SERVER_SIGNATURES,
JUX_SERVER_TRUSTED_PROXIES, JUX_SERVER_MAX_SIZE, JUX_SERVER_RATE_LIMIT, JUX_SERVER_KEEP.
DATABASE_URL=postgres://… keeps everything in PostgreSQL instead of files.

  jux-server keys create --name ci --project shop --scope submit --expires 90d
  jux-server trust add signer.pub --project shop
`

async function serve(flags: Flags, { system, out, err, untilStopped }: CliContext): Promise<void> {
  const log = createLog(err, system.now)
  const server = await startServer(loadSettings(flags, system), system, log)
  out(`jux-server listens on ${server.url}\n`)
  const signal = await untilStopped()
  log.info('stopping', { signal })
  await server.close()
}

type Open = <T>(action: (database: Database) => Promise<T>) => Promise<T>

async function withDatabase<T>(flags: Flags, system: System, action: (database: Database) => Promise<T>): Promise<T> {
  const { database, engine } = await openDatabase(loadSettings(flags, system))
  try {
    await migrate(database, engine)
    return await action(database)
  } finally {
    await database.destroy()
  }
}

function addKeyCommands(keys: Command, { system, out, err }: CliContext, open: Open): void {
  keys
    .command('create')
    .description('make a key; it is shown once')
    .requiredOption('--name <name>', 'where it is going to be used')
    .option('--project <name>', 'the only project it is good for (all)')
    .addOption(new Option('--scope <scope>', 'what it may do').choices(SCOPES).default('all'))
    .option('--expires <span>', 'how long it is good: 90d, 12h, 8w (for ever)')
    .action(async ({ name, project, scope, expires }) => {
      const nowMs = system.now().getTime()
      const expiresAt = expires === undefined ? undefined : nowMs + spanOf(expires)
      const { text, key } = await open((database) => createKey(database, { name, project, scope, expiresAt }, nowMs))
      err(
        `key ${key.id} for ${project === undefined ? 'all projects' : `project ${project}`}; it is shown this once:\n`,
      )
      out(`${text}\n`)
    })
  keys
    .command('list')
    .description('show all keys, without their secrets')
    .action(async () => {
      const nowMs = system.now().getTime()
      const rows = (await open(listKeys)).map((key) => [
        key.id,
        stateOf(key, nowMs),
        key.can_submit === 0 ? 'read' : key.can_read === 0 ? 'submit' : 'all',
        key.project ?? '(all projects)',
        key.expires_at === null ? '(never)' : new Date(key.expires_at).toISOString(),
        key.name,
      ])
      out(table(['ID', 'STATE', 'SCOPE', 'PROJECT', 'EXPIRES', 'NAME'], rows))
    })
  keys
    .command('revoke')
    .argument('<id>', 'of the key, from "keys list"')
    .description('take a key out of use, for good')
    .action(async (id: string) => {
      const key = await open((database) => revokeKey(database, id, system.now().getTime()))
      out(`revoked ${key.id} (${oneLine(key.name)})\n`)
    })
}

function addTrustCommands(trust: Command, { system, out }: CliContext, open: Open): void {
  trust
    .command('add')
    .argument('<file>', 'public key or certificate, PEM')
    .description('believe a signer')
    .option('--name <name>', 'whose key it is (the name of the file)')
    .option('--project <name>', 'the only project it is believed for (all)')
    .option('--authority', 'the certificate is of an authority: believe whoever it certifies')
    .action(async (file: string, { name = file, project, authority }) => {
      const pem = readText(resolve(system.cwd, file))
      const nowMs = system.now().getTime()
      const row = await open((database) => addTrustedKey(database, { pem, name, project, authority }, nowMs))
      out(`trusted ${row.id}: ${row.kind} ${row.fingerprint}\n`)
    })
  trust
    .command('list')
    .description('show whom the server believes')
    .action(async () => {
      const rows = (await open(listTrustedKeys)).map((key) => [
        key.id,
        key.kind,
        key.project ?? '(all projects)',
        key.fingerprint,
        key.name,
      ])
      out(table(['ID', 'KIND', 'PROJECT', 'FINGERPRINT', 'NAME'], rows))
    })
  trust
    .command('remove')
    .argument('<id>', 'of the key, from "trust list"')
    .description('believe a signer no longer')
    .action(async (id: string) => {
      await open((database) => removeTrustedKey(database, id))
      out(`removed ${oneLine(id)}\n`)
    })
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function spanOf(text: string): number {
  const span = parseSpan(text)
  if (span > 0) return span
  throw new JuxError('INVALID_ARGUMENT', {
    message: `--expires "${text.slice(0, 40)}" is not a span of time`,
    suggestions: ['--expires 90d'],
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const missing = errnoOf(cause) === 'ENOENT'
    throw new JuxError(missing ? 'FILE_NOT_FOUND' : 'FILE_PERMISSION_DENIED', {
      message: missing ? `no file at ${path}` : `${path} cannot be read`,
      suggestions: ['jux keygen --output key.pem writes key.pem and its public half'],
      cause,
    })
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map(oneLine))
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  return lines
    .map(
      (cells) =>
        `${cells
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

// Names are what somebody typed, or sent: nothing in them steers the terminal.
function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
