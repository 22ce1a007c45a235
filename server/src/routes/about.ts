/**
 * What the server says about itself, to anybody: version, health, and the OpenAPI document.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi'
import { sql } from 'kysely'
import type { App, ServerContext } from '../context.js'
import { API_VERSION, serverVersion } from '../version.js'

const versionSchema = z
  .object({ version: z.string(), server: z.literal('jux-server'), server_version: z.string() })
  .openapi('Version')
const healthSchema = z.object({ status: z.enum(['ok', 'unavailable']) }).openapi('Health')

const versionRoute = createRoute({
  method: 'get',
  path: '/api/version',
  summary: 'Version of the API and of the server',
  tags: ['about'],
  responses: {
    200: { description: 'Version of the API.', content: { 'application/json': { schema: versionSchema } } },
  },
})
const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the database answers',
  tags: ['about'],
  responses: {
    200: { description: 'The database answers.', content: { 'application/json': { schema: healthSchema } } },
    503: { description: 'It does not.', content: { 'application/json': { schema: healthSchema } } },
  },
})

/** Adds the paths. To be called last, because the document lists what was added before. */
export function addAboutRoutes(app: App, { database, log }: ServerContext): void {
  app.openapi(versionRoute, (c) =>
    c.json({ version: API_VERSION, server: 'jux-server' as const, server_version: serverVersion() }, 200),
  )
  app.openapi(healthRoute, async (c) => {
    try {
      await sql`select 1`.execute(database)
      return c.json({ status: 'ok' as const }, 200)
    } catch (error) {
      log.error('unhealthy', { reason: error instanceof Error ? error.message : 'unknown' })
      return c.json({ status: 'unavailable' as const }, 503)
    }
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
