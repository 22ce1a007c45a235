/**
 * Accepts a report: reads it, verifies its signature, and stores it once. After `submit` has returned, the report is durable.
 *
 * @module
 */
import { hash, randomUUID } from 'node:crypto'
import type { TrustedKeys } from 'jux-reporter'
import type { Database, RunRow, SignatureState } from '../database/schema.js'
import { HttpError } from '../http-error.js'
import { bytesKeyOf } from './bytes.js'
import { type Claims, runFacts } from './facts.js'
import type { GroupMember } from './group.js'
import { idempotencyId, useIdempotencyKeys } from './idempotency.js'
import { readRows } from './report.js'
import { type CheckedReport, signatureColumns } from './rows.js'
import { checkSignature, enforcePolicy, type SignaturePolicy } from './signature.js'
import { PARTS_FROM, type StoreContext, storeInParts } from './store.js'
import type { TestIds } from './test-ids.js'

/** The parts of the server that a submission uses. */
export interface IngestContext extends StoreContext {
  /** Whether the connection lets parts be inserted before their run (SQLite, in a worker thread). */
  readonly canStoreInParts: boolean
  readonly policy: SignaturePolicy
  readonly testIds: TestIds
  /** Returns the keys that are trusted for a project. */
  trustedKeys(project: string): Promise<TrustedKeys>
  now(): Date
}

/** A submission in any of the supported formats. */
export interface SubmissionRequest {
  /** The report exactly as it was signed. */
  readonly bytes: Uint8Array
  readonly claims: Claims
  readonly protocol: 'json' | 'xml' | 'reports'
  /** Content hash in the submission. */
  readonly claimedHash?: string | undefined
  readonly idempotencyKey?: string | undefined
  /** The sender: the id of an access key, or null for a user of this machine. */
  readonly submittedBy: string | null
  /** Throws when the sender may not submit to this project. */
  authorize(project: string): void
}

/** The result of an accepted submission. */
export interface Accepted {
  readonly run: RunRow
  /** True if the report was already stored; then `run` is the existing run. */
  readonly duplicate: boolean
}

/**
 * Accepts a report.
 *
 * @param group the submissions whose reports are stored together with this one
 * @throws {HttpError} with the status of the response; then nothing is stored
 */
export async function submit(
  context: IngestContext,
  submission: SubmissionRequest,
  group: GroupMember,
): Promise<Accepted> {
  const checked = await check(context, submission)
  const idempotency = idempotencyId(submission.idempotencyKey, submission.submittedBy, checked.facts.project)
  const known = await findRun(context.database, checked)
  if (known === undefined) return store(context, checked, submission.bytes, idempotency, group)
  group.leave()
  if (idempotency !== undefined) {
    const use = { id: idempotency, run: known }
    await context.inTurn(() => useIdempotencyKeys(context.database, [use], context.now().getTime()))
  }
  return { run: await upgradeSignature(context, known, checked, submission.bytes), duplicate: true }
}

async function check(context: IngestContext, submission: SubmissionRequest): Promise<CheckedReport> {
  const { bytes, claims } = submission
  const report = readRows(bytes)
  const { summary, contentHash, signature: read } = report
  // The trusted keys depend on the project in the report, which is not verified yet. Nothing is stored for the project until
  // the signature is verified.
  const facts = runFacts(summary, claims)
  submission.authorize(facts.project)
  const signature =
    read === undefined
      ? { state: 'unsigned' as const }
      : checkSignature(read, await context.trustedKeys(facts.project), context.now())
  enforcePolicy(context.policy, signature)
  if (submission.claimedHash !== undefined && submission.claimedHash !== contentHash) throw hashMismatch(contentHash)
  return {
    report,
    facts,
    signature,
    sizeBytes: bytes.length,
    protocol: submission.protocol,
    submittedBy: submission.submittedBy,
  }
}

function findRun(database: Database, { facts, report }: CheckedReport) {
  return database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', facts.project)
    .where('content_hash', '=', report.contentHash)
    .executeTakeFirst()
}

async function store(
  context: IngestContext,
  checked: CheckedReport,
  bytes: Uint8Array,
  idempotency: string | undefined,
  group: GroupMember,
): Promise<Accepted> {
  const id = randomUUID()
  const { contentHash, cases, suites } = checked.report
  const file = { id, contentHash }
  const nowMs = context.now().getTime()
  const isInParts = context.canStoreInParts && cases.length + suites.length >= PARTS_FROM
  if (isInParts) group.leave()
  await context.bytes.prepare(file, bytes)
  let isStored = false
  try {
    const tests = await context.testIds.resolve(context, checked.facts.project, cases, nowMs)
    const newRun = { id, checked, tests, bytes, bytesSha256: hash('sha256', bytes), idempotency, nowMs }
    const stored = await (isInParts ? storeInParts(context, newRun) : group.store(newRun))
    const run = stored ?? (await currentRun(context, checked))
    isStored = run.id === id
    if (isStored) return { run, duplicate: false }
    // The same report arrived twice at the same time, and the other submission was stored first.
    return { run: await upgradeSignature(context, run, checked, bytes), duplicate: true }
  } finally {
    if (!isStored) context.bytes.discard([file])
  }
}

async function currentRun({ database }: IngestContext, checked: CheckedReport): Promise<RunRow> {
  const run = await findRun(database, checked)
  if (run !== undefined) return run
  throw new HttpError(503, 'the report was removed while it was submitted again', { headers: { 'Retry-After': '1' } })
}

/** From the worst to the best. */
const SIGNATURE_STATES: readonly SignatureState[] = ['unsigned', 'untrusted', 'trusted']

// The same results with a better signature replace the stored bytes. Otherwise an unsigned copy that is sent first would prevent that
// the signed report is stored. The statement itself compares the signatures, because another submission can have changed the row since
// it was read, and the bytes get a new file: the old one belongs to the row until the transaction is committed.
async function upgradeSignature(
  context: IngestContext,
  known: RunRow,
  checked: CheckedReport,
  bytes: Uint8Array,
): Promise<RunRow> {
  const worse = SIGNATURE_STATES.slice(0, SIGNATURE_STATES.indexOf(checked.signature.state))
  if (!worse.includes(known.signature)) return known
  const file = { id: randomUUID(), contentHash: known.content_hash }
  const columns = { bytes_sha256: hash('sha256', bytes), bytes_at: context.now().getTime() }
  await context.bytes.prepare(file, bytes)
  let upgraded: RunRow | undefined
  try {
    upgraded = await context.inTurn(() =>
      context.database.transaction().execute(async (tx) => {
        const run = await tx
          .updateTable('runs')
          .set({ ...signatureColumns(checked.signature), ...columns, size_bytes: checked.sizeBytes, file_id: file.id })
          .where('seq', '=', known.seq)
          .where('signature', 'in', worse)
          .returningAll()
          .executeTakeFirst()
        if (run !== undefined) await context.bytes.insert(tx, { ...file, seq: run.seq }, bytes)
        return run
      }),
    )
  } finally {
    if (upgraded === undefined) context.bytes.discard([file])
  }
  if (upgraded === undefined) return currentRun(context, checked)
  context.bytes.discard([bytesKeyOf(known)])
  return upgraded
}

function hashMismatch(hash: string): HttpError {
  return new HttpError(400, 'canonical_hash is not the hash of this report', {
    details: { message: 'the hash differs', expected: `sha256:${hash}`, reason: 'hash-mismatch' },
    suggestions: ['jux inspect --json report.xml shows the hash'],
  })
}
