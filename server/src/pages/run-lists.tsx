/**
 * The long lists of one run, page by page: all of its test cases, all of its suites, and one test case in full.
 *
 * @module
 */
import type { z } from '@hono/zod-openapi'
import type { CaseRow, SuiteRow } from '../database/schema.js'
import type { ListedRun, Page as Rows } from '../queries/runs.js'
import { CaseArticle, CaseLine } from './case-parts.js'
import type { Page } from './layout.js'
import { type Query, runSuitesPath, runTestsPath } from './links.js'
import type { casesPageQuery } from './params.js'
import { Foreign, Nothing, Pager } from './parts.js'
import { RunHeading, StatusTabs, SuiteTable } from './run-parts.js'
import { numbers, Table, texts } from './table.js'

/** What was asked for. */
export type CasesQuery = z.output<typeof casesPageQuery>

/** What the page of test cases is made of. */
export interface CasesPageParts {
  readonly run: ListedRun
  readonly query: CasesQuery
  readonly cases: Rows<CaseRow>
  readonly perPage: number
  /** Those that the test cases belong to, by position. */
  readonly suites: ReadonlyMap<number, SuiteRow>
}

/** All test cases of a run, or those of one status or suite. */
export function casesPage({ run, query, cases, perPage, suites }: CasesPageParts): Page {
  const { status, suite, q } = query
  const asQuery: Query = { status: status === 'all' ? undefined : status, suite, q }
  const suiteName = suite === undefined ? undefined : suites.get(suite)?.name
  const body = (
    <>
      <RunHeading run={run} />
      <h2>
        Tests {suiteName !== undefined && <>of {<Foreign>{suiteName}</Foreign>}</>}
        {suite !== undefined && (
          <>
            {' '}
            <a class="count" href={runTestsPath(run.id, { ...asQuery, suite: undefined })}>
              all suites
            </a>
          </>
        )}
      </h2>
      <StatusTabs run={run} chosen={status} suite={suite} />
      <section class="panel" aria-label="Tests">
        <search>
          <form class="filters" method="get" action={runTestsPath(run.id)}>
            <label>
              Name or class name
              <input type="search" name="q" value={q} autocomplete="off" />
            </label>
            {status !== 'all' && <input type="hidden" name="status" value={status} />}
            {suite !== undefined && <input type="hidden" name="suite" value={suite} />}
            <span class="actions">
              <button type="submit">Search</button>
              {q !== undefined && <a href={runTestsPath(run.id, { ...asQuery, q: undefined })}>Clear</a>}
            </span>
          </form>
        </search>
        {cases.items.length === 0 ? (
          <Nothing>No test matches.</Nothing>
        ) : (
          <CaseTable run={run} cases={cases} suites={suites} />
        )}
        <Pager
          page={query.page}
          perPage={perPage}
          total={cases.totalCount}
          link={(more) => runTestsPath(run.id, { ...asQuery, ...more })}
        />
      </section>
    </>
  )
  return { title: `Tests of ${run.project}`, section: 'runs', body }
}

function CaseTable({ run, cases, suites }: Pick<CasesPageParts, 'run' | 'cases' | 'suites'>) {
  return (
    <Table
      columns={[...texts('Status', 'Test'), ...numbers('Duration'), ...texts(<span class="hidden">History</span>)]}
    >
      {cases.items.map((row) => (
        <CaseLine row={row} runId={run.id} suite={suites.get(row.suite_position)?.name} />
      ))}
    </Table>
  )
}

/** All suites of a run. */
export function suitesPage(parts: { run: ListedRun; suites: Rows<SuiteRow>; page: number; perPage: number }): Page {
  const { run, suites, page, perPage } = parts
  const body = (
    <>
      <RunHeading run={run} />
      <h2>Suites</h2>
      <SuiteTable run={run} suites={suites.items} />
      <Pager page={page} perPage={perPage} total={suites.totalCount} link={(more) => runSuitesPath(run.id, more)} />
    </>
  )
  return { title: `Suites of ${run.project}`, section: 'runs', body }
}

/** One test case of a run, in full. */
export function casePage({ run, row, suite }: { run: ListedRun; row: CaseRow; suite: SuiteRow | undefined }): Page {
  const suites = new Map(suite === undefined ? [] : [[suite.position, suite]])
  const body = (
    <>
      <RunHeading run={run} />
      <h2>One test of this run</h2>
      <div class="panel">
        <CaseArticle row={row} place={{ runId: run.id, suites, alone: true }} />
      </div>
    </>
  )
  return { title: row.name || 'A test', section: 'runs', body }
}
