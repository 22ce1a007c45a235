import { describe, expect, it } from 'vitest'
import { nextAttemptMs } from '../../src/notify/notifier.js'
import { AttemptError, send } from '../../src/notify/request.js'
import { canRetry, GIVE_UP_MS, parseRetryAfterMs, retryAfterMs, retryDelayMs } from '../../src/notify/retry.js'
import { type Answer, receiver } from './receivers.js'

const SIGNAL = new AbortController().signal

async function ask(answer: Answer, headers: Record<string, string> = {}, path = '/hooks/T000SECRET/B000SECRET') {
  const { url, requests } = await receiver((_, number) => (number === 1 ? answer : { status: 200 }))
  const result = await send({ method: 'POST', url: `${url}${path}`, headers, body: '{}', signal: SIGNAL }).catch(
    (error: unknown) => error,
  )
  return { result, requests }
}

describe('send', () => {
  it('follows no redirect, so that no credential reaches another address, and does not try again', async () => {
    const other = await receiver()
    const { result, requests } = await ask({ status: 307, headers: { location: `${other.url}/x` } })

    expect(result).toMatchObject({ status: 307, canRetry: false, message: expect.stringContaining('redirects') })
    expect([requests.length, other.requests.length]).toEqual([1, 0])
  })

  it('reads no more than 64 KiB of a response', async () => {
    const { result } = await ask({ status: 200, body: 'x'.repeat(10_000_000) })

    expect(result).toMatchObject({ status: 200, isWhole: false })
    expect(result instanceof Error ? '' : Reflect.get(Object(result), 'text').length).toBeLessThanOrEqual(65_536)
  })

  it('says what the receiver responded, without the credentials that it repeats', async () => {
    const { result } = await ask(
      { status: 500, body: 'Cannot POST /hooks/T000SECRET/B000SECRET with Bearer ghs_secret_token' },
      { Authorization: 'Bearer ghs_secret_token' },
    )

    expect(result).toBeInstanceOf(AttemptError)
    expect(String(result)).toContain('responded with 500: Cannot POST')
    expect(String(result)).not.toMatch(/SECRET|ghs_/)
  })

  it('can be repeated when nobody listens, and names only the host', async () => {
    const { url, close } = await receiver(undefined, { endsWithTest: false })
    await close()

    const failure = send({ method: 'POST', url: `${url}/hooks/T000SECRET`, headers: {}, signal: SIGNAL })

    await expect(failure).rejects.toMatchObject({ canRetry: true, status: undefined })
    await expect(failure).rejects.toThrow(/^no response from 127\.0\.0\.1:\d+: (?!.*SECRET)/)
  })

  it('reads the delay that the receiver asks for', async () => {
    const { result } = await ask({ status: 429, headers: { 'retry-after': '120' } })

    expect(result).toMatchObject({ canRetry: true, retryAfterMs: 120_000 })
  })
})

describe('canRetry', () => {
  it('gives up on what another attempt does not change', () => {
    const statuses = [301, 400, 401, 403, 404, 408, 410, 413, 422, 425, 429, 500, 502, 503]

    expect(statuses.filter(canRetry)).toEqual([401, 403, 408, 425, 429, 500, 502, 503])
  })
})

describe('retryDelayMs', () => {
  it('doubles, spreads and ends at one hour', () => {
    expect([1, 2, 3].map((attempts) => retryDelayMs(attempts, undefined, 1))).toEqual([5_000, 10_000, 20_000])
    expect(retryDelayMs(1, undefined, 0)).toBe(2_500)
    expect(retryDelayMs(99, undefined, 1)).toBe(3_600_000)
  })

  it('waits as long as the receiver asks, up to one hour, and never shorter than on its own', () => {
    expect(retryDelayMs(1, 60_000, 0)).toBe(60_000)
    expect(retryDelayMs(1, 999_999_999, 0)).toBe(3_600_000)
    expect(retryDelayMs(3, 0, 1)).toBe(20_000)
  })
})

describe('parseRetryAfterMs', () => {
  it('reads seconds and dates, and nothing else', () => {
    const nowMs = Date.UTC(2026, 0, 1)

    expect(['5', 'Thu, 01 Jan 2026 00:01:00 GMT', 'soon', null].map((text) => parseRetryAfterMs(text, nowMs))).toEqual([
      5_000,
      60_000,
      undefined,
      undefined,
    ])
  })
})

describe('retryAfterMs', () => {
  it("waits for the end of GitHub's rate limit when it is exhausted", () => {
    const waits = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), 1_000_000)
    const reset = { 'x-ratelimit-reset': '1060' }

    expect(waits({ ...reset, 'x-ratelimit-remaining': '0' })).toBe(60_000)
    expect(waits({ ...reset, 'x-ratelimit-remaining': '0', 'retry-after': '5' })).toBe(5_000)
    expect(waits({ ...reset, 'x-ratelimit-remaining': '10' })).toBeUndefined()
  })
})

describe('nextAttemptMs', () => {
  const fresh = { attempts: 0, created_at: 0 }

  it('gives up a refused delivery at once, and any other after a day', () => {
    const refused = new AttemptError('no', { canRetry: false })

    expect(nextAttemptMs(fresh, refused, 0)).toBeUndefined()
    expect(nextAttemptMs(fresh, new Error('no key'), 0, 1)).toBe(5_000)
    expect(nextAttemptMs({ attempts: 30, created_at: 0 }, new Error('down'), GIVE_UP_MS - 1, 1)).toBeUndefined()
  })
})
