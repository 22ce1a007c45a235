/**
 * The entries of the quarantine: adds, lists and removes them, and finds those of the tests of a run.
 *
 * An entry is never deleted, so that it stays known who added and who removed it.
 *
 * @module
 */
import { randomUUID } from 'node:crypto'
import { JuxError } from 'jux-reporter'
import { isOutsideTests, readEnvelope, readWaiverContent, verifyEnvelope, WAIVER_TYPE } from 'jux-reporter/internal'
import { sql } from 'kysely'
import { trustedKeys } from '../access/trusted-keys.js'
import type { Database, QuarantineRow, RunRow } from '../database/schema.js'
import { testKey } from '../ingest/test-key.js'
import { dayOf, type QuarantineState } from './decide.js'

/** An entry to add. */
export interface QuarantineRequest {
  readonly project: string
  /** Class and name, as a gate names the test. */
  readonly test: string
  readonly owner: string
  readonly reason: string
  /** The last day in UTC, `YYYY-MM-DD`. */
  readonly expires: string
  /** Id of the API key; null for a program on the server's machine. */
  readonly createdBy: string | null
}

/** What is said of an entry whose test no report has: its name may have a typing mistake. */
export const NO_SUCH_TEST = 'no report has this test yet'

/** An entry with the key of its test; null if no report had the test. */
export interface ListedEntry extends QuarantineRow {
  readonly test_key: string | null
}

/** Numbers of entries of a project, or of failures of a run, by state. */
export interface QuarantineCounts {
  readonly active: number
  readonly expired: number
}

/** How far ahead the last day may be. */
const MAX_DAYS = 366
/** Number of entries of a project that are not removed. */
const MAX_ENTRIES = 1_000
const MAX_TEXT = { test: 4_000, owner: 200, reason: 2_000 } as const
/** Places at which a name is split into class and name. A name with more has no other key than its own. */
const MAX_SPLITS = 50
/** Number of the latest runs whose signers cannot sign waivers. */
const COMPARED_RUNS = 1_000
const DAY_MS = 86_400_000

/**
 * Adds an entry without a signature.
 *
 * @throws {JuxError} `INVALID_ARGUMENT`
 */
export function addEntry(database: Database, request: QuarantineRequest, nowMs: number): Promise<ListedEntry> {
  return insertEntry(database, request, { waiver: null, signer: null }, nowMs)
}

/**
 * Adds the entry of a signed waiver.
 *
 * @param waiver the DSSE envelope in JSON
 * @throws {JuxError} `INVALID_ARGUMENT`; `ATTESTATION_*` if no signer that the server trusts for the project has signed it
 */
export async function addWaiver(
  database: Database,
  { project, createdBy, waiver }: { project: string; createdBy: string | null; waiver: string },
  nowMs: number,
): Promise<ListedEntry> {
  const trust = await trustedKeys(database, project)
  const verified = verifyEnvelope(readEnvelope(waiver), trust, { payloadType: WAIVER_TYPE, at: new Date(nowMs) })
  const content = readWaiverContent(verified.payload)
  if (content.project !== undefined && content.project !== project) {
    throw invalid(`the waiver is for the project ${content.project.slice(0, 80)}`)
  }
  const signer = verified.fingerprint
  if (await signsReports(database, project, signer)) {
    throw invalid('the waiver is signed with a key that signs reports of this project', [
      'sign it with the key of an approver: npx jux waiver add --key lead.pem …',
    ])
  }
  const { test, owner, reason, expires } = content
  const request = { project, test, owner, reason, expires, createdBy }
  return insertEntry(database, request, { waiver, signer }, nowMs)
}

/**
 * Removes an entry. It stays in the list, with who removed it and when.
 *
 * @param project the only project whose entry may be removed; any when undefined
 * @returns undefined if there is no such entry; one that was removed before stays as it is
 */
export async function removeEntry(
  database: Database,
  { id, project, removedBy }: { id: string; project?: string | undefined; removedBy: string | null },
  nowMs: number,
): Promise<ListedEntry | undefined> {
  const own = entriesWithKeys(database)
    .where('id', '=', id)
    .$call((query) => (project === undefined ? query : query.where('project', '=', project)))
  const found = await own.executeTakeFirst()
  if (found === undefined) return undefined
  await database
    .updateTable('quarantine')
    .set({ removed_at: nowMs, removed_by: removedBy })
    .where('id', '=', found.id)
    .where('removed_at', 'is', null)
    .execute()
  return own.executeTakeFirstOrThrow()
}

/** The entries of a project, or of all; those that are not removed first, and then the latest first. */
export function listEntries(
  database: Database,
  filter: { project?: string | undefined; state?: QuarantineState | undefined; limit: number },
  nowMs: number,
): Promise<ListedEntry[]> {
  const { project, state, limit } = filter
  const today = dayOf(nowMs)
  let query = entriesWithKeys(database)
  if (project !== undefined) query = query.where('project', '=', project)
  if (state !== undefined) query = query.where('removed_at', state === 'removed' ? 'is not' : 'is', null)
  if (state === 'active') query = query.where('expires', '>=', today)
  if (state === 'expired') query = query.where('expires', '<', today)
  return query
    .orderBy(sql`case when removed_at is null then 0 else 1 end`)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The entries of tests of a project that are not removed. */
export function entriesOfTests(database: Database, testKeys: readonly string[]): Promise<QuarantineRow[]> {
  if (testKeys.length === 0) return Promise.resolve([])
  const ids = database
    .selectFrom('quarantine_tests')
    .select('entry_id')
    .where('test_key', 'in', [...new Set(testKeys)])
  return database.selectFrom('quarantine').selectAll().where('id', 'in', ids).where('removed_at', 'is', null).execute()
}

/** How many entries of a project are active, and how many have expired. */
export function countEntries(database: Database, project: string, nowMs: number): Promise<QuarantineCounts> {
  const isActive = sql`case when expires >= ${dayOf(nowMs)} then 1 else 0 end`
  return database
    .selectFrom('quarantine')
    .select([
      sql<number>`coalesce(sum(${isActive}), 0)`.as('active'),
      sql<number>`coalesce(sum(1 - ${isActive}), 0)`.as('expired'),
    ])
    .where('project', '=', project)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow()
}

/** The ids of the tests of a project whose quarantine is active. */
export async function quarantinedTests(database: Database, project: string, nowMs: number): Promise<Set<number>> {
  const rows = await database
    .selectFrom('quarantine')
    .innerJoin('quarantine_tests', 'quarantine_tests.entry_id', 'quarantine.id')
    .innerJoin('tests', 'tests.test_key', 'quarantine_tests.test_key')
    .select('tests.id')
    .where('quarantine.project', '=', project)
    .where('quarantine.removed_at', 'is', null)
    .where('quarantine.expires', '>=', dayOf(nowMs))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** How many failures of a run are of tests whose quarantine is active, and how many of tests whose quarantine has expired. */
export function countQuarantined(
  database: Database,
  run: Pick<RunRow, 'seq' | 'project'>,
  nowMs: number,
): Promise<QuarantineCounts> {
  // SQLite joins in the order of a cross join: it looks up the few quarantined tests in the run, and does not read all test cases. It
  // uses the index by test only if the index has all columns that are read.
  const failures = database
    .selectFrom('quarantine')
    .crossJoin('quarantine_tests')
    .crossJoin('tests')
    .crossJoin('cases as found')
    .crossJoin('cases')
    .select([
      'cases.position',
      sql<number>`max(case when quarantine.expires >= ${dayOf(nowMs)} then 1 else 0 end)`.as('is_active'),
    ])
    .whereRef('quarantine_tests.entry_id', '=', 'quarantine.id')
    .whereRef('tests.test_key', '=', 'quarantine_tests.test_key')
    .whereRef('found.test_id', '=', 'tests.id')
    .whereRef('cases.position', '=', 'found.position')
    .where('quarantine.project', '=', run.project)
    .where('quarantine.removed_at', 'is', null)
    .where('found.run_seq', '=', run.seq)
    .where('cases.run_seq', '=', run.seq)
    .where('cases.status', 'in', ['failed', 'error'])
    .groupBy('cases.position')
  return database
    .selectFrom(failures.as('failures'))
    .select([
      sql<number>`coalesce(sum(is_active), 0)`.as('active'),
      sql<number>`coalesce(sum(1 - is_active), 0)`.as('expired'),
    ])
    .executeTakeFirstOrThrow()
}

async function insertEntry(
  database: Database,
  request: QuarantineRequest,
  signature: Pick<QuarantineRow, 'waiver' | 'signer'>,
  nowMs: number,
): Promise<ListedEntry> {
  requireValid(request, nowMs)
  const { project, test, owner, reason, expires, createdBy } = request
  const row: QuarantineRow = {
    id: randomUUID(),
    project,
    test,
    owner,
    reason,
    expires,
    created_at: nowMs,
    created_by: createdBy,
    removed_at: null,
    removed_by: null,
    ...signature,
  }
  const counts = await countEntries(database, project, nowMs)
  if (counts.active + counts.expired >= MAX_ENTRIES) {
    throw invalid(`the project has ${MAX_ENTRIES} quarantined tests already`, ['remove entries that are not needed'])
  }
  await database.transaction().execute(async (tx) => {
    await tx.insertInto('quarantine').values(row).execute()
    const keys = keysOf(project, test).map((test_key) => ({ test_key, entry_id: row.id }))
    await tx.insertInto('quarantine_tests').values(keys).execute()
  })
  return entriesWithKeys(database).where('id', '=', row.id).executeTakeFirstOrThrow()
}

function entriesWithKeys(database: Database) {
  return database
    .selectFrom('quarantine')
    .selectAll()
    .select((row) =>
      row
        .selectFrom('quarantine_tests')
        .innerJoin('tests', 'tests.test_key', 'quarantine_tests.test_key')
        .select('tests.test_key')
        .whereRef('quarantine_tests.entry_id', '=', 'quarantine.id')
        .orderBy('tests.test_key')
        .limit(1)
        .as('test_key'),
    )
}

function requireValid({ test, owner, reason, expires }: QuarantineRequest, nowMs: number): void {
  for (const [name, text] of Object.entries({ test, owner, reason })) {
    const max = name === 'test' || name === 'owner' || name === 'reason' ? MAX_TEXT[name] : 0
    if (text.trim() === '') throw invalid(`the ${name} is missing`)
    if (text.length > max) throw invalid(`the ${name} is longer than ${max} characters`)
    if (text.includes('\0')) throw invalid(`the ${name} has the character NUL`)
  }
  if (isOutsideTests(test)) throw invalid(`${test.slice(0, 80)} is no test but an error of the run`)
  const isDate = /^\d{4}-\d\d-\d\d$/.test(expires) && !Number.isNaN(Date.parse(`${expires}T00:00:00Z`))
  if (!isDate || dayOf(Date.parse(`${expires}T00:00:00Z`)) !== expires) {
    throw invalid(`the last day "${expires.slice(0, 40)}" is not a date`, ['use a date such as 2026-12-31'])
  }
  if (expires < dayOf(nowMs)) throw invalid(`the last day ${expires} is over`, ['choose a later day'])
  const latest = dayOf(nowMs + MAX_DAYS * DAY_MS)
  if (expires > latest)
    throw invalid(`the last day ${expires} is more than a year ahead`, [`choose ${latest} or earlier`])
}

// The name of a test may be split into class and name at several places. A gate does not tell them apart either.
function keysOf(project: string, test: string): string[] {
  const keys = [testKey(project, '', test)]
  const separator = ' > '
  for (let at = test.indexOf(separator); at > 0 && keys.length <= MAX_SPLITS; at = test.indexOf(separator, at + 1)) {
    keys.push(testKey(project, test.slice(0, at), test.slice(at + separator.length)))
  }
  return [...new Set(keys)]
}

/** Whether a key has signed one of the latest reports of a project. What runs the tests has such a key. */
export async function signsReports(database: Database, project: string, fingerprint: string): Promise<boolean> {
  const latest = database
    .selectFrom('runs')
    .select('signer_fingerprint')
    .where('project', '=', project)
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(COMPARED_RUNS)
  const found = await database
    .selectFrom(latest.as('latest'))
    .select('signer_fingerprint')
    .where('signer_fingerprint', '=', fingerprint)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

function invalid(message: string, suggestions: readonly string[] = []): JuxError {
  return new JuxError('INVALID_ARGUMENT', { message, suggestions: [...suggestions] })
}
