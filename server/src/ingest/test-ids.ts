/**
 * Finds the ids of tests, which the rows of test cases refer to. New tests get one.
 *
 * A project has the same tests in most of its runs, so the ids are kept in memory. Rows of tests are committed before a run refers to
 * them. A row is deleted only when no report had the test for longer than its runs are kept, and what is in memory is not used after
 * `SEEN_STEP_MS`. So an id that is in memory exists.
 *
 * @module
 */
import type { ReportCase } from 'jux-reporter'
import type { Insertable } from 'kysely'
import type { InsertRows } from '../database/row-inserts.js'
import type { Database, TestTable, TestWordTable } from '../database/schema.js'
import type { InTurn } from '../database/turns.js'
import { indexWords, projectWord } from '../search/words.js'
import { testKey } from './test-key.js'

/** A row of `tests`. */
export interface KnownTest {
  readonly id: number
  readonly file: string | null
  /** Empty if a report with owners says that it has none; null if no report said. */
  readonly owner: string | null
}

interface SeenTest extends KnownTest {
  readonly seenAtMs: number
}

/** Where the tests are stored. */
export interface TestContext {
  readonly database: Database
  readonly insertRows: InsertRows
  readonly inTurn: InTurn
}

/** How old `seen_at` may be. A later date in every row for every run would cost as much as the test cases. */
export const SEEN_STEP_MS = 86_400_000
/** Number of tests in each half of the memory, and the longest key: 40,000 tests are about 12 MB. */
const MAX_TESTS = 20_000
const MAX_KEY_LENGTH = 500
const KEYS_AT_ONCE = 500
const ROWS_AT_ONCE = 1_000

/** The tests that this thread has seen lately. */
export class TestIds {
  // Tests move from the older half to the recent one when they are seen. What is left in the older one is dropped.
  #recent = new Map<string, SeenTest>()
  #older = new Map<string, SeenTest>()

  /**
   * Returns the tests of test cases of a project, in the same order.
   *
   * Do not call it in a turn.
   */
  async resolve(
    context: TestContext,
    project: string,
    cases: readonly ReportCase[],
    nowMs: number,
  ): Promise<readonly KnownTest[]> {
    const found: KnownTest[] = []
    const missing = new Map<string, MissingTest>()
    // A report without any owner says nothing about them.
    const statesOwners = cases.some(({ owner }) => owner !== undefined)
    for (const [at, { classname, name, file = null, owner: stated }] of cases.entries()) {
      const key = `${project}\0${classname}\0${name}`
      const owner = statesOwners ? (stated ?? '') : null
      const known = this.#get(key, nowMs)
      if (known !== undefined && (owner === null || known.owner === owner)) {
        found[at] = known
        continue
      }
      const test_key = testKey(project, classname, name)
      const again = missing.get(test_key)
      if (again !== undefined) again.positions.push(at)
      else {
        const row = { test_key, project, classname, name, file, seen_at: nowMs, owner }
        missing.set(test_key, { key, row, positions: [at] })
      }
    }
    if (missing.size === 0) return found
    const rows = await storedTests(
      context,
      Array.from(missing.values(), ({ row }) => row),
      nowMs,
    )
    for (const { test_key, ...test } of rows) {
      const wanted = missing.get(test_key)
      if (wanted === undefined) continue
      this.#set(wanted.key, test)
      for (const at of wanted.positions) found[at] = test
    }
    return found
  }

  #get(key: string, nowMs: number): SeenTest | undefined {
    let test = this.#recent.get(key)
    if (test === undefined) {
      test = this.#older.get(key)
      if (test !== undefined) this.#set(key, test)
    }
    return test !== undefined && isFresh(test.seenAtMs, nowMs) ? test : undefined
  }

  #set(key: string, test: SeenTest): void {
    if (key.length > MAX_KEY_LENGTH) return
    this.#recent.set(key, test)
    if (this.#recent.size < MAX_TESTS) return
    this.#older = this.#recent
    this.#recent = new Map()
  }
}

/** A test that is not in memory. */
interface MissingTest {
  /** Its key in memory. */
  readonly key: string
  /** Its row, if it has none yet. */
  readonly row: Insertable<TestTable>
  /** The positions of its test cases. */
  readonly positions: number[]
}

function isFresh(seenAtMs: number, nowMs: number): boolean {
  return nowMs - seenAtMs < SEEN_STEP_MS
}

interface StoredTest extends SeenTest {
  readonly test_key: string
}

// The tests that are stored already, after the others were inserted and the dates of old ones updated.
async function storedTests(
  { database, insertRows, inTurn }: TestContext,
  rows: readonly Insertable<TestTable>[],
  nowMs: number,
): Promise<StoredTest[]> {
  const known = await findTests(database, rows)
  const owners = new Map(rows.map(({ test_key, owner = null }) => [test_key, owner]))
  const isSame = ({ test_key, owner }: StoredTest) => (owners.get(test_key) ?? owner) === owner
  const fresh = new Set(
    known.filter((test) => isFresh(test.seenAtMs, nowMs) && isSame(test)).map(({ test_key }) => test_key),
  )
  const others = rows.filter(({ test_key }) => !fresh.has(test_key))
  if (others.length === 0) return known
  // In one order, so that two instances do not wait for each other (PostgreSQL).
  others.sort((left, right) => (left.test_key < right.test_key ? -1 : 1))
  for (let from = 0; from < others.length; from += ROWS_AT_ONCE) {
    const part = others.slice(from, from + ROWS_AT_ONCE)
    await inTurn(() =>
      database.transaction().execute(async (tx) => {
        await insertRows(tx, { table: 'tests', rows: part })
        await insertRows(tx, { table: 'test_words', rows: await wordRows(tx, part) })
      }),
    )
  }
  return [...known.filter(({ test_key }) => fresh.has(test_key)), ...(await findTests(database, others))]
}

// Also for the tests that had a row: an older version of this server that runs at the same time adds none.
async function wordRows(tx: Database, rows: readonly Insertable<TestTable>[]): Promise<TestWordTable[]> {
  const ids = new Map((await findTests(tx, rows)).map(({ test_key, id }) => [test_key, id]))
  return rows.flatMap(({ test_key, project, classname, name, file }) => {
    const test_id = ids.get(test_key)
    if (test_id === undefined) return []
    const name_words = indexWords(`${classname} ${name}`)
    return [{ test_id, project_word: projectWord(project), name_words, file_words: indexWords(file ?? '') }]
  })
}

async function findTests(database: Database, rows: readonly Insertable<TestTable>[]): Promise<StoredTest[]> {
  const found: StoredTest[] = []
  for (let from = 0; from < rows.length; from += KEYS_AT_ONCE) {
    const keys = rows.slice(from, from + KEYS_AT_ONCE).map(({ test_key }) => test_key)
    const part = await database
      .selectFrom('tests')
      .select(['id', 'test_key', 'file', 'owner', 'seen_at as seenAtMs'])
      .where('test_key', 'in', keys)
      .execute()
    found.push(...part)
  }
  return found
}
