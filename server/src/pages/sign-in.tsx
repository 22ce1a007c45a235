/**
 * Signing in from another machine: a browser shows a key once, and keeps it in a cookie that no script and no other site can use.
 *
 * The cookie is good for reading only (`access/principal.ts`), and ends when its key does.
 *
 * @module
 */
import type { Context } from 'hono'
import { judgeKey } from '../access/keys.js'
import { SESSION_COOKIE } from '../access/principal.js'
import { countSubmission } from '../access/rate-limit.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { type Page, sendPage } from './layout.js'
import { ownPath, withQuery } from './links.js'

/** Where one signs in. */
export const SIGN_IN_PATH = '/sign-in'
/** Where one signs out. */
export const SIGN_OUT_PATH = '/sign-out'

/** A form has one key and one path in it. */
const MAX_FORM_BYTES = 8_192
const SESSION_SECONDS = 30 * 86_400

/** Adds the paths. */
export function addSignIn(app: App, server: ServerContext): void {
  app.get(SIGN_IN_PATH, (c) => sendPage(c, signInPage(ownPath(c.req.query('next')), undefined)))

  app.post(SIGN_IN_PATH, async (c) => {
    const form = new URLSearchParams(await readForm(c))
    const next = ownPath(form.get('next') ?? undefined)
    const key = (form.get('key') ?? '').trim()
    const problem = await problemOf(key, server)
    if (problem !== undefined) return sendPage(c, signInPage(next, problem), 403)
    return leave(c, next, key, SESSION_SECONDS)
  })

  app.post(SIGN_OUT_PATH, (c) => leave(c, SIGN_IN_PATH, '', 0))
}

/** Where to send somebody who has yet to sign in, and then back. */
export function signInPath(from: string): string {
  return withQuery(SIGN_IN_PATH, { next: from === '/' ? undefined : from })
}

async function problemOf(key: string, { database, settings, now }: ServerContext): Promise<string | undefined> {
  const nowMs = now().getTime()
  const verdict = await judgeKey(database, key, nowMs)
  if (verdict.outcome === 'valid') {
    return verdict.key.can_read === 1 ? undefined : 'This key may submit, and may not read.'
  }
  // Counted with all others that have no valid key: nobody tries keys at leisure.
  await countSubmission(database, undefined, settings.rateLimit, nowMs)
  const words = {
    unknown: 'This is no key of this server.',
    revoked: 'This key was revoked.',
    expired: 'This key has expired.',
  }
  return words[verdict.outcome]
}

// Lax, so that a link in a chat opens the page it names: other sites can make a browser look, and nothing else.
function leave(c: Context<AppEnv>, to: string, key: string, seconds: number): Response {
  // The browser's own word for how it came here; a proxy may stand between.
  const secure = /^https:/i.test(c.req.header('origin') ?? '') ? '; Secure' : ''
  c.header('Set-Cookie', `${SESSION_COOKIE}=${key}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`)
  return c.redirect(to, 303)
}

async function readForm(c: Context<AppEnv>): Promise<string> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    throw new HttpError(415, 'this is not a form', { suggestions: [`open ${SIGN_IN_PATH} in a browser`] })
  }
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of c.req.raw.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_FORM_BYTES) throw new HttpError(413, 'this form is too large')
  }
  return text
}

function signInPage(next: string, problem: string | undefined): Page {
  const body = (
    <div class="sign-in panel padded">
      <h1>Sign in</h1>
      <p class="muted">
        Reading from another machine needs an API key. On the server,{' '}
        <code>jux-server keys create --name NAME --scope read</code> makes one.
      </p>
      {problem !== undefined && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <form method="post" action={SIGN_IN_PATH}>
        <label>
          API key
          <input
            type="password"
            name="key"
            required
            autocomplete="current-password"
            aria-invalid={problem !== undefined}
          />
        </label>
        <input type="hidden" name="next" value={next} />
        <button type="submit">Sign in</button>
      </form>
    </div>
  )
  return { title: 'Sign in', body }
}
