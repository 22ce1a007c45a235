/**
 * Receivers of messages: real HTTP servers on 127.0.0.1, which end with their test.
 *
 * @module
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { onTestFinished } from 'vitest'

/** A request that arrived. */
export interface ReceivedRequest {
  readonly method: string
  /** Path with the query. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A response. */
export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A running receiver. */
export interface Receiver {
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  close(): Promise<void>
}

/** Starts a receiver. */
export async function receiver(
  answer: (request: ReceivedRequest, number: number) => Answer | Promise<Answer> = () => ({ status: 200 }),
  { endsWithTest = true } = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  const http = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      const { method = '', url: target = '', headers } = incoming
      const request = { method, target, headers, body: Buffer.concat(chunks).toString('utf8') }
      requests.push(request)
      const { status, body = {}, headers: own = {} } = await answer(request, requests.length)
      outgoing.writeHead(status, { 'content-type': 'application/json', ...own })
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  const close = () => {
    http.closeAllConnections()
    return new Promise<void>((resolve) => http.close(() => resolve()))
  }
  if (endsWithTest) onTestFinished(close)
  return { url: `http://127.0.0.1:${address.port}`, requests, close }
}

/** A comment of a forge. */
export interface StoredComment {
  readonly id: number
  readonly user: { readonly id: number; readonly type: string }
  readonly performed_via_github_app?: { readonly id: number }
  body: string
}

/** What a GitHub does that stores comments. */
export interface GithubState {
  readonly comments: StoredComment[]
  readonly answer: (request: ReceivedRequest) => Answer
}

/** Id of the user of our token. */
export const OUR_USER = 7

/** A GitHub with one repository. */
export function github(
  comments: StoredComment[] = [],
  {
    isApp = false,
    canCheck = true,
    firstId = 1,
    appId,
  }: { isApp?: boolean; canCheck?: boolean; firstId?: number; appId?: number } = {},
): GithubState {
  const user = { id: OUR_USER, type: isApp ? 'Bot' : 'User' }
  const refused = { status: 403, body: { message: 'Resource not accessible by integration' } }
  return {
    comments,
    answer: ({ method, target, body }) => {
      const { pathname, searchParams } = new URL(target, 'http://127.0.0.1')
      if (pathname.endsWith('/access_tokens')) return { status: 201, body: { token: 'ghs_of_the_installation' } }
      if (pathname === '/user') return isApp ? refused : { status: 200, body: user }
      if (pathname.endsWith('/check-runs')) return canCheck ? { status: 201, body: { id: 1 } } : refused
      if (/\/statuses\/[0-9a-f]{40}$/.test(pathname)) return { status: 201, body: { id: 1 } }
      if (/\/issues\/\d+\/comments$/.test(pathname)) {
        if (method === 'GET') {
          const [page, perPage] = [Number(searchParams.get('page')), Number(searchParams.get('per_page'))]
          return { status: 200, body: comments.slice((page - 1) * perPage, page * perPage) }
        }
        const by = appId === undefined ? {} : { performed_via_github_app: { id: appId } }
        const comment = { id: firstId + comments.length, user, ...by, body: bodyOf(body) }
        comments.push(comment)
        return { status: 201, body: comment }
      }
      const id = Number(/\/issues\/comments\/(\d+)$/.exec(pathname)?.[1])
      const comment = comments.find((known) => known.id === id)
      if (comment === undefined || method !== 'PATCH') return { status: 404, body: { message: 'Not Found' } }
      comment.body = bodyOf(body)
      return { status: 200, body: comment }
    },
  }
}

function bodyOf(text: string): string {
  return String(Reflect.get(JSON.parse(text), 'body'))
}
