/**
 * Who is told about the runs of a project, and with which credentials.
 *
 * A credential is either encrypted in the database or in a variable of the server's environment, which the subscription names.
 *
 * @module
 */
import { randomBytes } from 'node:crypto'
import { JuxError, type System } from 'jux-reporter'
import type { Database, SubscriptionKind, SubscriptionRow } from '../database/schema.js'
import { type GithubApp, readAppKey } from './github-app.js'
import type { SecretBox } from './secrets.js'

/** Environment variables. */
export type Environment = System['env']

/** All kinds. */
export const SUBSCRIPTION_KINDS = [
  'webhook',
  'slack',
  'mattermost',
  'teams',
  'github',
  'gitlab',
] as const satisfies readonly SubscriptionKind[]

/** A subscription to add. */
export interface SubscriptionRequest {
  readonly project: string
  readonly kind: SubscriptionKind
  readonly branch?: string | undefined
  readonly name?: string | undefined
  /** Exactly one of the two. */
  readonly url?: string | undefined
  readonly urlEnv?: string | undefined
  /** `owner/name`; for GitHub and GitLab. */
  readonly repository?: string | undefined
  /** `APP_ID/INSTALLATION_ID`; the secret is then the private key of the app. */
  readonly app?: string | undefined
  /** HMAC secret (webhook), token (GitHub, GitLab) or private key (GitHub App). At most one of the two. */
  readonly secret?: string | undefined
  readonly secretEnv?: string | undefined
}

/** A new subscription. */
export interface NewSubscription {
  readonly row: SubscriptionRow
  /** The HMAC secret, if it was generated. It is not shown again. */
  readonly generatedSecret: string | undefined
  /** Its variables that are not set in this process; the server needs them when it sends. */
  readonly unsetVariables: readonly string[]
}

/** What a subscription sends with. */
export interface Credentials {
  readonly url: string
  readonly secret: string | undefined
  /** The app whose private key the secret is. */
  readonly app?: GithubApp | undefined
}

const SECRET_BYTES = 32
const MAX_URL_LENGTH = 2_000
const MAX_NAME_LENGTH = 200
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/
/** GitLab has groups in groups. */
const REPOSITORY = /^[\w.-]+(?:\/[\w.-]+){1,20}$/
const DEFAULT_URLS: Readonly<Partial<Record<SubscriptionKind, string>>> = {
  github: 'https://api.github.com',
  gitlab: 'https://gitlab.com/api/v4',
}
/** Addresses in suggestions. */
const EXAMPLE_URLS: Readonly<Record<SubscriptionKind, string>> = {
  webhook: 'https://example.com/jux',
  slack: 'https://hooks.slack.com/services/…',
  mattermost: 'https://mattermost.example.com/hooks/…',
  teams: 'https://prod-00.westeurope.logic.azure.com/workflows/…',
  github: 'https://api.github.com',
  gitlab: 'https://gitlab.com/api/v4',
}

/**
 * Adds a subscription.
 *
 * @throws {JuxError} `INVALID_ARGUMENT`, `CONFIG_MISSING_REQUIRED`
 */
export async function addSubscription(
  database: Database,
  request: SubscriptionRequest,
  box: SecretBox,
  env: Environment,
  nowMs: number,
): Promise<NewSubscription> {
  const { kind, urlEnv, secretEnv } = request
  const url = request.url ?? (urlEnv === undefined ? DEFAULT_URLS[kind] : undefined)
  requireOneAddress(kind, url, urlEnv)
  for (const name of [urlEnv, secretEnv]) requireVariable(name)
  requireCredential(request)
  const app = appOf(request)
  if (app !== undefined && request.secret !== undefined) readAppKey(request.secret)
  requireRepository(request)
  if (request.name !== undefined && request.name.length > MAX_NAME_LENGTH) {
    throw invalid(`--name is longer than ${MAX_NAME_LENGTH} characters`, [])
  }
  const unsetVariables = [urlEnv, secretEnv].filter((name) => name !== undefined).filter((name) => !env[name])
  const address = url ?? (env[urlEnv ?? ''] || undefined)
  const origin = address === undefined ? `$${urlEnv}` : checkedUrl(address, kind).origin
  const id = randomBytes(8).toString('hex')
  const generatedSecret =
    kind === 'webhook' && request.secret === undefined && secretEnv === undefined
      ? randomBytes(SECRET_BYTES).toString('hex')
      : undefined
  const secret = request.secret ?? generatedSecret
  const row: SubscriptionRow = {
    id,
    project: request.project,
    branch: request.branch ?? null,
    kind,
    name: request.name ?? null,
    origin,
    url: url === undefined ? null : box.encrypt(url, contextOf(id, 'url')),
    url_env: urlEnv ?? null,
    secret: secret === undefined ? null : box.encrypt(secret, contextOf(id, 'secret')),
    secret_env: secretEnv ?? null,
    repository: request.repository ?? null,
    app: request.app ?? null,
    created_at: nowMs,
    lease_id: null,
    leased_until: 0,
    last_sent_at: null,
    last_error: null,
  }
  await database.insertInto('subscriptions').values(row).execute()
  return { row, generatedSecret, unsetVariables }
}

/** All subscriptions, oldest first. */
export function listSubscriptions(database: Database): Promise<SubscriptionRow[]> {
  return database.selectFrom('subscriptions').selectAll().orderBy('created_at').orderBy('id').execute()
}

/**
 * One subscription.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` if there is none
 */
export async function findSubscription(database: Database, id: string): Promise<SubscriptionRow> {
  const row = await database.selectFrom('subscriptions').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw unknownSubscription(id)
  return row
}

/**
 * Removes a subscription with the messages that it has not sent.
 *
 * @throws {JuxError} `INVALID_ARGUMENT` if there is none
 */
export async function removeSubscription(database: Database, id: string): Promise<void> {
  const { numDeletedRows } = await database.deleteFrom('subscriptions').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows === 0n) throw unknownSubscription(id)
}

/**
 * The address and the secret of a subscription.
 *
 * @throws {JuxError} `CONFIG_MISSING_REQUIRED` if a variable is not set, `KEY_*` if they cannot be decrypted
 */
export function credentialsOf(row: SubscriptionRow, box: () => SecretBox, env: Environment): Credentials {
  const url =
    row.url_env !== null
      ? readVariable(env, row.url_env)
      : row.url === null
        ? ''
        : box().decrypt(row.url, contextOf(row.id, 'url'))
  const secret =
    row.secret_env !== null
      ? readVariable(env, row.secret_env)
      : row.secret === null
        ? undefined
        : box().decrypt(row.secret, contextOf(row.id, 'secret'))
  return { url: checkedUrl(url, row.kind).href, secret, app: appOf({ kind: row.kind, app: row.app ?? undefined }) }
}

function contextOf(id: string, field: 'url' | 'secret'): string {
  return `subscription ${id} ${field}`
}

// Messages never contain the address: its path can be a credential.
function checkedUrl(text: string, kind: SubscriptionKind): URL {
  if (text.length > MAX_URL_LENGTH || !/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    throw invalid('the address of the subscription is not an http or https address', [`--url ${EXAMPLE_URLS[kind]}`])
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw invalid('the address of the subscription contains a login', ['use --secret-env or --token-env'])
  }
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && kind !== 'webhook' && !isLoopback) {
    throw invalid(`a subscription of the kind ${kind} needs an https address, because its credential is sent there`, [
      `--url https://${url.host}/…`,
    ])
  }
  return url
}

function requireOneAddress(kind: SubscriptionKind, url: string | undefined, urlEnv: string | undefined): void {
  if (url !== undefined && urlEnv !== undefined) {
    throw invalid('--url and --url-env exclude each other', ['use one of them'])
  }
  if (url !== undefined || urlEnv !== undefined) return
  throw missing(`a subscription of the kind ${kind} needs an address: --url or --url-env is missing`, [
    `--url-env ${kind.toUpperCase()}_URL, a variable in the environment of the server`,
    `--url ${EXAMPLE_URLS[kind]}`,
  ])
}

function requireVariable(name: string | undefined): void {
  if (name === undefined || VARIABLE.test(name)) return
  throw invalid('--url-env, --secret-env and --token-env take the name of a variable, not its value', [
    '--token-env GITHUB_TOKEN',
  ])
}

function requireCredential({ kind, secret, secretEnv, app }: SubscriptionRequest): void {
  const hasSecret = secret !== undefined || secretEnv !== undefined
  const needsToken = kind === 'github' || kind === 'gitlab'
  if (needsToken && !hasSecret) {
    throw missing(`a subscription of the kind ${kind} needs a token`, [
      '--token-env NAME, a variable in the environment of the server',
      '--token-file FILE, which is read once; the token is stored encrypted',
    ])
  }
  if (hasSecret && !needsToken && kind !== 'webhook') {
    throw invalid(`a subscription of the kind ${kind} has no secret besides its address`, [])
  }
  if (app === undefined && secret !== undefined && (secret === '' || /[^\x21-\x7e]/.test(secret))) {
    throw invalid('the token is empty or has characters that a header cannot have', [])
  }
}

function appOf({ kind, app }: Pick<SubscriptionRequest, 'kind' | 'app'>): GithubApp | undefined {
  if (app === undefined) return undefined
  const [, appId, installationId] = /^([1-9]\d{0,14})\/([1-9]\d{0,14})$/.exec(app) ?? []
  if (kind === 'github' && appId !== undefined) return { appId: Number(appId), installationId: Number(installationId) }
  throw invalid('--app is for GitHub, and is APP_ID/INSTALLATION_ID', ['--app 12345/678910'])
}

function requireRepository({ kind, repository }: SubscriptionRequest): void {
  const needsRepository = kind === 'github' || kind === 'gitlab'
  if (needsRepository && repository === undefined) {
    throw missing(`a subscription of the kind ${kind} needs --repository`, ['--repository owner/name'])
  }
  if (repository === undefined) return
  const isPair = kind !== 'github' || repository.split('/').length === 2
  if (!needsRepository || !isPair || !REPOSITORY.test(repository) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(repository)) {
    throw invalid('--repository is for GitHub and GitLab, and is owner/name', ['--repository owner/name'])
  }
}

function readVariable(env: Environment, name: string): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw missing(`the variable ${name} is not set in the environment of the server`, [`export ${name}=…`])
}

function unknownSubscription(id: string): JuxError {
  return invalid(`there is no subscription ${id.slice(0, 80)}`, ['jux-server notify list'])
}

function invalid(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('INVALID_ARGUMENT', { message, suggestions })
}

function missing(message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('CONFIG_MISSING_REQUIRED', { message, suggestions })
}
