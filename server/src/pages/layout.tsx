/**
 * The layout of every page, and the functions that send pages and error pages.
 *
 * @module
 */
import type { Context } from 'hono'
import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { SESSION_COOKIE } from '../access/principal.js'
import type { AppEnv } from '../context.js'
import type { HttpError } from '../http-error.js'
import { ICON_PATH, STYLESHEET_PATH } from './assets.js'
import { escapeControls } from './format.js'
import { SEARCH_PATH, SIGN_IN_PATH, signInPath } from './links.js'
import { ZONE_SCRIPT, ZONE_SCRIPT_SOURCE, zoneName } from './time-zone.js'

/** A page without its layout. */
export interface HtmlPage {
  readonly title: string
  /** The section that the navigation marks as current. */
  readonly section?: 'runs' | 'projects'
  /** The project that the search in the header is about; all when undefined. */
  readonly project?: string | undefined
  readonly body: Child
}

/** No script but that of the time zone, no frames, and nothing from other hosts, whatever a report contains (CSP Level 3). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${ZONE_SCRIPT_SOURCE}`,
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const ERROR_TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  403: 'Not allowed',
  404: 'Not found',
  500: 'Server error',
}

/** Sends a page. */
export async function sendPage(
  c: Context<AppEnv>,
  page: HtmlPage,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const isSignedIn = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=`).test(c.req.header('cookie') ?? '')
  const html = String(await (<Layout page={page} isSignedIn={isSignedIn} isReloadable={c.req.method === 'GET'} />))
  return c.body(`<!doctype html>\n${escapeControls(html)}`, status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    // With no-referrer, browsers send `Origin: null` with a form, and the server would refuse it as cross-site (Fetch, "Origin").
    'Referrer-Policy': 'same-origin',
  })
}

/** Whether an error is sent as a page: to a browser, outside the API. */
export function acceptsPage(c: Context<AppEnv>): boolean {
  return !c.req.path.startsWith('/api/') && /\btext\/html\b/.test(c.req.header('accept') ?? '')
}

/** Sends an error as a page. A client without a key is redirected to the sign-in page. */
export async function sendErrorPage(
  c: Context<AppEnv>,
  error: HttpError,
  status: ContentfulStatusCode,
): Promise<Response> {
  const url = new URL(c.req.url)
  if (status === 401) return c.redirect(signInPath(`${url.pathname}${url.search}`), 303)
  const { suggestions = [] } = error.parts
  const body = (
    <div class="message-box panel padded">
      <p class="trail">{status}</p>
      <h1>{capitalize(error.message)}</h1>
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
  return sendPage(c, { title: ERROR_TITLES[status] ?? 'Error', body }, status)
}

function Layout(props: { page: HtmlPage; isSignedIn: boolean; isReloadable: boolean }) {
  const { page, isSignedIn, isReloadable } = props
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{page.title} · Jux</title>
        <link rel="icon" href={ICON_PATH} type="image/svg+xml" />
        <link rel="stylesheet" href={STYLESHEET_PATH} />
        {isReloadable && <script>{raw(ZONE_SCRIPT)}</script>}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
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
            <search class="find" aria-label="From every page">
              <form method="get" action={SEARCH_PATH}>
                {page.project !== undefined && <input type="hidden" name="project" value={page.project} />}
                <input
                  type="search"
                  name="q"
                  maxlength={200}
                  placeholder="Search"
                  aria-label={page.project === undefined ? 'Search all projects' : `Search the project ${page.project}`}
                  autocomplete="off"
                />
              </form>
            </search>
            {isSignedIn && (
              <form class="sign-out" method="post" action="/sign-out">
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
          <span>Times: {zoneName()}</span>
        </footer>
      </body>
    </html>
  )
}

function capitalize(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
