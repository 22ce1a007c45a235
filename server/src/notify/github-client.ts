/**
 * Talks to the REST API of GitHub, or of GitHub Enterprise Server.
 *
 * @module
 */
import { z } from 'zod'
import type { ForgeClient } from './deliver.js'
import {
  COMMENTS_PER_PAGE,
  commentAction,
  type ForgeComment,
  findComment,
  MAX_PAGE_BYTES,
  parseResponse,
} from './forge-comments.js'
import type { Notice } from './notice.js'
import { AttemptError, type HttpRequest, send } from './request.js'
import type { Credentials } from './subscriptions.js'
import { checkRun, githubComment, githubHeaders, githubStatus } from './vendors/github.js'

const userSchema = z.object({ id: z.number() })
const commentsSchema = z.array(
  z.object({
    id: z.number(),
    body: z.string().nullish(),
    user: z.object({ id: z.number(), type: z.string() }).nullish(),
  }),
)

/** Who we are: a user, or an app, whose token cannot read that. */
type Identity = { readonly userId: number } | 'app'

/** One repository. */
export class GithubClient implements ForgeClient {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #signal: AbortSignal
  readonly #root: string

  constructor({ url, secret = '' }: Credentials, repository: string, signal: AbortSignal) {
    this.#root = url.replace(/\/+$/, '')
    this.#base = `${this.#root}/repos/${repository.split('/').map(encodeURIComponent).join('/')}`
    this.#headers = githubHeaders(secret)
    this.#signal = signal
  }

  async check(): Promise<void> {
    await this.#send('GET', this.#base)
  }

  async setStatus(notice: Notice, sha: string): Promise<void> {
    try {
      await this.#send('POST', `${this.#base}/check-runs`, checkRun(notice, sha))
    } catch (error) {
      // Only apps may write check runs. Every token with access to the repository may write statuses.
      if (!(error instanceof AttemptError) || error.status !== 403 || error.retryAfterMs !== undefined) throw error
      await this.#send('POST', `${this.#base}/statuses/${sha}`, githubStatus(notice))
    }
  }

  async comment(notice: Notice, pullRequest: number, canCreate: boolean): Promise<void> {
    const identity = await this.#identity()
    const found = await findComment(notice.run.project, (page) => this.#comments(pullRequest, page, identity))
    const action = commentAction(found, notice.run.inserted_at, canCreate)
    if (action.kind === 'create') {
      await this.#send('POST', `${this.#base}/issues/${pullRequest}/comments`, githubComment(notice))
    } else if (action.kind === 'update') {
      await this.#send('PATCH', `${this.#base}/issues/comments/${action.id}`, githubComment(notice))
    }
  }

  async #identity(): Promise<Identity> {
    try {
      const response = await this.#send('GET', `${this.#root}/user`, undefined, MAX_PAGE_BYTES)
      return { userId: parseResponse(userSchema, response).id }
    } catch (error) {
      if (error instanceof AttemptError && error.status === 403 && error.retryAfterMs === undefined) return 'app'
      throw error
    }
  }

  async #comments(pullRequest: number, page: number, identity: Identity): Promise<ForgeComment[]> {
    const url = `${this.#base}/issues/${pullRequest}/comments?per_page=${COMMENTS_PER_PAGE}&page=${page}`
    const comments = parseResponse(commentsSchema, await this.#send('GET', url, undefined, MAX_PAGE_BYTES))
    return comments.map(({ id, body, user }) => ({
      id,
      body: body ?? '',
      isOurs: identity === 'app' ? user?.type === 'Bot' : user?.id === identity.userId,
    }))
  }

  #send(method: HttpRequest['method'], url: string, body?: object, maxResponseBytes?: number) {
    return send({
      method,
      url,
      headers: this.#headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: this.#signal,
      maxResponseBytes,
    })
  }
}
