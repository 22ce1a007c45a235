/**
 * What is inside a run: its suites and test cases.
 *
 * @module
 */
import type { CaseRow, CaseStatus, Database, SuiteRow } from '../database/schema.js'

/** A suite, with the UUID of its run. */
export interface FoundSuite extends SuiteRow {
  readonly run_id: string
}

/** The suites of a run, in the order of the report. */
export function listSuites(database: Database, runSeq: number): Promise<SuiteRow[]> {
  return database.selectFrom('suites').selectAll().where('run_seq', '=', runSeq).orderBy('position').execute()
}

/** One suite, by its UUID. */
export function findSuite(database: Database, id: string, visible?: string): Promise<FoundSuite | undefined> {
  return database
    .selectFrom('suites')
    .innerJoin('runs', 'runs.seq', 'suites.run_seq')
    .selectAll('suites')
    .select('runs.id as run_id')
    .where('suites.id', '=', id)
    .$if(visible !== undefined, (query) => query.where('runs.project', '=', visible ?? ''))
    .executeTakeFirst()
}

/** The test cases of a suite, in the order of the report. */
export function listSuiteCases(
  database: Database,
  suite: Pick<SuiteRow, 'run_seq' | 'position'>,
  status?: CaseStatus,
): Promise<CaseRow[]> {
  return database
    .selectFrom('cases')
    .selectAll()
    .where('run_seq', '=', suite.run_seq)
    .where('suite_position', '=', suite.position)
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? 'passed'))
    .orderBy('position')
    .execute()
}

/** One test case of a run, by its place in the report. */
export function findCase(database: Database, runSeq: number, position: number): Promise<CaseRow | undefined> {
  return database
    .selectFrom('cases')
    .selectAll()
    .where('run_seq', '=', runSeq)
    .where('position', '=', position)
    .executeTakeFirst()
}
