/**
 * Public information about the server: version, health, and the OpenAPI document.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { createRoute, z } from '@hono/zod-openapi'
import { messageOf } from 'jux-reporter/internal'
import { sql } from 'kysely'
import type { App, ServerContext } from '../context.js'
import { MAX_DECISION_BYTES } from '../decisions/read.js'
import { BATCH_PATH, MAX_BATCH_REPORTS } from './batch.js'
import { DECISIONS_PATH } from './decisions.js'
import { noReceipts } from './receipts.js'
import { errorSchema } from './schemas.js'

/** Version of the published API that the server implements. */
export const API_VERSION = '1.0.0'

const versionSchema = z
  .object({
    version: z.string(),
    server: z.literal('jux-server'),
    server_version: z.string(),
    batch: z
      .object({ max_reports: z.int(), max_bytes: z.int() })
      .openapi({ description: `Limits of one request to ${BATCH_PATH}, uncompressed.` }),
    decisions: z
      .object({ max_bytes: z.int() })
      .openapi({ description: `The server takes decisions of gates (${DECISIONS_PATH}).` }),
  })
  .openapi('Version')
const healthSchema = z.object({ status: z.enum(['ok', 'unavailable']) }).openapi('Health')

const failures = {
  400: { description: 'The URL is invalid.', content: { 'application/json': { schema: errorSchema } } },
  500: { description: 'An internal error.', content: { 'application/json': { schema: errorSchema } } },
}

const versionRoute = createRoute({
  method: 'get',
  path: '/api/version',
  summary: 'Version of the API and of the server',
  tags: ['about'],
  responses: {
    200: { description: 'Version of the API.', content: { 'application/json': { schema: versionSchema } } },
    ...failures,
  },
})
const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the database is reachable',
  tags: ['about'],
  responses: {
    200: { description: 'The database is reachable.', content: { 'application/json': { schema: healthSchema } } },
    503: { description: 'The database is not reachable.', content: { 'application/json': { schema: healthSchema } } },
    ...failures,
  },
})

const receiptKeyRoute = createRoute({
  method: 'get',
  path: '/api/receipt-key',
  summary: 'The public key of the receipts, for comparison: trust only a key that you got in another way',
  tags: ['about'],
  responses: {
    200: { description: 'The public key, PEM.', content: { 'application/x-pem-file': { schema: z.string() } } },
    404: { description: 'The server signs no receipts.', content: { 'application/json': { schema: errorSchema } } },
    ...failures,
  },
})

/** Adds the routes. Call it after all other API routes are added, because the document lists those. */
export function addAboutRoutes(app: App, { database, log, receipts, settings }: ServerContext): void {
  app.openapi(versionRoute, (c) =>
    c.json(
      {
        version: API_VERSION,
        server: 'jux-server' as const,
        server_version: serverVersion(),
        batch: { max_reports: MAX_BATCH_REPORTS, max_bytes: settings.maxBytes },
        decisions: { max_bytes: MAX_DECISION_BYTES },
      },
      200,
    ),
  )
  app.openapi(healthRoute, async (c) => {
    try {
      await sql`select 1`.execute(database)
      return c.json({ status: 'ok' as const }, 200)
    } catch (error) {
      log.error('unhealthy', { reason: messageOf(error) })
      return c.json({ status: 'unavailable' as const }, 503)
    }
  })
  app.openapi(receiptKeyRoute, (c) => {
    if (receipts === undefined) throw noReceipts()
    const pem = receipts.signer.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    return c.body(pem, 200, { 'Content-Type': 'application/x-pem-file' })
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  })
  app.doc31('/api/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Jux', version: API_VERSION, description: 'Submit test reports, and query them.' },
    servers: [{ url: '/' }],
  })
}

/** Version of this package. */
export function serverVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version)
  return 'unknown'
}
