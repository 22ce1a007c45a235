/**
 * The application: who may come in, which room does what, and how errors look.
 *
 * @module
 */
import { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { messageOf } from 'jux-reporter'
import { clientAddress } from './access/client-address.js'
import { requireSameSite } from './access/cross-site.js'
import { identify, requireRead } from './access/principal.js'
import { countSubmission } from './access/rate-limit.js'
import type { App, AppEnv, ServerContext } from './context.js'
import { HttpError } from './http-error.js'
import { drainBody } from './ingest/body.js'
import { sendErrorPage, wantsPage } from './pages/error-page.js'
import { addPages, PUBLIC_PAGES } from './pages/pages.js'
import { addAboutRoutes } from './routes/about.js'
import { addRunRoutes } from './routes/runs.js'
import { addSubmitRoutes } from './routes/submit.js'

/** What everybody may see; everything else, whatever its path, is for those who are let in. */
const PUBLIC_PATHS: ReadonlySet<string> = new Set(['/healthz', '/api/version', '/api/openapi.json', ...PUBLIC_PAGES])

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Nothing is loaded or run unless a page asks for more itself.
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'Cache-Control': 'no-store',
}

/** The application of one server. */
export function createApp(server: ServerContext): App {
  const app: App = new OpenAPIHono<AppEnv>({
    defaultHook: ({ success, ...rest }) => {
      if (!success && 'error' in rest) throw invalidRequest(rest.error.issues)
    },
  })
  app.use('*', async (c, next) => {
    const from = performance.now()
    c.set('client', clientAddress(c.env.incoming.socket.remoteAddress ?? '', c.req.raw.headers, server.isTrustedProxy))
    await next()
    if (c.res.status >= 400 && !(await drainBody(c.req.raw))) c.res.headers.set('Connection', 'close')
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
    server.log.info('request', {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(performance.now() - from),
      client: c.get('client').address,
      key: c.get('principal')?.keyId,
    })
  })
  app.use('*', async (c, next) => {
    requireSameSite(c.req.raw)
    if (!PUBLIC_PATHS.has(c.req.path)) await letIn(c, server)
    await next()
  })
  addSubmitRoutes(app, server)
  addRunRoutes(app, server)
  addAboutRoutes(app, server)
  addPages(app, server)
  app.notFound((c) =>
    answer(c, new HttpError(404, 'there is nothing here', { suggestions: ['see /api/openapi.json'] })),
  )
  app.onError((error, c) => {
    if (error instanceof HttpError) return answer(c, error)
    server.log.error('failure', { path: c.req.path, reason: messageOf(error), stack: error.stack })
    return answer(
      c,
      new HttpError(500, 'the server has a problem of its own', {
        suggestions: ['submit again in a moment', 'see the log of the server'],
      }),
    )
  })
  return app
}

async function letIn(c: Context<AppEnv>, { database, settings, now }: ServerContext): Promise<void> {
  const nowMs = now().getTime()
  const reading = c.req.method === 'GET' || c.req.method === 'HEAD'
  try {
    const principal = await identify(c.req.raw, c.get('client'), database, nowMs)
    c.set('principal', principal)
    if (reading) requireRead(principal)
  } catch (error) {
    // Whoever has no valid key is counted too, all of them together: nobody tries keys at leisure.
    if (!reading && error instanceof HttpError) await countSubmission(database, undefined, settings.rateLimit, nowMs)
    throw error
  }
}

function answer(c: Context<AppEnv>, refusal: HttpError): Response | Promise<Response> {
  const { headers = {} } = refusal.parts
  if (wantsPage(c)) return sendErrorPage(c, refusal, statusOf(refusal))
  const body = c.req.path.startsWith('/api/v1/reports') ? refusal.envelope() : refusal.body()
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  return c.json(body, statusOf(refusal))
}

const STATUSES: ReadonlyMap<number, ContentfulStatusCode> = new Map(
  ([400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503] as const).map((status) => [status, status]),
)

function statusOf({ status }: HttpError): ContentfulStatusCode {
  return STATUSES.get(status) ?? 500
}

function invalidRequest(issues: readonly { path: PropertyKey[]; message: string }[]): HttpError {
  const problems = issues.slice(0, 10).map(({ path, message }) => ({ parameter: path.map(String).join('.'), message }))
  return new HttpError(400, `${problems[0]?.parameter || 'request'}: ${problems[0]?.message}`, {
    details: { message: 'invalid parameters', problems },
    suggestions: ['see /api/openapi.json for the parameters'],
  })
}
