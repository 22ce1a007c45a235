/**
 * The application: authentication, routes, security headers, and the form of errors.
 *
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { messageOf } from 'jux-reporter/internal'
import { authenticate, requireRead } from './access/principal.js'
import { countSubmission } from './access/rate-limit.js'
import { clientAddress, requireSameSite } from './access/request-origin.js'
import { addBadgeRoutes, isPublicBadgePath } from './badges/routes.js'
import type { App, AppEnv, ServerContext } from './context.js'
import { HttpError, internalError } from './http-error.js'
import { drainBody } from './ingest/body.js'
import { acceptsPage, sendErrorPage } from './pages/layout.js'
import { addPages, PUBLIC_PAGES } from './pages/pages.js'
import { inZoneOf } from './pages/time-zone.js'
import { addAboutRoutes } from './routes/about.js'
import { addBatchRoute } from './routes/batch.js'
import { addChangesRoute } from './routes/changes.js'
import { addDecisionRoutes } from './routes/decisions.js'
import { allowedMethods } from './routes/methods.js'
import { addQuarantineRoutes } from './routes/quarantine.js'
import { addRunRoutes } from './routes/runs.js'
import { addSearchRoute } from './routes/search.js'
import { addSubmitRoutes } from './routes/submit.js'

/** Paths that need no authentication. Every other path does, whether it exists or not. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/api/version',
  '/api/receipt-key',
  '/api/openapi.json',
  ...PUBLIC_PAGES,
])

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Pages set a policy of their own; everything else loads and runs nothing.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cache-Control': 'no-store',
}

const STATUSES: ReadonlyMap<number, ContentfulStatusCode> = new Map(
  ([400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503] as const).map((status) => [status, status]),
)

/** Creates the application of one server. */
export function createApp(server: ServerContext): App {
  const app: App = new OpenAPIHono<AppEnv>({
    // A path with a slash at its end is the same path.
    strict: false,
    defaultHook: ({ success, ...rest }) => {
      if (!success && 'error' in rest) throw invalidRequest(rest.error.issues)
    },
  })
  app.use('*', async (c, next) => {
    const startMs = performance.now()
    const { socket, httpVersion } = c.env.incoming
    const { headers } = c.req.raw
    c.set('client', clientAddress(socket.remoteAddress ?? '', headers, server.isTrustedProxy, httpVersion))
    // Without a valid Host, the rest of the request cannot be read.
    const hasUrl = URL.canParse(c.req.url)
    if (hasUrl) await inZoneOf(headers.get('cookie') ?? undefined, next)
    else c.res = await sendError(c, new HttpError(400, 'the header Host is not valid'))
    if (c.res.status >= 400 && !(hasUrl && (await drainBody(c.req.raw)))) c.res.headers.set('Connection', 'close')
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
    server.log.info('request', {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(performance.now() - startMs),
      client: c.get('client').address,
      key: c.get('principal')?.keyId,
    })
  })
  app.use('*', async (c, next) => {
    requireNoNul(c.req.url)
    requireSameSite(c.req.raw)
    if (!PUBLIC_PATHS.has(c.req.path) && !(await isPublicBadgePath(server.database, c.req.path)))
      await authorize(c, server)
    await next()
  })
  addSubmitRoutes(app, server)
  addBatchRoute(app, server)
  addRunRoutes(app, server)
  addChangesRoute(app, server)
  addQuarantineRoutes(app, server)
  addDecisionRoutes(app, server)
  addSearchRoute(app, server)
  addAboutRoutes(app, server)
  addBadgeRoutes(app, server)
  addPages(app, server)
  app.notFound((c) => {
    const allowed = allowedMethods(app, c.req.path)
    if (allowed.length === 0) {
      return sendError(
        c,
        new HttpError(404, 'page not found', { suggestions: ['check the URL', 'see /api/openapi.json'] }),
      )
    }
    const headers = { Allow: allowed.join(', ') }
    return c.req.method === 'OPTIONS' ? c.body(null, 204, headers) : sendError(c, methodNotAllowed(c, headers))
  })
  app.onError((error, c) => {
    if (error instanceof HttpError) return sendError(c, error)
    server.log.error('failure', { path: c.req.path, reason: messageOf(error), stack: error.stack })
    return sendError(c, internalError())
  })
  return app
}

async function authorize(
  c: Context<AppEnv>,
  { database, counters, inTurn, settings, now }: ServerContext,
): Promise<void> {
  const access = { database, trustLocal: settings.trustLocal }
  const nowMs = now().getTime()
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  try {
    const principal = await authenticate(c.req.raw, c.get('client'), access, nowMs)
    c.set('principal', principal)
    if (isRead) requireRead(principal)
  } catch (error) {
    // Clients without a valid key share one counter, so that nobody can try many keys.
    if (!isRead && error instanceof HttpError) {
      await inTurn(() => countSubmission(counters, undefined, settings.rateLimit, nowMs))
    }
    throw error
  }
}

// NUL ends a text in SQLite, and PostgreSQL refuses it.
function requireNoNul(url: string): void {
  if (!url.includes('%00')) return
  throw new HttpError(400, 'the URL has the character NUL (%00)', { suggestions: ['remove %00 from the URL'] })
}

function sendError(c: Context<AppEnv>, error: HttpError): Response | Promise<Response> {
  const status = STATUSES.get(error.status) ?? 500
  for (const [name, value] of Object.entries(error.parts.headers ?? {})) c.header(name, value)
  if (acceptsPage(c)) return sendErrorPage(c, error, status)
  return c.json(c.req.path.startsWith('/api/v1/reports') ? error.envelope() : error.body(), status)
}

function methodNotAllowed({ req }: Context<AppEnv>, headers: { readonly Allow: string }): HttpError {
  return new HttpError(405, `this path does not support the method ${req.method}`, {
    headers,
    suggestions: [`use one of: ${headers.Allow}`, 'see /api/openapi.json'],
  })
}

function invalidRequest(issues: readonly { path: PropertyKey[]; message: string }[]): HttpError {
  const problems = issues.slice(0, 10).map(({ path, message }) => ({ parameter: path.map(String).join('.'), message }))
  return new HttpError(400, `${problems[0]?.parameter || 'request'}: ${problems[0]?.message}`, {
    details: { message: 'invalid parameters', problems },
    suggestions: ['see /api/openapi.json for the parameters'],
  })
}
