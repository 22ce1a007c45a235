/**
 * The signers that the server trusts, per project. Public keys and certificates are in a table, so that all instances trust the same ones.
 *
 * @module
 */
import { createHash, createPublicKey, type KeyObject, randomBytes, X509Certificate } from 'node:crypto'
import { JuxError, type TrustedKeys } from 'jux-reporter'
import type { Database, TrustedKeyRow } from '../database/schema.js'

/** Number of keys and of certificates that are kept in memory. */
const MAX_READ = 1_000

/** A key to trust. */
export interface TrustRequest {
  /** Text of a PEM file: one public key, or one certificate. */
  readonly pem: string
  /** For people: who has the key. */
  readonly name: string
  /** The only project that the key is trusted for; all projects when absent. */
  readonly project?: string | undefined
  /** Whether the certificate is an authority: every certificate that it issued is trusted too. */
  readonly authority?: boolean | undefined
}

/**
 * Adds a key.
 *
 * @throws {JuxError} `CERT_INVALID_FORMAT`, `KEY_INVALID_FORMAT`; the latter also for a private key
 */
export async function addTrustedKey(database: Database, request: TrustRequest, nowMs: number): Promise<TrustedKeyRow> {
  const { kind, publicKey } = readPem(request)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const row: TrustedKeyRow = {
    id: randomBytes(8).toString('hex'),
    name: request.name,
    project: request.project ?? null,
    kind,
    pem: request.pem,
    fingerprint: createHash('sha256').update(spki).digest('hex'),
    created_at: nowMs,
  }
  await database.insertInto('trusted_keys').values(row).execute()
  return row
}

/** All trusted keys, oldest first. */
export function listTrustedKeys(database: Database): Promise<TrustedKeyRow[]> {
  return database.selectFrom('trusted_keys').selectAll().orderBy('created_at').orderBy('id').execute()
}

/**
 * Removes a key. Stored reports keep the result of their verification.
 *
 * @throws {JuxError} `KEY_NOT_FOUND`
 */
export async function removeTrustedKey(database: Database, id: string): Promise<void> {
  const { numDeletedRows } = await database.deleteFrom('trusted_keys').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows > 0n) return
  throw new JuxError('KEY_NOT_FOUND', {
    message: `there is no trusted key ${id.slice(0, 80)}`,
    suggestions: ['jux-server trust list'],
  })
}

/** The keys that are trusted for a project. */
export async function trustedKeys(database: Database, project: string): Promise<TrustedKeys> {
  const rows = await database
    .selectFrom('trusted_keys')
    .select(['kind', 'pem'])
    .where((row) => row.or([row('project', 'is', null), row('project', '=', project)]))
    .execute()
  const pems = (kind: TrustedKeyRow['kind']) => rows.filter((row) => row.kind === kind).map(({ pem }) => pem)
  return {
    publicKeys: pems('public-key').map(readKey),
    certificates: pems('certificate').map(readCertificate),
    authorities: pems('authority').map(readCertificate),
  }
}

const readKey = keepRead((pem) => createPublicKey(pem))
const readCertificate = keepRead((pem) => new X509Certificate(pem))

// To read a key takes longer than to verify a signature with it, and every report needs the same ones.
function keepRead<T>(read: (pem: string) => T): (pem: string) => T {
  const known = new Map<string, T>()
  return (pem) => {
    const value = known.get(pem) ?? read(pem)
    if (known.size >= MAX_READ) known.clear()
    known.set(pem, value)
    return value
  }
}

function readPem({ pem, authority }: TrustRequest): { kind: TrustedKeyRow['kind']; publicKey: KeyObject } {
  // createPublicKey accepts a private key too, and a private key must not get into the database.
  if (pem.includes('PRIVATE KEY-----')) {
    throw new JuxError('KEY_INVALID_FORMAT', {
      message: 'this is a private key; the server needs the public key',
      suggestions: ['use the .pub.pem file that jux keygen wrote', 'openssl pkey -in key.pem -pubout'],
    })
  }
  try {
    if (pem.includes('BEGIN CERTIFICATE')) {
      return { kind: authority ? 'authority' : 'certificate', publicKey: new X509Certificate(pem).publicKey }
    }
    return { kind: 'public-key', publicKey: createPublicKey(pem) }
  } catch (cause) {
    throw new JuxError(pem.includes('BEGIN CERTIFICATE') ? 'CERT_INVALID_FORMAT' : 'KEY_INVALID_FORMAT', {
      message: 'the file is neither a PEM public key nor a PEM certificate',
      suggestions: ['use a file that begins with -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----'],
      cause,
    })
  }
}
