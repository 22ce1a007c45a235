import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { deliver } from '../../src/notify/deliver.js'
import { commentBody } from '../../src/notify/vendors/comment.js'
import { changes, notice, RECEIVED_MS } from './notices.js'
import { type Answer, OUR_USER, type ReceivedRequest, receiver } from './receivers.js'

const SHA = 'a'.repeat(40)
const PROJECT = '/api/v4/projects/group%2Fsub%2Fshop'

// Ours, from the documentation: "Commits API", "Notes API". GitLab's OpenAPI description is only in its repository.
const STATUS = z.strictObject({
  state: z.enum(['pending', 'running', 'success', 'failed', 'canceled', 'skipped']),
  name: z.string().max(255),
  description: z.string().max(255),
  target_url: z.url().max(255),
})
const NOTE = z.strictObject({ body: z.string().max(1_000_000) })

interface Note {
  readonly id: number
  readonly author: { readonly id: number }
  body: string
}

async function start(statusAnswer: Answer = { status: 201 }) {
  const notes: Note[] = [{ id: 1, author: { id: 99 }, body: '<!-- jux:shop -->\nforged' }]
  const answer = ({ method, target, body }: ReceivedRequest): Answer => {
    const { pathname } = new URL(target, 'http://127.0.0.1')
    if (pathname === '/api/v4/user') return { status: 200, body: { id: OUR_USER } }
    if (pathname === `${PROJECT}/statuses/${SHA}`) {
      STATUS.parse(JSON.parse(body))
      return statusAnswer
    }
    if (pathname === PROJECT) return { status: 200 }
    const id = Number(/\/merge_requests\/12\/notes(?:\/(\d+))?$/.exec(pathname)?.[1])
    if (method === 'GET') return { status: 200, body: notes }
    const note = NOTE.parse(JSON.parse(body))
    if (method === 'POST') notes.push({ id: notes.length + 1, author: { id: OUR_USER }, body: note.body })
    for (const known of notes) if (method === 'PUT' && known.id === id) known.body = note.body
    return { status: 200 }
  }
  const { url, requests } = await receiver(answer)
  const tell = (message = notice({ pullRequest: 12 })) =>
    deliver({
      id: 'd1',
      subscription: { kind: 'gitlab', repository: 'group/sub/shop' },
      credentials: { url: `${url}/api/v4`, secret: 'glpat-secret' },
      notice: message,
      facts: { pullRequest: message.pullRequest, repository: 'group/sub/shop', sha: SHA },
      nowMs: RECEIVED_MS,
      signal: new AbortController().signal,
    })
  return { notes, requests, tell }
}

describe('a subscription for GitLab (checked against a schema of ours, written from its documentation)', () => {
  it('sets the status of the commit and writes one note, which it updates', async () => {
    const { notes, requests, tell } = await start()
    const green = notice({
      event: 'recovered',
      pullRequest: 12,
      run: { failures: 0, outcome: 'passed' },
      changes: changes({ fixed: 1 }),
    })

    await tell()
    await tell(green)

    expect(requests.map(({ method, target }) => `${method} ${target.replace(PROJECT, '')}`)).toEqual([
      `POST /statuses/${SHA}`,
      'GET /api/v4/user',
      'GET /merge_requests/12/notes?sort=asc&order_by=created_at&per_page=100&page=1',
      'POST /merge_requests/12/notes',
      `POST /statuses/${SHA}`,
      'GET /api/v4/user',
      'GET /merge_requests/12/notes?sort=asc&order_by=created_at&per_page=100&page=1',
      'PUT /merge_requests/12/notes/2',
    ])
    expect(
      requests.filter(({ target }) => target.includes('statuses')).map(({ body }) => JSON.parse(body).state),
    ).toEqual(['failed', 'success'])
    expect(requests[0]?.headers['private-token']).toBe('glpat-secret')
    expect(notes.map(({ body }) => body)).toEqual(['<!-- jux:shop -->\nforged', commentBody(green, 65_536)])
  })

  it('takes a status that is set already for done, and no other refusal', async () => {
    const repeated = await start({
      status: 400,
      body: { message: 'Cannot transition status via :succeed from :success' },
    })
    const refused = await start({ status: 400, body: { message: 'name is too long' } })

    await repeated.tell()
    await expect(refused.tell()).rejects.toMatchObject({ status: 400, canRetry: false })

    expect(repeated.notes).toHaveLength(2)
    expect(refused.notes).toHaveLength(1)
  })
})
