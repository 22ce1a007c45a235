/**
 * Talks to the REST API of GitLab.
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
import type { Notice } from './notice.js'
import { AttemptError, type HttpRequest, send } from './request.js'
import type { Credentials } from './subscriptions.js'
import { gitlabGateStatus, gitlabHeaders, gitlabNote, gitlabStatus } from './vendors/gitlab.js'

const userSchema = z.object({ id: z.number() })
const notesSchema = z.array(
  z.object({ id: z.number(), body: z.string().nullish(), author: z.object({ id: z.number() }).nullish() }),
)

/** One project. */
export class GitlabClient implements ForgeClient {
  readonly #root: string
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #signal: AbortSignal

  constructor({ url, secret = '' }: Credentials, repository: string, signal: AbortSignal) {
    this.#root = url.replace(/\/+$/, '')
    this.#base = `${this.#root}/projects/${encodeURIComponent(repository)}`
    this.#headers = gitlabHeaders(secret)
    this.#signal = signal
  }

  async check(): Promise<void> {
    await this.#send('GET', this.#base)
  }

  async setStatus(notice: Notice | GateNotice, sha: string): Promise<void> {
    const status = isGateNotice(notice) ? gitlabGateStatus(notice) : gitlabStatus(notice)
    try {
      await this.#send('POST', `${this.#base}/statuses/${sha}`, status)
    } catch (error) {
      // GitLab refuses to set the state that the status already has, which is so when an attempt is repeated.
      const isRepeated =
        error instanceof AttemptError && error.status === 400 && /Cannot transition/.test(error.message)
      if (!isRepeated) throw error
    }
  }

  async comment(notice: Notice, mergeRequest: number, canCreate: boolean): Promise<void> {
    const notes = `${this.#base}/merge_requests/${mergeRequest}/notes`
    const user = parseResponse(userSchema, await this.#send('GET', `${this.#root}/user`, undefined, MAX_PAGE_BYTES))
    const found = await findComment(notice.run.project, (page) => this.#notes(notes, page, user.id))
    const action = commentAction(found, notice.run.inserted_at, canCreate)
    if (action.kind === 'create') await this.#send('POST', notes, gitlabNote(notice))
    else if (action.kind === 'update') await this.#send('PUT', `${notes}/${action.id}`, gitlabNote(notice))
  }

  async #notes(url: string, page: number, userId: number): Promise<ForgeComment[]> {
    const query = `sort=asc&order_by=created_at&per_page=${COMMENTS_PER_PAGE}&page=${page}`
    const notes = parseResponse(notesSchema, await this.#send('GET', `${url}?${query}`, undefined, MAX_PAGE_BYTES))
    return notes.map(({ id, body, author }) => ({ id, body: body ?? '', isOurs: author?.id === userId }))
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
