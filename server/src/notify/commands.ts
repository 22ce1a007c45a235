/**
 * The commands `jux-server notify` and `jux-server badges`.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { JuxError, type System } from 'jux-reporter'
import { messageOf, oneLine } from 'jux-reporter/internal'
import { allowBadge, denyBadge, listPublicBadges } from '../badges/public-badges.js'
import { nextCommand, table } from '../cli-table.js'
import type { Database } from '../database/schema.js'
import { listProjects } from '../queries/runs.js'
import type { Settings } from '../settings.js'
import { deliver } from './deliver.js'
import { AttemptError } from './request.js'
import { sampleNotice } from './sample.js'
import { openOrCreateSecretBox, openSecretBox } from './secrets.js'
import {
  addSubscription,
  credentialsOf,
  findSubscription,
  listSubscriptions,
  removeSubscription,
  SUBSCRIPTION_KINDS,
} from './subscriptions.js'

/** What the commands use. */
export interface NotifyCommandContext {
  readonly system: System
  out(text: string): void
  err(text: string): void
  settings(): Settings
  open<T>(action: (database: Database) => Promise<T>): Promise<T>
}

/** Adds the subcommands of `jux-server notify`. */
export function addNotifyCommands(notify: Command, context: NotifyCommandContext): void {
  const { system, out, err, settings, open } = context
  notify
    .command('add')
    .description('tell somebody about the runs of a project')
    .requiredOption('--project <name>', 'the project')
    .addOption(new Option('--kind <kind>', 'who is told').choices(SUBSCRIPTION_KINDS).makeOptionMandatory())
    .option('--url <url>', 'address of the webhook or of the API (https://api.github.com, https://gitlab.com/api/v4)')
    .option('--url-env <name>', "variable of the server's environment that has the address")
    .option('--branch <name>', 'the only branch, or "*" for all (the base branch; all for github and gitlab)')
    .option('--name <name>', 'a name for people')
    .option('--repository <path>', 'owner/name, for github and gitlab')
    .option('--app <ids>', 'APP_ID/INSTALLATION_ID of a GitHub App; the token is then its private key')
    .option('--secret-env <name>', "variable of the server's environment that has the secret of a webhook (a new one)")
    .option('--token-env <name>', "variable of the server's environment that has the token for github or gitlab")
    .option('--token-file <file>', 'file with the token; it is read once, and the token is stored encrypted')
    .action(async ({ tokenEnv, tokenFile, secretEnv, ...request }) => {
      if ([tokenEnv, tokenFile, secretEnv].filter((value) => value !== undefined).length > 1) {
        throw new JuxError('INVALID_ARGUMENT', {
          message: '--secret-env, --token-env and --token-file exclude each other',
          suggestions: ['use one of them'],
        })
      }
      const secret = tokenFile === undefined ? undefined : readToken(resolve(system.cwd, tokenFile))
      const box = await openOrCreateSecretBox(settings())
      const { row, generatedSecret, unsetVariables } = await open((database) =>
        addSubscription(
          database,
          { ...request, secret, secretEnv: secretEnv ?? tokenEnv },
          box,
          system.env,
          system.now().getTime(),
        ),
      )
      err(`subscription ${row.id}: ${row.kind} at ${row.origin} for project ${oneLine(row.project)}\n`)
      for (const name of unsetVariables) {
        err(`warning: the variable ${name} is not set here; the server needs it when it sends\n`)
      }
      if (generatedSecret === undefined) return
      err('its HMAC secret; copy it now, it is not shown again:\n')
      out(`${generatedSecret}\n`)
    })
  notify
    .command('list')
    .description('list all subscriptions, without their secrets')
    .action(async () => {
      const rows = (await open(listSubscriptions)).map((row) => [
        row.id,
        row.kind,
        row.project,
        row.branch ?? (row.kind === 'github' || row.kind === 'gitlab' ? '*' : '(base branch)'),
        row.repository ?? row.origin,
        row.last_sent_at === null ? '(never)' : new Date(row.last_sent_at).toISOString(),
        row.last_error ?? '',
        row.name ?? '',
      ])
      out(table(['ID', 'KIND', 'PROJECT', 'BRANCH', 'TO', 'SENT', 'LAST ERROR', 'NAME'], rows))
      if (rows.length === 0) err(nextCommand('notify add --project NAME --kind slack --url-env SLACK_URL'))
    })
  notify
    .command('remove')
    .argument('<id>', 'id of the subscription, from "notify list"')
    .description('stop telling somebody')
    .action(async (id: string) => {
      await open((database) => removeSubscription(database, id))
      out(`removed ${oneLine(id)}\n`)
    })
  notify
    .command('test')
    .argument('<id>', 'id of the subscription, from "notify list"')
    .description('send a sample message; for github and gitlab, only see whether the token can read the repository')
    .action(async (id: string) => {
      const subscription = await open((database) => findSubscription(database, id))
      const credentials = credentialsOf(subscription, () => openSecretBox(settings()), system.env)
      const now = system.now()
      try {
        await deliver({
          id: `test-${now.getTime()}`,
          subscription,
          credentials,
          notice: sampleNotice(subscription.project, settings().publicUrl ?? 'http://127.0.0.1:4000', now),
          facts: { pullRequest: undefined, repository: undefined, sha: undefined },
          nowMs: now.getTime(),
          signal: new AbortController().signal,
          isTest: true,
        })
      } catch (cause) {
        if (!(cause instanceof AttemptError)) throw cause
        throw new JuxError('OPERATION_FAILED', {
          message: `the message was not accepted: ${messageOf(cause)}`,
          suggestions: ['check the address and the token', 'jux-server notify list'],
          cause,
        })
      }
      out(`sent to ${subscription.origin}\n`)
    })
}

/** Adds the subcommands of `jux-server badges`. */
export function addBadgeCommands(badges: Command, { system, out, err, open }: NotifyCommandContext): void {
  badges
    .command('allow')
    .argument('<project>', 'the project')
    .description('show the badge of a project to everybody')
    .action(async (project: string) => {
      const hasRuns = await open(async (database) => {
        await allowBadge(database, project, system.now().getTime())
        return (await listProjects(database, project)).length > 0
      })
      if (!hasRuns) err(`the project ${oneLine(project)} has no runs yet\n`)
      out(`everybody may see the badge of ${oneLine(project)}\n`)
    })
  badges
    .command('deny')
    .argument('<project>', 'the project')
    .description('show the badge of a project only to those with a key')
    .action(async (project: string) => {
      await open((database) => denyBadge(database, project))
      out(`the badge of ${oneLine(project)} needs a key\n`)
    })
  badges
    .command('list')
    .description('list the projects whose badge everybody may see')
    .action(async () => {
      const rows = (await open(listPublicBadges)).map(({ project, created_at }) => [
        project,
        new Date(created_at).toISOString(),
      ])
      out(table(['PROJECT', 'SINCE'], rows))
      if (rows.length === 0) err(nextCommand('badges allow PROJECT'))
    })
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new JuxError('FILE_NOT_FOUND', {
      message: `cannot read the token file ${path}: ${messageOf(cause)}`,
      suggestions: ['--token-env NAME reads the token from the environment of the server'],
      cause,
    })
  }
}
