/**
 * The sign-in page: a browser sends an API key once, and keeps it in a cookie that scripts and other sites cannot use.
 *
 * The cookie is for reading only (`access/principal.ts`), and it ends when the key does.
 *
 * @module
 */
import type { Context } from 'hono'
import { checkKey } from '../access/keys.js'
import { SESSION_COOKIE } from '../access/principal.js'
import { countSubmission } from '../access/rate-limit.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { type HtmlPage, sendPage } from './layout.js'
import { localPath, SIGN_IN_PATH, SIGN_OUT_PATH } from './links.js'

/** The form has one key and one path. */
const MAX_FORM_BYTES = 8_192
const SESSION_SECONDS = 30 * 86_400

/** Adds the routes. */
export function addSignIn(app: App, server: ServerContext): void {
  app.get(SIGN_IN_PATH, (c) => sendPage(c, signInPage(localPath(c.req.query('next')), undefined)))

  app.post(SIGN_IN_PATH, async (c) => {
    const form = new URLSearchParams(await readForm(c))
    const next = localPath(form.get('next') ?? undefined)
    const key = (form.get('key') ?? '').trim()
    const problem = await problemOf(key, server)
    if (problem !== undefined) return sendPage(c, signInPage(next, problem), 403)
    return redirectWithCookie(c, next, key, SESSION_SECONDS)
  })

  app.post(SIGN_OUT_PATH, (c) => redirectWithCookie(c, SIGN_IN_PATH, '', 0))
}

async function problemOf(
  text: string,
  { database, inTurn, settings, now }: ServerContext,
): Promise<string | undefined> {
  const nowMs = now().getTime()
  const { state, key } = await checkKey(database, text, nowMs)
  if (state === 'valid') return key.can_read === 1 ? undefined : 'This API key can submit, but not read.'
  // All clients without a valid key share one counter, so that nobody can try many keys.
  await inTurn(() => countSubmission(database, undefined, settings.rateLimit, nowMs))
  const messages = {
    unknown: 'This API key is not valid.',
    revoked: 'This API key was revoked.',
    expired: 'This API key has expired.',
  }
  return messages[state]
}

// Lax: a link from another site opens the page that it leads to, and other sites cannot send the cookie in any other way.
function redirectWithCookie(c: Context<AppEnv>, path: string, key: string, maxAgeSeconds: number): Response {
  // The browser tells the scheme, because a proxy may be in between.
  const secure = /^https:/i.test(c.req.header('origin') ?? '') ? '; Secure' : ''
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure}`
  c.header('Set-Cookie', `${SESSION_COOKIE}=${key}; ${attributes}`)
  return c.redirect(path, 303)
}

async function readForm(c: Context<AppEnv>): Promise<string> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    throw new HttpError(415, 'the body is not a form', { suggestions: [`open ${SIGN_IN_PATH} in a browser`] })
  }
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of c.req.raw.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_FORM_BYTES) throw new HttpError(413, 'the form is too large')
  }
  return text
}

function signInPage(next: string, problem: string | undefined): HtmlPage {
  const body = (
    <div class="message-box panel padded">
      <h1>Sign in</h1>
      <p class="muted">
        To read the reports of this server, you need an API key. Create one on the server with{' '}
        <code>npx jux-server keys create --name NAME --scope read</code>.
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
