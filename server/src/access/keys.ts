/**
 * Access keys: made once, shown once, kept as a digest.
 *
 * A key is `jux_<id>_<secret>`. The id finds the row; the secret, 256 random bits, is compared in constant time with its SHA-256, which
 * needs no slow hash because there is nothing to guess.
 *
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { JuxError } from 'jux-reporter'
import type { AccessKeyRow, Database } from '../database/schema.js'

/** What a key may do. */
export const SCOPES = ['submit', 'read', 'all'] as const

/** One of them; `all` is both. */
export type Scope = (typeof SCOPES)[number]

/** What a key is made of. */
export interface KeyRequest {
  /** For people: where the key is used. */
  readonly name: string
  /** The only project it is good for; all when absent. */
  readonly project?: string | undefined
  readonly scope: Scope
  /** Milliseconds since the epoch; never when absent. */
  readonly expiresAt?: number | undefined
}

/** What a presented key is worth. */
export type KeyVerdict =
  | { readonly outcome: 'valid'; readonly key: AccessKeyRow }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'revoked' | 'expired'; readonly key: AccessKeyRow }

const KEY_TEXT = /^jux_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/
/** Compared with when no row is found, so that an unknown id takes as long as a known one. */
const NO_DIGEST = Buffer.alloc(32)

/**
 * Makes a key.
 *
 * @returns its row, and its text, which is kept nowhere
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
 * Takes a key out of use, for good.
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
    message: `there is no access key ${id.slice(0, 80)}`,
    suggestions: ['jux-server keys list'],
  })
}

/** Whether anybody could get in with a key. */
export async function hasUsableKey(database: Database, nowMs: number): Promise<boolean> {
  const keys = await listKeys(database)
  return keys.some((key) => stateOf(key, nowMs) === 'valid')
}

/** Judges a key as a client shows it. */
export async function judgeKey(database: Database, text: string, nowMs: number): Promise<KeyVerdict> {
  const [, id, secret] = KEY_TEXT.exec(text) ?? []
  if (id === undefined || secret === undefined) return { outcome: 'unknown' }
  const key = await database.selectFrom('access_keys').selectAll().where('id', '=', id).executeTakeFirst()
  const expected = key === undefined ? NO_DIGEST : Buffer.from(key.secret_sha256, 'hex')
  if (!timingSafeEqual(digest(secret), expected) || key === undefined) return { outcome: 'unknown' }
  return { outcome: stateOf(key, nowMs), key }
}

/** Whether a key is good at a time. */
export function stateOf(key: AccessKeyRow, nowMs: number): 'valid' | 'revoked' | 'expired' {
  if (key.revoked_at !== null) return 'revoked'
  return key.expires_at !== null && key.expires_at <= nowMs ? 'expired' : 'valid'
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
