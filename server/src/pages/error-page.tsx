/**
 * A refusal as a page, for those who look at pages.
 *
 * @module
 */
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppEnv } from '../context.js'
import type { HttpError } from '../http-error.js'
import { sendPage } from './layout.js'
import { SIGN_IN_PATH, signInPath } from './sign-in.js'

/** Whether whoever asks is to be answered with a page: a browser, outside the API. */
export function wantsPage(c: Context<AppEnv>): boolean {
  return !c.req.path.startsWith('/api/') && /\btext\/html\b/.test(c.req.header('accept') ?? '')
}

/** Answers with a page; sends somebody without a key to where keys are shown. */
export async function sendErrorPage(
  c: Context<AppEnv>,
  refusal: HttpError,
  status: ContentfulStatusCode,
): Promise<Response> {
  const url = new URL(c.req.url)
  if (status === 401) return c.redirect(signInPath(`${url.pathname}${url.search}`), 303)
  const { suggestions = [] } = refusal.parts
  const body = (
    <div class="sign-in panel padded">
      <p class="trail">{status}</p>
      <h1>{sentence(refusal.message)}</h1>
      {suggestions.length > 0 && (
        <ul>
          {suggestions.map((text) => (
            <li>{text}</li>
          ))}
        </ul>
      )}
      <p>
        <a href="/">All runs</a>
        {status === 403 && (
          <>
            {' · '}
            <a href={SIGN_IN_PATH}>Sign in with another key</a>
          </>
        )}
      </p>
    </div>
  )
  return sendPage(c, { title: TITLES[status] ?? 'Refused', body }, status)
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Not allowed',
  404: 'Not found',
  500: 'Problem',
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
