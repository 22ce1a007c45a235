/**
 * The frame around every page, and how a page is sent.
 *
 * @module
 */
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { SESSION_COOKIE } from '../access/principal.js'
import type { AppEnv } from '../context.js'
import { ICON_PATH, STYLESHEET_PATH } from './assets.js'
import { showControls } from './format.js'

/** A page without its frame. */
export interface Page {
  readonly title: string
  /** Which part of the server it belongs to. */
  readonly section?: 'runs' | 'projects'
  readonly body: Child
}

/** No script, no frame, nothing from elsewhere, whatever a report manages to put into a page (CSP Level 3). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Sends a page. */
export async function sendPage(
  c: Context<AppEnv>,
  page: Page,
  status: ContentfulStatusCode = 200,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const signedIn = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=`).test(c.req.header('cookie') ?? '')
  const html = String(await (<Frame page={page} signedIn={signedIn} />))
  return c.body(`<!doctype html>\n${showControls(html)}`, status, {
    ...headers,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    // Not no-referrer: with it browsers hide where a form comes from, and so its sender cannot be told from another site (Fetch, "Origin").
    'Referrer-Policy': 'same-origin',
  })
}

function Frame({ page, signedIn }: { page: Page; signedIn: boolean }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{page.title} · Jux</title>
        <link rel="icon" href={ICON_PATH} type="image/svg+xml" />
        <link rel="stylesheet" href={STYLESHEET_PATH} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <div class="wide">
            <a class="brand" href="/">
              <img src={ICON_PATH} alt="" width="20" height="20" />
              Jux
            </a>
            <nav aria-label="Main">
              <a href="/" aria-current={page.section === 'runs' ? 'page' : undefined}>
                Runs
              </a>
              <a href="/projects" aria-current={page.section === 'projects' ? 'page' : undefined}>
                Projects
              </a>
            </nav>
            {signedIn && (
              <form class="leave" method="post" action="/sign-out">
                <button type="submit" class="quiet">
                  Sign out
                </button>
              </form>
            )}
          </div>
        </header>
        <main id="main" class="wide">
          {page.body}
        </main>
        <footer class="wide">
          <a href="/api/openapi.json">API</a>
          <span>Times are UTC</span>
        </footer>
      </body>
    </html>
  )
}
