/**
 * Queries for the decisions of gates.
 *
 * `visible` is the only project that the client may read; undefined for all.
 *
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'
import type { Database, DecisionReportRow, DecisionRow, RunRow, Schema } from '../database/schema.js'
import type { Paginated, Pagination } from '../queries/runs.js'

/** Which decisions of a project. */
export interface DecisionFilter extends Pagination {
  readonly project: string
  readonly branch?: string | undefined
  readonly policy?: string | undefined
  readonly result?: DecisionRow['result'] | undefined
}

/** How a gate decided. */
export type GateResult = Pick<DecisionRow, 'result'>

/** A decision that the same gate made later. */
export type LaterDecision = Pick<DecisionRow, 'id' | 'result'>

/** A report that a decision judged, with its run if the server has it. */
export interface LinkedReport extends DecisionReportRow {
  readonly run: Pick<RunRow, 'id' | 'bytes_sha256' | 'tests' | 'failures' | 'errors' | 'outcome'> | undefined
}

/** One page of the decisions of a project, the latest first. */
export async function listDecisions(
  database: Database,
  { project, branch, policy, result, page, perPage }: DecisionFilter,
): Promise<Paginated<DecisionRow>> {
  let query = database.selectFrom('decisions').where('project', '=', project)
  if (branch !== undefined) query = query.where('branch', '=', branch)
  if (policy !== undefined) query = query.where('policy', '=', policy)
  if (result !== undefined) query = query.where('result', '=', result)
  const { count } = await query.select((row) => row.fn.countAll<number>().as('count')).executeTakeFirstOrThrow()
  const items = await query
    .selectAll()
    .orderBy('decided_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .execute()
  return { items, totalCount: count }
}

/** One decision, by its UUID. */
export function findDecision(database: Database, id: string, visible?: string): Promise<DecisionRow | undefined> {
  return database
    .selectFrom('decisions')
    .selectAll()
    .where('id', '=', id)
    .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
    .executeTakeFirst()
}

/** The bytes of a decision exactly as they were submitted. */
export async function decisionBytes(database: Database, seq: number): Promise<Uint8Array | undefined> {
  const row = await database
    .selectFrom('decision_envelopes')
    .select('bytes')
    .where('decision_seq', '=', seq)
    .executeTakeFirst()
  // The engine of SQLite returns an ArrayBuffer.
  return row === undefined ? undefined : new Uint8Array(row.bytes)
}

/** The reports that a decision judged, in its order. Only runs of the projects that it is about are linked. */
export async function reportsOf(
  database: Database,
  { seq, project, digest, decided_at }: Pick<DecisionRow, 'seq' | 'project' | 'digest' | 'decided_at'>,
  visible?: string,
): Promise<LinkedReport[]> {
  const reports = await database
    .selectFrom('decision_reports')
    .selectAll()
    .where('decision_seq', '=', seq)
    .orderBy('position')
    .execute()
  const runs = await database
    .selectFrom('runs')
    .innerJoin('decision_reports', 'decision_reports.content_hash', 'runs.content_hash')
    .select([
      'runs.id',
      'runs.project',
      'runs.content_hash',
      'runs.bytes_sha256',
      'runs.tests',
      'runs.failures',
      'runs.errors',
      'runs.outcome',
    ])
    .where('decision_reports.decision_seq', '=', seq)
    // A decision about several projects has a row for each. The index is that of the time.
    .where('runs.project', 'in', (from) =>
      from
        .selectFrom('decisions')
        .select('decisions.project')
        .where('decisions.decided_at', '=', decided_at)
        .where('decisions.digest', '=', digest),
    )
    .$call((query) => (visible === undefined ? query : query.where('runs.project', '=', visible)))
    .execute()
  // The same report can be a run of two projects.
  const own = runs.filter((run) => run.project === project)
  const byHash = new Map([...runs, ...own].map((run) => [run.content_hash, run]))
  return reports.map((report) => ({ ...report, run: byHash.get(report.content_hash) }))
}

/** The decisions that judged a run, the latest first. */
export function decisionsOfRun(
  database: Database,
  { project, content_hash }: Pick<RunRow, 'project' | 'content_hash'>,
  limit: number,
): Promise<DecisionRow[]> {
  return database
    .selectFrom('decisions')
    .selectAll()
    .where('project', '=', project)
    .where('seq', 'in', (from) =>
      from.selectFrom('decision_reports').select('decision_seq').where('content_hash', '=', content_hash),
    )
    .orderBy('decided_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
}

/** The run that arrived last of those that a decision judged. */
export function latestJudgedRun(
  database: Database,
  { seq, project }: Pick<DecisionRow, 'seq' | 'project'>,
): Promise<RunRow | undefined> {
  return database
    .selectFrom('runs')
    .selectAll()
    .where('project', '=', project)
    .where('content_hash', 'in', (from) =>
      from.selectFrom('decision_reports').select('content_hash').where('decision_seq', '=', seq),
    )
    .orderBy('inserted_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The decisions of the same policy about the same commit that the gate made after one, whatever branch or pull request they are about. */
export async function laterAboutCommit(
  database: Database,
  decision: DecisionRow,
): Promise<Pick<DecisionRow, 'branch' | 'commit_sha' | 'pull_request' | 'remote'>[]> {
  const { project, policy, commit_sha } = decision
  if (commit_sha === null) return []
  return database
    .selectFrom('decisions')
    .select(['branch', 'commit_sha', 'pull_request', 'remote'])
    .where('project', '=', project)
    .where('policy', '=', policy)
    .where('commit_sha', '=', commit_sha)
    .where(isAfter(decision))
    .execute()
}

/** The latest decision of the same gate that it made after one. */
export function latestAfter(database: Database, decision: DecisionRow): Promise<LaterDecision | undefined> {
  return decisionsOfGate(database, decision)
    .select(['id', 'result'])
    .where(isAfter(decision))
    .orderBy('decided_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** The latest decision of the same gate that it made before one. */
export function latestBefore(database: Database, decision: DecisionRow): Promise<GateResult | undefined> {
  return decisionsOfGate(database, decision)
    .select('result')
    .where('seq', '!=', decision.seq)
    .where((row) => row.not(isAfter(decision)(row)))
    .orderBy('decided_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Whether a message about a later decision of the same gate waits for a subscription. */
export async function isLaterWaiting(
  database: Database,
  decision: DecisionRow,
  subscriptionId: string,
): Promise<boolean> {
  const found = await database
    .selectFrom('deliveries')
    .select('id')
    .where('subscription_id', '=', subscriptionId)
    .where('decision_seq', 'in', decisionsOfGate(database, decision).select('seq').where(isAfter(decision)))
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

// A gate is known by its project, policy, branch and pull request.
function decisionsOfGate(database: Database, decision: DecisionRow) {
  return database
    .selectFrom('decisions')
    .where('project', '=', decision.project)
    .where('policy', '=', decision.policy)
    .where('branch', 'is not distinct from', decision.branch)
    .where('pull_request', 'is not distinct from', decision.pull_request)
}

// Of two decisions that were made at the same time, the one that arrived later counts.
function isAfter({ decided_at, seq }: Pick<DecisionRow, 'decided_at' | 'seq'>) {
  return (row: ExpressionBuilder<Schema, 'decisions'>) =>
    row.or([row('decided_at', '>', decided_at), row.and([row('decided_at', '=', decided_at), row('seq', '>', seq)])])
}

/** The latest decision of each policy and branch of a project, the latest first. Those about pull requests are left out. */
export function latestDecisions(
  database: Database,
  {
    project,
    branch,
    limit,
  }: { readonly project: string; readonly branch?: string | undefined; readonly limit: number },
): Promise<DecisionRow[]> {
  const ranked = database
    .selectFrom('decisions')
    .selectAll()
    .select(sql<number>`row_number() over (partition by policy, branch order by decided_at desc, seq desc)`.as('rank'))
    .where('project', '=', project)
    .where('pull_request', 'is', null)
    .$call((query) => (branch === undefined ? query : query.where('branch', '=', branch)))
  return database
    .selectFrom(ranked.as('ranked'))
    .selectAll()
    .where('rank', '=', 1)
    .orderBy('decided_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
}

/** The projects with decisions, sorted by name. */
export async function decidedProjects(database: Database, visible?: string): Promise<string[]> {
  const rows = await database
    .selectFrom('decisions')
    .select('project')
    .distinct()
    .$call((query) => (visible === undefined ? query : query.where('project', '=', visible)))
    .orderBy('project')
    .execute()
  return rows.map(({ project }) => project)
}

/** Whether a project has decisions. */
export async function hasDecisions(database: Database, project: string): Promise<boolean> {
  const found = await database
    .selectFrom('decisions')
    .select('seq')
    .where('project', '=', project)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/**
 * Deletes decisions that were made before a time, the oldest first, some at once. Returns their number.
 *
 * By the time of the decision, not of its arrival: of two decisions of a gate, the later one stays longer, so that an old one that arrived
 * late never becomes the latest.
 */
export async function deleteDecisions(database: Database, beforeMs: number, limit: number): Promise<number> {
  const old = database
    .selectFrom('decisions')
    .select('seq')
    .where('decided_at', '<', beforeMs)
    .orderBy('decided_at')
    .limit(limit)
  const { numDeletedRows } = await database.deleteFrom('decisions').where('seq', 'in', old).executeTakeFirst()
  return Number(numDeletedRows)
}
