/**
 * What every request works with.
 *
 * @module
 */

import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ClientAddress, TrustedProxies } from './access/client-address.js'
import type { Principal } from './access/principal.js'
import type { Database } from './database/schema.js'
import type { MemoryBudget } from './ingest/body.js'
import type { ReportBytes } from './ingest/bytes.js'
import type { Log } from './log.js'
import type { Settings } from './settings.js'

/** One running server. */
export interface ServerContext {
  readonly settings: Settings
  readonly database: Database
  readonly bytes: ReportBytes
  readonly budget: MemoryBudget
  readonly isTrustedProxy: TrustedProxies
  readonly log: Log
  now(): Date
}

/** What a handler finds in Hono's context. */
export interface AppEnv {
  Bindings: HttpBindings
  Variables: {
    client: ClientAddress
    /** Not set under public paths. */
    principal: Principal
  }
}

/** The application, or a part of it. */
export type App = OpenAPIHono<AppEnv>
