/**
 * What the handlers of all requests share.
 *
 * @module
 */
import type { HttpBindings } from '@hono/node-server'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Signer } from 'jux-reporter'
import type { Principal } from './access/principal.js'
import type { ClientAddress, IsTrustedProxy } from './access/request-origin.js'
import type { Engine } from './database/engine.js'
import type { Database } from './database/schema.js'
import type { InTurn } from './database/turns.js'
import type { MemoryBudget } from './ingest/body.js'
import type { ReportBytes } from './ingest/bytes.js'
import type { Ingest } from './ingest/ingest.js'
import type { Log } from './log.js'
import type { Settings } from './settings.js'

/** What receipts are signed with. */
export interface ReceiptSigning {
  readonly signer: Signer
  /** The name of this server in receipts. Its default is known when the server listens. */
  serverName(): string
}

/** One running server. */
export interface ServerContext {
  readonly settings: Settings
  readonly database: Database
  readonly engine: Engine
  /** For the counters of the rate limit: a commit does not wait for the disk. */
  readonly counters: Database
  readonly bytes: ReportBytes
  readonly budget: MemoryBudget
  readonly ingest: Ingest
  /** Every write to the database happens in it. */
  readonly inTurn: InTurn
  readonly isTrustedProxy: IsTrustedProxy
  readonly log: Log
  /** Undefined if the server signs no receipts. */
  readonly receipts: ReceiptSigning | undefined
  now(): Date
}

/** Types of Hono's context. */
export interface AppEnv {
  Bindings: HttpBindings
  Variables: {
    client: ClientAddress
    /** Not set for public paths. */
    principal: Principal
  }
}

/** The application. */
export type App = OpenAPIHono<AppEnv>
