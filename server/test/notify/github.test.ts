import { createVerify, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deliver } from '../../src/notify/deliver.js'
import { commentBody, commentMarker } from '../../src/notify/vendors/comment.js'
import { problemsOfRequest } from './github-description.js'
import { changes, notice, RECEIVED_MS } from './notices.js'
import { github, OUR_USER, receiver, type StoredComment } from './receivers.js'

const SHA = 'a'.repeat(40)
const FAILED = notice({ pullRequest: 12 })
const PASSED = notice({
  event: 'completed',
  pullRequest: 12,
  run: { failures: 0, outcome: 'passed', inserted_at: RECEIVED_MS + 60_000 },
  changes: changes({ fixed: 1 }),
})

async function start(state = github(), app?: { key: string; appId: number; installationId: number }) {
  const { url, requests } = await receiver(state.answer)
  const tell = (message = FAILED, isTest = false) =>
    deliver({
      id: 'd1',
      subscription: { kind: 'github', repository: 'acme/shop' },
      credentials: { url: `${url}/`, secret: app?.key ?? 'ghs_secret', app },
      notice: message,
      facts: { pullRequest: message.pullRequest, repository: 'acme/shop', sha: SHA },
      nowMs: RECEIVED_MS,
      signal: new AbortController().signal,
      isTest,
    })
  const asked = () => requests.map(({ method, target }) => `${method} ${target}`)
  const problems = () => requests.flatMap(({ method, target, body }) => problemsOfRequest(method, target, body))
  return { comments: state.comments, requests, tell, asked, problems }
}

const foreign = (id: number, body: string, userId = 99): StoredComment => ({
  id,
  user: { id: userId, type: 'User' },
  body,
})

describe('problemsOfRequest', () => {
  it("finds requests that GitHub's description does not allow", () => {
    const runs = '/repos/acme/shop/check-runs'

    expect(problemsOfRequest('POST', runs, '{"head_sha":"a"}')).toEqual(["body must have required property 'name'"])
    expect(problemsOfRequest('POST', runs, '{"name":"a","head_sha":"a","conclusion":"red"}')).not.toEqual([])
    expect(problemsOfRequest('POST', runs, '{"name":"a","head_sha":"a","sha":"a"}')).toEqual([
      'there is no property sha',
    ])
    expect(problemsOfRequest('GET', '/repos/acme/shop/issues/1/comments?sort=asc', '')).toEqual([
      'there is no parameter sort',
    ])
    expect(problemsOfRequest('PUT', runs, '')).toEqual(['there is no operation PUT /repos/acme/shop/check-runs'])
  })
})

describe('a subscription for GitHub', () => {
  it("writes a check run and a comment, with requests that GitHub's description allows", async () => {
    const { tell, asked, problems, requests, comments } = await start()

    await tell()

    expect(asked()).toEqual([
      'POST /repos/acme/shop/check-runs',
      'GET /user',
      'GET /repos/acme/shop/issues/12/comments?per_page=100&page=1',
      'POST /repos/acme/shop/issues/12/comments',
    ])
    expect(problems()).toEqual([])
    expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({
      name: 'jux: shop',
      head_sha: SHA,
      conclusion: 'failure',
      details_url: 'https://jux.example.com/runs/r1',
    })
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer ghs_secret', 'user-agent': 'jux-server' })
    expect(comments.map(({ body }) => body)).toEqual([commentBody(FAILED, 65_536)])
  })

  it('updates its comment, also when it is not on the first page', async () => {
    const before = Array.from({ length: 150 }, (_, at) => foreign(at + 1, 'hello'))
    const { tell, problems, comments } = await start(github(before))

    await tell()
    await tell(PASSED)
    await tell(PASSED)

    const ours = comments.filter(({ user }) => user.id === OUR_USER)
    expect(ours.map(({ body }) => body)).toEqual([commentBody(PASSED, 65_536)])
    expect(problems()).toEqual([])
  })

  it('leaves a comment about a later run as it is', async () => {
    const { tell, comments } = await start()

    await tell(notice({ ...PASSED, event: 'failed' }))
    await tell(FAILED)

    expect(comments.map(({ body }) => body)).toEqual([commentBody(PASSED, 65_536)])
  })

  it('neither updates nor trusts a comment of somebody else that has the marker', async () => {
    const { tell, comments } = await start(github([foreign(1, `${commentMarker('shop')}\nall is well`)]))

    await tell()

    expect(comments.map(({ user }) => user.id)).toEqual([99, OUR_USER])
    expect(comments[0]?.body).toContain('all is well')
  })

  it('does not take a comment of its own that only quotes the marker', async () => {
    const { tell, comments } = await start(github([foreign(1, `> ${commentMarker('shop')}`, OUR_USER)]))

    await tell()

    expect(comments).toHaveLength(2)
  })

  it('writes no comment as long as nothing broke', async () => {
    const { tell, asked, comments } = await start()

    await tell(PASSED)

    expect(comments).toEqual([])
    expect(asked()[0]).toBe('POST /repos/acme/shop/check-runs')
  })

  it('writes a commit status when the token may not write check runs', async () => {
    const { tell, asked, problems } = await start(github([], { canCheck: false }))

    await tell(notice())

    expect(asked()).toEqual(['POST /repos/acme/shop/check-runs', `POST /repos/acme/shop/statuses/${SHA}`])
    expect(problems()).toEqual([])
  })

  it('finds its comment with the token of an app, which cannot read its own user', async () => {
    const { tell, comments } = await start(github([], { isApp: true }))

    await tell()
    await tell(PASSED)

    expect(comments).toHaveLength(1)
  })

  it('gets a token for its repository with the private key of an app, and finds the comment of that app', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const otherApp = { ...foreign(1, `${commentMarker('shop')}\nall is well`), user: { id: 5, type: 'Bot' } }
    const state = github([{ ...otherApp, performed_via_github_app: { id: 4 } }], { isApp: true, appId: 3 })
    const { tell, asked, problems, requests, comments } = await start(state, { key, appId: 3, installationId: 8 })

    await tell()
    await tell(PASSED)

    expect(asked().slice(0, 4)).toEqual([
      'POST /app/installations/8/access_tokens',
      'POST /repos/acme/shop/check-runs',
      'GET /repos/acme/shop/issues/12/comments?per_page=100&page=1',
      'POST /repos/acme/shop/issues/12/comments',
    ])
    expect(problems()).toEqual([])
    expect(requests[0]?.body).toBe('{"repositories":["shop"]}')
    const [head = '', claims = '', mac = ''] = (requests[0]?.headers.authorization ?? '')
      .replace('Bearer ', '')
      .split('.')
    const isSigned = createVerify('RSA-SHA256')
      .update(`${head}.${claims}`)
      .verify(publicKey, Buffer.from(mac, 'base64url'))
    expect([isSigned, JSON.parse(Buffer.from(claims, 'base64url').toString()).iss]).toEqual([true, '3'])
    expect(requests[1]?.headers.authorization).toBe('Bearer ghs_of_the_installation')
    expect(comments.map(({ body }) => body)).toEqual([otherApp.body, commentBody(PASSED, 65_536)])
  })

  it('only reads the repository in a test', async () => {
    const { tell, asked, problems } = await start({ comments: [], answer: () => ({ status: 200 }) })

    await tell(FAILED, true)

    expect(asked()).toEqual(['GET /repos/acme/shop'])
    expect(problems()).toEqual([])
  })

  it('creates no comment when the list of comments cannot be read', async () => {
    const { answer, comments } = github()
    const { tell } = await start({
      comments,
      answer: (request) =>
        request.method === 'GET' && request.target.includes('comments')
          ? { status: 200, body: '{"oops"' }
          : answer(request),
    })

    await expect(tell()).rejects.toThrow('the response is not understood: is not JSON')
    expect(comments).toEqual([])
  })
})
