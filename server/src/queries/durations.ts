/**
 * The tests whose durations differ most between two runs.
 *
 * @module
 */
import { sql } from 'kysely'
import type { Database, RunRow } from '../database/schema.js'

/** The durations of a test that passed in both runs. */
export interface DurationChange {
  readonly test_key: string
  readonly name: string
  readonly classname: string
  /** Seconds. */
  readonly before: number
  readonly after: number
}

/** Durations of runs with more test cases are not compared: the query would block other requests for too long. */
export const MAX_COMPARED_DURATIONS = 50_000

/** Returns the tests with the largest difference, in both directions. A test that is in a run several times is left out. */
export function durationChanges(
  database: Database,
  base: Pick<RunRow, 'seq'>,
  head: Pick<RunRow, 'seq'>,
  limit: number,
): Promise<DurationChange[]> {
  const timesOf = (seq: number) =>
    database
      .selectFrom('cases')
      .select(['test_id', sql<number>`max(time)`.as('seconds')])
      .where('run_seq', '=', seq)
      .where('status', '=', 'passed')
      .groupBy('test_id')
      .having(sql<number>`count(*)`, '=', 1)
  return database
    .selectFrom(timesOf(base.seq).as('base'))
    .innerJoin(timesOf(head.seq).as('head'), 'head.test_id', 'base.test_id')
    .innerJoin('tests', 'tests.id', 'base.test_id')
    .select(['tests.test_key', 'tests.name', 'tests.classname', 'base.seconds as before', 'head.seconds as after'])
    .whereRef('base.seconds', '<>', 'head.seconds')
    .orderBy(sql`abs(head.seconds - base.seconds)`, 'desc')
    .orderBy('tests.test_key')
    .limit(limit)
    .execute()
}
