/**
 * Compares runs: reads their results, and says what changed.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { CaseStatus, Database, RunRow } from '../database/schema.js'
import { quarantinedTests } from '../quarantine/entries.js'
import { type FoundBase, findBase, type Unit, unitOf } from './base.js'
import type { ChangedTest, ChangeKind, ChangeList, RunChanges, RunReference } from './changes.js'
import { type Classified, classify, type OtherAttempts, type TestState } from './classify.js'

/** Rows that are read together. An SQLite query blocks all other requests. */
const ROWS_AT_ONCE = 5_000
/** Maximum number of values in one query. */
const IDS_AT_ONCE = 500
/** Number of runs of the same commit that are looked at. */
const MAX_ATTEMPTS = 20
/** Above this number of tests that one of two runs has, none is called renamed: to read their places takes longer than all else. */
const MAX_RENAME_CANDIDATES = 10_000
/** How many runs the search for the first failure goes back. */
const MAX_HISTORY = 200

const NO_ATTEMPTS: ReadonlyMap<number, OtherAttempts> = new Map()

/** What to compare. */
export interface CompareOptions {
  /** Number of tests in each list. */
  readonly limit: number
  /** The day decides which quarantines are active. */
  readonly nowMs: number
  /** The run to compare with; by default it is chosen (`base.ts`). */
  readonly base?: RunRow | undefined
}

/** Compares a run with its base. */
export async function changesOf(
  database: Database,
  run: RunRow,
  { limit, nowMs, base: chosen }: CompareOptions,
): Promise<RunChanges> {
  const head = await unitOf(database, run)
  const base = chosen === undefined ? await findBase(database, head) : await chosenBase(database, chosen, run)
  const headStates = await statesOf(database, head.seqs)
  const baseStates = base === undefined ? undefined : await statesOf(database, base.unit.seqs)
  // Between two runs that somebody chose, only these two count.
  const otherAttempts = chosen === undefined ? await attemptsOf(database, head, headStates) : NO_ATTEMPTS
  const isComplete = head.isComplete && (base === undefined || base.isSameLane)
  const places = await placesOf(database, headStates, baseStates)
  const classified = classify({
    head: headStates,
    base: baseStates,
    otherAttempts,
    isComplete,
    placeOf: (id) => places.get(id) ?? String(id),
  })
  const quarantined = await quarantinedTests(database, run.project, nowMs)
  return {
    base: base && referenceOf(base.unit.run),
    reason: base?.reason,
    isComplete,
    lists: await listsOf(database, { run, base, classified, headStates, quarantined, limit }),
  }
}

async function chosenBase(database: Database, base: RunRow, run: RunRow): Promise<FoundBase> {
  const unit = await unitOf(database, base)
  return { unit, reason: 'chosen', isSameLane: base.lane === run.lane || base.lane === null || run.lane === null }
}

/** A result with its place in the report. */
interface PlacedState extends TestState {
  readonly seq: number
  readonly position: number
}

// A test can have several test cases, for example of several projects of the runner. Its worst result counts.
async function statesOf(database: Database, seqs: readonly number[]): Promise<Map<number, PlacedState>> {
  const states = new Map<number, PlacedState>()
  for (const seq of seqs) {
    for (let from = 0; ; from += ROWS_AT_ONCE) {
      const rows = await database
        .selectFrom('cases')
        .select(['test_id', 'position', 'status', 'flaky'])
        .where('run_seq', '=', seq)
        .where('position', '>=', from)
        .where('position', '<', from + ROWS_AT_ONCE)
        .orderBy('position')
        .execute()
      for (const { test_id, position, status, flaky } of rows) {
        const state = { result: RESULTS[status], isFlaky: flaky === 1, seq, position }
        const known = states.get(test_id)
        if (known === undefined || isWorse(state, known)) states.set(test_id, state)
      }
      if (rows.length < ROWS_AT_ONCE) break
      await setImmediate()
    }
  }
  return states
}

const RESULTS: Readonly<Record<CaseStatus, TestState['result']>> = {
  passed: 'passed',
  failed: 'bad',
  error: 'bad',
  skipped: 'skipped',
}

function isWorse(state: TestState, known: TestState): boolean {
  return rank(state) > rank(known)
}

function rank({ result, isFlaky }: TestState): number {
  return result === 'bad' ? 3 : result === 'skipped' ? 0 : isFlaky ? 2 : 1
}

// What the tests did in other runs of the same commit and lane. A working tree with changes is another source.
async function attemptsOf(
  database: Database,
  { run, seqs }: Unit,
  states: ReadonlyMap<number, PlacedState>,
): Promise<Map<number, OtherAttempts>> {
  const attempts = new Map<number, OtherAttempts>()
  if (run.commit_sha === null || run.is_dirty === 1 || run.lane === null) return attempts
  const others = await database
    .selectFrom('runs')
    .select(['seq', 'failures', 'errors'])
    .where('project', '=', run.project)
    .where('commit_sha', '=', run.commit_sha)
    .where('lane', '=', run.lane)
    .where('is_dirty', '=', 0)
    .where('seq', 'not in', seqs)
    .orderBy('seq', 'desc')
    .limit(MAX_ATTEMPTS)
    .execute()
  if (others.length === 0) return attempts
  const otherSeqs = others.map(({ seq }) => seq)
  const badSeqs = others.flatMap(({ seq, failures, errors }) => (failures + errors > 0 ? [seq] : []))
  const failed =
    badSeqs.length === 0
      ? []
      : await database
          .selectFrom('cases')
          .select('test_id')
          .distinct()
          .where('run_seq', 'in', badSeqs)
          .where('status', 'in', ['failed', 'error'])
          .execute()
  for (const { test_id } of failed) attempts.set(test_id, { passed: false, failed: true })
  const bad = [...states].flatMap(([id, { result }]) => (result === 'bad' ? [id] : []))
  for (const ids of chunks(bad)) {
    const passed = await database
      .selectFrom('cases as found')
      .crossJoin('cases')
      .select('found.test_id')
      .where('found.run_seq', 'in', otherSeqs)
      .where('found.test_id', 'in', ids)
      .whereRef('cases.run_seq', '=', 'found.run_seq')
      .whereRef('cases.position', '=', 'found.position')
      .where('cases.status', '<>', 'skipped')
      // A run in which one of its test cases passed and another failed is no run that it passed.
      .groupBy(['found.test_id', 'found.run_seq'])
      .having(sql<number>`max(case when cases.status = 'passed' then 0 else 1 end)`, '=', 0)
      .execute()
    for (const { test_id } of passed) {
      attempts.set(test_id, { passed: true, failed: attempts.get(test_id)?.failed ?? false })
    }
  }
  return attempts
}

// The places of the tests that only one of the runs has, if both have such tests: only then a test can have been renamed.
async function placesOf(
  database: Database,
  head: ReadonlyMap<number, TestState>,
  base: ReadonlyMap<number, TestState> | undefined,
): Promise<Map<number, string>> {
  const places = new Map<number, string>()
  if (base === undefined) return places
  const added = [...head.keys()].filter((id) => !base.has(id))
  const vanished = [...base.keys()].filter((id) => !head.has(id))
  const isEither = added.length === 0 || vanished.length === 0
  const ids = isEither || added.length + vanished.length > MAX_RENAME_CANDIDATES ? [] : [...added, ...vanished]
  for (const part of chunks(ids)) {
    const rows = await database
      .selectFrom('tests')
      .select(['id', 'file', 'classname'])
      .where('id', 'in', part)
      .execute()
    for (const { id, file, classname } of rows) places.set(id, JSON.stringify(file === null ? [classname] : [file, '']))
    await setImmediate()
  }
  return places
}

interface ListParts {
  readonly run: RunRow
  readonly base: FoundBase | undefined
  readonly classified: Classified<number>
  readonly headStates: ReadonlyMap<number, PlacedState>
  /** Ids of the tests whose quarantine is active. */
  readonly quarantined: ReadonlySet<number>
  readonly limit: number
}

async function listsOf(database: Database, parts: ListParts): Promise<Record<ChangeKind, ChangeList>> {
  const { kinds } = parts.classified
  const list = async (wanted: ChangeKind): Promise<ChangeList> => {
    const all = [...kinds].flatMap(([id, kind]) => (kind === wanted ? [id] : []))
    const quarantined = all.filter((id) => isQuarantined(id, parts))
    const ids = quarantined.length === 0 ? all : [...all.filter((id) => !isQuarantined(id, parts)), ...quarantined]
    const tests = await testsOf(database, ids.slice(0, parts.limit), wanted, parts)
    return { count: all.length, quarantined: quarantined.length, tests }
  }
  return {
    new: await list('new'),
    known: await list('known'),
    flaky: await list('flaky'),
    fixed: await list('fixed'),
    vanished: await list('vanished'),
    skipped: await list('skipped'),
    renamed: await list('renamed'),
    added: await list('added'),
  }
}

function isQuarantined(id: number, { headStates, quarantined }: ListParts): boolean {
  return quarantined.has(id) && headStates.get(id)?.result === 'bad'
}

async function testsOf(
  database: Database,
  ids: readonly number[],
  kind: ChangeKind,
  parts: ListParts,
): Promise<ChangedTest[]> {
  const { run, base, classified, headStates } = parts
  const formers = ids.flatMap((id) => classified.formerKeys.get(id) ?? [])
  const names = await namesOf(database, [...ids, ...formers])
  const runIds = await runIdsOf(database, new Set(ids.flatMap((id) => headStates.get(id)?.seq ?? [])))
  const tests: ChangedTest[] = []
  for (const id of ids) {
    const name = names.get(id)
    if (name === undefined) continue
    const state = headStates.get(id)
    const runId = state === undefined ? undefined : runIds.get(state.seq)
    const former = classified.formerKeys.get(id)
    const isBad = state?.result === 'bad'
    // A known failure began before the base, which can be on another branch.
    const end = kind === 'known' && base !== undefined ? base.unit.run : run
    tests.push({
      ...name,
      place: state === undefined || runId === undefined ? undefined : { runId, position: state.position },
      since: isBad ? await firstFailure(database, former !== undefined && end !== run ? former : id, end) : undefined,
      message: isBad ? await messageOf(database, state) : undefined,
      formerName: former === undefined ? undefined : names.get(former)?.name,
      isQuarantined: isQuarantined(id, parts),
    })
  }
  return tests
}

async function namesOf(database: Database, ids: readonly number[]) {
  const names = new Map<number, Pick<ChangedTest, 'testKey' | 'name' | 'classname' | 'file' | 'owner'>>()
  for (const part of chunks(ids)) {
    const rows = await database
      .selectFrom('tests')
      .select(['id', 'test_key as testKey', 'name', 'classname', 'file'])
      .select(sql<string | null>`nullif(owner, '')`.as('owner'))
      .where('id', 'in', part)
      .execute()
    for (const { id, ...name } of rows) names.set(id, name)
  }
  return names
}

async function runIdsOf(database: Database, seqs: ReadonlySet<number>): Promise<Map<number, string>> {
  const ids = new Map<number, string>()
  for (const part of chunks([...seqs])) {
    const rows = await database.selectFrom('runs').select(['seq', 'id']).where('seq', 'in', part).execute()
    for (const { seq, id } of rows) ids.set(seq, id)
  }
  return ids
}

async function messageOf(database: Database, { seq, position }: PlacedState): Promise<string | null> {
  const row = await database
    .selectFrom('case_texts')
    .select('message')
    .where('run_seq', '=', seq)
    .where('position', '=', position)
    .executeTakeFirst()
  return row?.message ?? null
}

// The first of the latest runs of a branch in which the test failed every time it ran. Skipped, it says nothing.
async function firstFailure(database: Database, testId: number, end: RunRow): Promise<RunReference | undefined> {
  const history = await database
    .selectFrom('runs')
    .crossJoin('cases as found')
    .crossJoin('cases')
    .select([
      'runs.id',
      'runs.branch',
      'runs.commit_sha as commitSha',
      'runs.inserted_at as insertedAtMs',
      'cases.status',
    ])
    .where('runs.project', '=', end.project)
    .where('runs.branch', 'is not distinct from', end.branch)
    .where('runs.pull_request', 'is not distinct from', end.pull_request)
    .where('runs.inserted_at', '<=', end.inserted_at)
    .$call((query) => (end.lane === null ? query : query.where('runs.lane', '=', end.lane)))
    // The place of the test case is in the index. With other columns, SQLite would read the whole run instead.
    .whereRef('found.run_seq', '=', 'runs.seq')
    .where('found.test_id', '=', testId)
    .whereRef('cases.run_seq', '=', 'found.run_seq')
    .whereRef('cases.position', '=', 'found.position')
    .where('cases.status', '<>', 'skipped')
    .orderBy('runs.inserted_at', 'desc')
    .orderBy('runs.seq', 'desc')
    .limit(MAX_HISTORY)
    .execute()
  let first: RunReference | undefined
  for (const { status, ...reference } of worstPerRun(history)) {
    if (status === 'passed') break
    first = reference
  }
  return first
}

// The rows of a run follow each other.
function worstPerRun<T extends { readonly id: string; readonly status: CaseStatus }>(history: readonly T[]): T[] {
  const worst: T[] = []
  for (const row of history) {
    const known = worst.at(-1)
    if (known?.id !== row.id) worst.push(row)
    else if (known.status === 'passed') worst[worst.length - 1] = row
  }
  return worst
}

function referenceOf({ id, branch, commit_sha, inserted_at }: RunRow): RunReference {
  return { id, branch, commitSha: commit_sha, insertedAtMs: inserted_at }
}

function* chunks<T>(values: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < values.length; from += IDS_AT_ONCE) yield values.slice(from, from + IDS_AT_ONCE)
}
