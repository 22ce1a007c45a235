/**
 * API keys: created once, shown once, stored as a digest.
 *
 * A key is `jux_<id>_<secret>`. The id finds the row. The SHA-256 of the secret is compared in constant time; a slow hash is not needed,
 * because 256 random bits cannot be guessed.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { JuxError } from 'jux-reporter'
import type { AccessKeyRow, Database } from '../database/schema.js'

/** What a key may do. */
export const SCOPES = ['submit', 'read', 'all'] as const

/** What a key may do; `all` is both. */
export type Scope = (typeof SCOPES)[number]

/** A key to create. */
export interface KeyRequest {
  /** For people: where the key is used. */
  readonly name: string
  /** The only project that the key is valid for; all projects when absent. */
  readonly project?: string | undefined
  readonly scope: Scope
  /** Milliseconds since the epoch; never when absent. */
  readonly expiresAt?: number | undefined
}

/** State of a stored key. */
export type KeyState = 'valid' | 'revoked' | 'expired'

/** A key as a client sent it: its state, and its row when the server knows it. */
export type CheckedKey =
  | { readonly state: KeyState; readonly key: AccessKeyRow }
  | { readonly state: 'unknown'; readonly key?: undefined }

const KEY_TEXT = /^jux_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
/** Compared with the secret when there is no row, so that an unknown id takes as long as a known one. */
const NO_DIGEST = Buffer.alloc(32)

/**
 * Creates a key.
 *
 * @returns the row, and the text of the key, which is not stored
 */
export async function createKey(
  database: Database,
  request: KeyRequest,
  nowMs: number,
): Promise<{ text: string; key: AccessKeyRow }> {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  const key = {
    id,
    name: request.name,
    secret_sha256: digest(secret).toString('hex'),
    project: request.project ?? null,
    can_submit: request.scope === 'read' ? 0 : 1,
    can_read: request.scope === 'submit' ? 0 : 1,
    created_at: nowMs,
    expires_at: request.expiresAt ?? null,
    revoked_at: null,
  }
  await database.insertInto('access_keys').values(key).execute()
  return { text: `jux_${id}_${secret}`, key }
}

/** All keys, oldest first. */
export function listKeys(database: Database): Promise<AccessKeyRow[]> {
  return database.selectFrom('access_keys').selectAll().orderBy('created_at').orderBy('id').execute()
}

/**
 * Revokes a key for good.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`
 */
export async function revokeKey(database: Database, id: string, nowMs: number): Promise<AccessKeyRow> {
  const key = await database
    .updateTable('access_keys')
    .set((row) => ({ revoked_at: row.fn.coalesce('revoked_at', row.val(nowMs)) }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (key !== undefined) return key
  throw new JuxError('KEY_NOT_FOUND', {
    message: `there is no API key ${id.slice(0, 80)}`,
    suggestions: ['jux-server keys list'],
  })
}

/** Whether there is a valid key. */
export async function hasValidKey(database: Database, nowMs: number): Promise<boolean> {
  const keys = await listKeys(database)
  return keys.some((key) => keyState(key, nowMs) === 'valid')
}

/** Whether there was ever a key. Rows of keys are never deleted, so that a key that ends does not open the server again. */
export async function hasAnyKey(database: Database): Promise<boolean> {
  return (await database.selectFrom('access_keys').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Looks up a key that a client sent. */
export async function checkKey(database: Database, text: string, nowMs: number): Promise<CheckedKey> {
  const [, id, secret] = KEY_TEXT.exec(text) ?? []
  if (id === undefined || secret === undefined) return { state: 'unknown' }
  const key = await database.selectFrom('access_keys').selectAll().where('id', '=', id).executeTakeFirst()
  const expected = key === undefined ? NO_DIGEST : Buffer.from(key.secret_sha256, 'hex')
  if (!timingSafeEqual(digest(secret), expected) || key === undefined) return { state: 'unknown' }
  return { state: keyState(key, nowMs), key }
}

/** The state of a key at a time. */
export function keyState(key: AccessKeyRow, nowMs: number): KeyState {
  if (key.revoked_at !== null) return 'revoked'
  return key.expires_at !== null && key.expires_at <= nowMs ? 'expired' : 'valid'
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
