/**
 * The `jux-server` command: runs the server and manages its keys.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { formatError, JuxError, type System, toJuxError } from 'jux-reporter'
import { oneLine, printable, shellWord, testName } from 'jux-reporter/internal'
import { createKey, keyState, listKeys, revokeKey, SCOPES } from './access/keys.js'
import { addTrustedKey, listTrustedKeys, removeTrustedKey } from './access/trusted-keys.js'
import { nextCommand, table } from './cli-table.js'
import { openDatabase } from './database/engine.js'
import { migrate } from './database/migrations.js'
import type { Database } from './database/schema.js'
import { POLICIES } from './ingest/signature.js'
import { createLog } from './log.js'
import { addBadgeCommands, addNotifyCommands } from './notify/commands.js'
import { dayOf, QUARANTINE_STATES, quarantineState } from './quarantine/decide.js'
import { addEntry, addWaiver, listEntries, NO_SUCH_TEST, removeEntry } from './quarantine/entries.js'
import { findTest } from './queries/trends.js'
import { createReceiptKey } from './receipt-key.js'
import { serverVersion } from './routes/about.js'
import { startServer } from './server.js'
import { type Flags, loadSettings, parseDuration } from './settings.js'

/** The environment of the command. */
export interface CliContext {
  readonly system: System
  out(text: string): void
  err(text: string): void
  /** Resolves with the name of the signal when the server is to stop. */
  untilStopped(): Promise<string>
}

/** Exit codes; `usage` is EX_USAGE of sysexits.h. */
const EXIT = { ok: 0, failed: 1, usage: 64 } as const

/** How far ahead the last day in a suggested command is. */
const EXAMPLE_DAYS = 30

/** Number of quarantined tests that `quarantine list` prints. */
const MAX_ENTRIES = 10_000

/**
 * Runs one command line.
 *
 * @param argv the arguments after the name of the program
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

/** Creates the command with its flags and subcommands. */
export function createProgram(context: CliContext): Command {
  const program = new Command('jux-server')
    .description('Stores and shows signed JUnit reports. Without a command, the server starts.')
    .version(serverVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.out(text), writeErr: (text) => context.err(printable(text)) })
    .showHelpAfterError('(run "jux-server --help" for the flags)')
    .option('--host <address>', 'address to listen on; requires an API key unless it is a loopback address (127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any free port (4000)')
    .option('--data <dir>', 'folder of the database and the reports (the data folder of the platform)')
    .addOption(
      new Option('--signatures <policy>', `which reports to accept: ${POLICIES.join(', ')} (accept)`).choices(POLICIES),
    )
    .option(
      '--trusted-proxy <address>',
      'address or network of a proxy whose X-Forwarded-For is trusted; repeatable',
      collect,
    )
    .option(
      '--trust-local',
      'programs on this machine need no API key although there are keys; not behind a proxy (false)',
    )
    .option('--max-size <size>', 'maximum size of a report, uncompressed; at most 500m (100m)')
    .option('--rate-limit <number>', 'submissions per minute and key, 0 for no limit (100)')
    .option('--keep <duration>', 'delete runs after this time: 90d, 12h, 8w (never)')
    .option('--receipt-key <file>', 'private key (PEM) that signs receipts for stored reports (no receipts)')
    .option(
      '--source-url <host=url>',
      'address of a source line for repositories of a host, with {path}, {commit}, {file} and {line}; repeatable (known forges)',
      collect,
    )
    .option('--public-url <url>', 'address of the server for its clients, in receipts (the one it listens on)')
    .option(
      '--secret-key-file <file>',
      'key that encrypts the secrets of subscriptions (secret.key in the data folder)',
    )
    .addHelpText('after', HELP)
  program.argument('[command]').usage('[options] [command]')
  program.action((command: string | undefined) => {
    if (command !== undefined) program.error(`error: unknown command '${command}'`)
    return serve(program.opts(), context)
  })
  const open = <T>(action: (database: Database) => Promise<T>) => withDatabase(program.opts(), context.system, action)
  addKeyCommands(program.command('keys').description('manage the API keys of clients on other machines'), context, open)
  addTrustCommands(program.command('trust').description('manage the signers that the server trusts'), context, open)
  addQuarantineCommands(
    program.command('quarantine').description('manage the quarantined tests of projects'),
    context,
    open,
  )
  addReceiptKeyCommands(program.command('receipt-key').description('make the key that signs receipts'), context)
  const notifyContext = { ...context, settings: () => loadSettings(program.opts(), context.system), open }
  addNotifyCommands(program.command('notify').description('tell people and programs about runs'), notifyContext)
  addBadgeCommands(program.command('badges').description('manage who may see the badges of projects'), notifyContext)
  return program
}

const HELP = `
Each flag has an environment variable: JUX_SERVER_HOST, JUX_SERVER_PORT, JUX_SERVER_DATA,
JUX_SERVER_SIGNATURES, JUX_SERVER_TRUSTED_PROXIES, JUX_SERVER_TRUST_LOCAL, JUX_SERVER_MAX_SIZE,
JUX_SERVER_RATE_LIMIT, JUX_SERVER_KEEP, JUX_SERVER_RECEIPT_KEY, JUX_SERVER_SOURCE_URLS,
JUX_SERVER_PUBLIC_URL, JUX_SERVER_SECRET_KEY_FILE. With DATABASE_URL=postgres://… the server stores everything in PostgreSQL.

  jux-server keys create --name ci --project shop --scope submit --expires 90d
  jux-server trust add key.pub.pem --project shop
  jux-server quarantine add --project shop --test "src/cart.test.ts > cart > pays" --owner ann --reason "bank is down" --expires 2026-12-31
  jux-server receipt-key create receipts.pem
  jux-server notify add --project shop --kind slack --url-env SLACK_URL
`

async function serve(flags: Flags, { system, out, err, untilStopped }: CliContext): Promise<void> {
  const log = createLog(err, system.now)
  const server = await startServer(loadSettings(flags, system), system, log)
  out(`jux-server listens on ${server.url}\n${server.access}\n`)
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
    .description('create a key and print it once')
    .requiredOption('--name <name>', 'where the key is used')
    .option('--project <name>', 'the only project that the key is valid for (all)')
    .addOption(new Option('--scope <scope>', 'what the key may do').choices(SCOPES).default('all'))
    .option('--expires <duration>', 'how long the key is valid: 90d, 12h, 8w (forever)')
    .action(async ({ name, project, scope, expires }) => {
      const nowMs = system.now().getTime()
      const expiresAt = expires === undefined ? undefined : nowMs + durationMs(expires)
      const { text, key } = await open((database) => createKey(database, { name, project, scope, expiresAt }, nowMs))
      const scopeText = project === undefined ? 'all projects' : `project ${oneLine(project)}`
      err(`key ${key.id} for ${scopeText}; copy it now, it is not shown again:\n`)
      out(`${text}\n`)
    })
  keys
    .command('list')
    .description('list all keys, without their secrets')
    .action(async () => {
      const nowMs = system.now().getTime()
      const rows = (await open(listKeys)).map((key) => [
        key.id,
        keyState(key, nowMs),
        key.can_submit === 0 ? 'read' : key.can_read === 0 ? 'submit' : 'all',
        key.project ?? '(all projects)',
        key.expires_at === null ? '(never)' : new Date(key.expires_at).toISOString(),
        key.name,
      ])
      out(table(['ID', 'STATE', 'SCOPE', 'PROJECT', 'EXPIRES', 'NAME'], rows))
      if (rows.length === 0) err(nextCommand('keys create --name ci --scope submit --expires 90d'))
    })
  keys
    .command('revoke')
    .argument('<id>', 'id of the key, from "keys list"')
    .description('revoke a key for good')
    .action(async (id: string) => {
      const key = await open((database) => revokeKey(database, id, system.now().getTime()))
      out(`revoked ${key.id} (${oneLine(key.name)})\n`)
    })
}

function addTrustCommands(trust: Command, { system, out, err }: CliContext, open: Open): void {
  trust
    .command('add')
    .argument('<file>', 'PEM file with a public key or a certificate')
    .description('trust a signer')
    .option('--name <name>', 'who has the key (the name of the file)')
    .option('--project <name>', 'the only project that the signer is trusted for (all)')
    .option('--authority', 'the certificate is an authority: trust every certificate that it issued')
    .action(async (file: string, { name = file, project, authority }) => {
      const pem = readText(resolve(system.cwd, file))
      const nowMs = system.now().getTime()
      const row = await open((database) => addTrustedKey(database, { pem, name, project, authority }, nowMs))
      out(`trusted ${row.id}: ${row.kind} ${row.fingerprint}\n`)
    })
  trust
    .command('list')
    .description('list the trusted signers')
    .action(async () => {
      const rows = (await open(listTrustedKeys)).map((key) => [
        key.id,
        key.kind,
        key.project ?? '(all projects)',
        key.fingerprint,
        key.name,
      ])
      out(table(['ID', 'KIND', 'PROJECT', 'FINGERPRINT', 'NAME'], rows))
      if (rows.length === 0) err(nextCommand('trust add key.pub.pem --project NAME'))
    })
  trust
    .command('remove')
    .argument('<id>', 'id of the key, from "trust list"')
    .description('stop trusting a signer')
    .action(async (id: string) => {
      await open((database) => removeTrustedKey(database, id))
      out(`removed ${oneLine(id)}\n`)
    })
}

function addQuarantineCommands(quarantine: Command, { system, out, err }: CliContext, open: Open): void {
  const add = quarantine
    .command('add')
    .description('quarantine a test for a time; its failures are shown, and counted apart')
    .requiredOption('--project <name>', 'the project of the test')
    .option('--test <name>', 'the test: class > name')
    .option('--key <key>', 'the test, by the key in the address of its page')
    .option('--owner <name>', 'who takes care of it')
    .option('--reason <text>', 'why it is quarantined')
    .option('--expires <date>', 'the last day, in UTC, such as 2026-12-31; at most a year ahead')
    .option('--waiver <file>', 'instead of all of these: a waiver, which a trusted signer has signed')
  add.action(async ({ project, test, key, owner = '', reason = '', expires = '', waiver }) => {
    const hasNames = [test, key].filter((name) => name !== undefined).length
    if (waiver === undefined ? hasNames !== 1 : hasNames !== 0) {
      add.error('error: name the test with one of --test, --key and --waiver', { exitCode: EXIT.usage })
    }
    const nowMs = system.now().getTime()
    const entry = await open(async (database) => {
      const createdBy = null
      if (waiver !== undefined) {
        return addWaiver(database, { project, createdBy, waiver: readText(resolve(system.cwd, waiver)) }, nowMs)
      }
      const found = key === undefined ? undefined : await findTest(database, key, project)
      if (key !== undefined && found === undefined) {
        throw new JuxError('INVALID_ARGUMENT', {
          message: `the project ${oneLine(project)} has no test ${oneLine(key).slice(0, 80)}`,
          suggestions: ['--test "class > name"'],
        })
      }
      const name = found === undefined ? test : testName(found)
      return addEntry(database, { project, test: name, owner, reason, expires, createdBy }, nowMs)
    })
    if (entry.test_key === null) err(`${NO_SUCH_TEST}; the page of a test case has the command with its key\n`)
    out(`quarantined ${oneLine(entry.test)} until ${entry.expires}: ${entry.id}\n`)
  })
  quarantine
    .command('list')
    .description('list the quarantined tests')
    .option('--project <name>', 'the only project (all)')
    .addOption(new Option('--state <state>', 'only entries in this state (all)').choices(QUARANTINE_STATES))
    .action(async ({ project, state }) => {
      const nowMs = system.now().getTime()
      const entries = await open((database) => listEntries(database, { project, state, limit: MAX_ENTRIES }, nowMs))
      const rows = entries.map((entry) => [
        entry.id,
        quarantineState(entry, nowMs),
        entry.project,
        entry.expires,
        entry.signer === null ? '(unsigned)' : entry.signer.slice(0, 16),
        entry.owner,
        entry.test,
        entry.reason,
      ])
      out(table(['ID', 'STATE', 'PROJECT', 'EXPIRES', 'SIGNER', 'OWNER', 'TEST', 'REASON'], rows))
      if (rows.length > 0) return
      const day = dayOf(nowMs + EXAMPLE_DAYS * 86_400_000)
      err(nextCommand(`quarantine add --project NAME --test 'CLASS > NAME' --owner NAME --reason WHY --expires ${day}`))
    })
  quarantine
    .command('remove')
    .argument('<id>', 'id of the entry, from "quarantine list"')
    .description('end the quarantine of a test; the entry stays in the list')
    .action(async (id: string) => {
      const entry = await open((database) => removeEntry(database, { id, removedBy: null }, system.now().getTime()))
      if (entry === undefined) {
        throw new JuxError('INVALID_ARGUMENT', {
          message: `there is no quarantine entry ${id.slice(0, 80)}`,
          suggestions: ['jux-server quarantine list'],
        })
      }
      out(`removed ${entry.id} (${oneLine(entry.test)})\n`)
    })
}

function addReceiptKeyCommands(receiptKey: Command, { system, out }: CliContext): void {
  receiptKey
    .command('create')
    .argument('<file>', 'path of the private key; the public key is written next to it, as .pub.pem')
    .description('create a key for receipts; it is not an API key')
    .action(async (file: string) => {
      const { path, publicPath, fingerprint } = await createReceiptKey(file, system)
      const rows = [
        ['private key', path, '(keep it secret)'],
        ['public key', publicPath, '(give it to those who verify receipts)'],
        ['fingerprint', fingerprint, ''],
      ]
      out(rows.map((cells) => `${cells.map(oneLine).join('  ').trimEnd()}\n`).join(''))
      out(`\nsign receipts with: jux-server --receipt-key ${oneLine(shellWord(path))}\n`)
    })
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

function durationMs(text: string): number {
  const parsed = parseDuration(text)
  if (parsed > 0) return parsed
  throw new JuxError('INVALID_ARGUMENT', {
    message: `--expires "${text.slice(0, 40)}" is not a duration`,
    suggestions: ['--expires 90d'],
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const isMissing = !existsSync(path)
    throw new JuxError(isMissing ? 'FILE_NOT_FOUND' : 'FILE_PERMISSION_DENIED', {
      message: isMissing ? `${path} does not exist` : `cannot read ${path}`,
      suggestions: ['jux keygen --output key.pem writes key.pem and the public key key.pub.pem'],
      cause,
    })
  }
}
