/**
 * Talks to the REST API of GitHub, or of GitHub Enterprise Server.
 *
 * @module
 */
import { z } from 'zod'
import type { ForgeClient } from './forge-client.js'
import {
  COMMENTS_PER_PAGE,
  commentAction,
  type ForgeComment,
  findComment,
  MAX_PAGE_BYTES,
  parseResponse,
} from './forge-comments.js'
import { type GateNotice, isGateNotice } from './gate-notice.js'
import { appToken } from './github-app.js'
import type { Notice } from './notice.js'
import { AttemptError, type HttpRequest, send } from './request.js'
import type { Credentials } from './subscriptions.js'
import {
  checkRun,
  gateCheckRun,
  githubComment,
  githubGateStatus,
  githubHeaders,
  githubStatus,
} from './vendors/github.js'

const userSchema = z.object({ id: z.number() })
const tokenSchema = z.object({ token: z.string().min(1) })
const commentsSchema = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ id: z.number(), type: z.string() }).nullish(),
    performed_via_github_app: z.object({ id: z.number() }).nullish(),
  }),
)

type Comment = z.infer<typeof commentsSchema>[number]

/** Says whether a comment is ours. */
type IsOurs = (comment: Comment) => boolean

/** One repository. */
export class GithubClient implements ForgeClient {
  readonly #base: string
  readonly #credentials: Credentials
  readonly #repository: string
  readonly #signal: AbortSignal
  readonly #root: string
  #token: string | undefined

  constructor(credentials: Credentials, repository: string, signal: AbortSignal) {
    this.#credentials = credentials
    this.#repository = repository
    this.#root = credentials.url.replace(/\/+$/, '')
    this.#base = `${this.#root}/repos/${repository.split('/').map(encodeURIComponent).join('/')}`
    this.#signal = signal
  }

  async check(): Promise<void> {
    await this.#send('GET', this.#base)
  }

  async setStatus(notice: Notice | GateNotice, sha: string): Promise<void> {
    const isGate = isGateNotice(notice)
    try {
      const check = isGate ? gateCheckRun(notice, sha) : checkRun(notice, sha)
      await this.#send('POST', `${this.#base}/check-runs`, check)
    } catch (error) {
      // Only apps may write check runs. Every token with access to the repository may write statuses.
      if (!(error instanceof AttemptError) || error.status !== 403 || error.retryAfterMs !== undefined) throw error
      const status = isGate ? githubGateStatus(notice) : githubStatus(notice)
      await this.#send('POST', `${this.#base}/statuses/${sha}`, status)
    }
  }

  async comment(notice: Notice, pullRequest: number, canCreate: boolean): Promise<void> {
    const isOurs = await this.#identity()
    const found = await findComment(notice.run.project, (page) => this.#comments(pullRequest, page, isOurs))
    const action = commentAction(found, notice.run.inserted_at, canCreate)
    if (action.kind === 'create') {
      await this.#send('POST', `${this.#base}/issues/${pullRequest}/comments`, githubComment(notice))
    } else if (action.kind === 'update') {
      await this.#send('PATCH', `${this.#base}/issues/comments/${action.id}`, githubComment(notice))
    }
  }

  // The token of an app cannot read its own user.
  async #identity(): Promise<IsOurs> {
    const { app } = this.#credentials
    if (app !== undefined) return ({ performed_via_github_app: by }) => by?.id === app.appId
    try {
      const response = await this.#send('GET', `${this.#root}/user`, undefined, MAX_PAGE_BYTES)
      const { id } = parseResponse(userSchema, response)
      return ({ user }) => user?.id === id
    } catch (error) {
      if (!(error instanceof AttemptError) || error.status !== 403 || error.retryAfterMs !== undefined) throw error
      return ({ user }) => user?.type === 'Bot'
    }
  }

  async #comments(pullRequest: number, page: number, isOurs: IsOurs): Promise<ForgeComment[]> {
    const url = `${this.#base}/issues/${pullRequest}/comments?per_page=${COMMENTS_PER_PAGE}&page=${page}`
    const comments = parseResponse(commentsSchema, await this.#send('GET', url, undefined, MAX_PAGE_BYTES))
    return comments.map((comment) => ({ id: comment.id, body: comment.body ?? '', isOurs: isOurs(comment) }))
  }

  async #send(method: HttpRequest['method'], url: string, body?: object, maxResponseBytes?: number) {
    this.#token ??= await this.#requestToken()
    return this.#sendWith(this.#token, method, url, body, maxResponseBytes)
  }

  // For one repository, whatever else the app may write to.
  async #requestToken(): Promise<string> {
    const { app, secret = '' } = this.#credentials
    if (app === undefined) return secret
    const url = `${this.#root}/app/installations/${app.installationId}/access_tokens`
    const repositories = [this.#repository.split('/')[1] ?? '']
    const token = appToken(app.appId, secret, Date.now())
    return parseResponse(tokenSchema, await this.#sendWith(token, 'POST', url, { repositories })).token
  }

  #sendWith(token: string, method: HttpRequest['method'], url: string, body?: object, maxResponseBytes?: number) {
    return send({
      method,
      url,
      headers: githubHeaders(token),
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.#signal,
      maxResponseBytes,
    })
  }
}
