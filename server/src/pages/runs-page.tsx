/**
 * The list of runs, with its filters.
 *
 * @module
 */
import type { ListedRun, Page as Rows } from '../queries/runs.js'
import { OutcomeBar } from './charts.js'
import { countOf, formatCount, formatDuration, formatPercent, shortCommit } from './format.js'
import type { Page } from './layout.js'
import { projectPath, runPath, runsPath } from './links.js'
import { Foreign, Nothing, Pager, runVerdict, SignatureMark, Time, VerdictMark } from './parts.js'
import { asQuery, RunFilters, type RunsQuery } from './run-filters.js'
import { Welcome } from './welcome.js'

/** What the page is made of. */
export interface RunsPageParts {
  readonly query: RunsQuery
  readonly runs: Rows<ListedRun>
  readonly perPage: number
  readonly projects: readonly string[]
  /** Of the project that is looked at. */
  readonly branches: readonly string[]
  /** Where this server is reached, for somebody who has yet to submit. */
  readonly serverUrl: string
  readonly nowMs: number
}

/** Makes the page. */
export function runsPage(parts: RunsPageParts): Page {
  const { query, runs, projects } = parts
  if (projects.length === 0) {
    return { title: 'Welcome', section: 'runs', body: <Welcome serverUrl={parts.serverUrl} /> }
  }
  const title = query.project === undefined ? 'Runs' : `Runs of ${query.project}`
  const body = (
    <>
      <div class="heading">
        <h1>{query.project === undefined ? 'Runs' : <Foreign>{query.project}</Foreign>}</h1>
        <span class="muted">{countOf(runs.totalCount, 'run')}</span>
        {query.project !== undefined && <a href={projectPath(query.project, { branch: query.branch })}>Trends</a>}
      </div>
      <section class="panel" aria-label="Runs">
        <RunFilters query={query} projects={projects} branches={parts.branches} />
        {runs.items.length === 0 ? <NoneFound /> : <RunTable {...parts} />}
        <Pager
          page={query.page ?? 1}
          perPage={parts.perPage}
          total={runs.totalCount}
          link={(more) => runsPath({ ...asQuery(query), ...more })}
        />
      </section>
    </>
  )
  return { title, section: 'runs', body }
}

function NoneFound() {
  return (
    <Nothing>
      No run matches these filters. <a href="/">Show all runs</a>
    </Nothing>
  )
}

function RunTable({ query, runs, nowMs }: RunsPageParts) {
  return (
    <div class="scroll">
      <table>
        <caption class="hidden">Runs</caption>
        <thead>
          <tr>
            <th scope="col">Status</th>
            <th scope="col">Project and branch</th>
            <Sortable query={query} column="total_tests" name="Tests" />
            <Sortable query={query} column="failures" name="Failures" />
            <Sortable query={query} column="success_rate" name="Pass rate" />
            <th scope="col" class="number">
              Duration
            </th>
            <th scope="col">Signature</th>
            <Sortable query={query} column="inserted_at" name="Arrived" />
          </tr>
        </thead>
        <tbody>
          {runs.items.map((run) => (
            <RunLine run={run} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RunLine({ run, nowMs }: { run: ListedRun; nowMs: number }) {
  const passed = run.tests - run.failures - run.errors - run.skipped
  return (
    <tr>
      <td>
        <VerdictMark verdict={runVerdict(run)} />
      </td>
      <th scope="row" class="name">
        <a href={runPath(run.id)}>
          <Foreign>{run.project}</Foreign>
        </a>
        <small>
          {run.branch !== null && <Foreign>{run.branch}</Foreign>}
          {run.commit_sha !== null && <span class="mono"> {shortCommit(run.commit_sha)} </span>}
          {run.tags.map((tag) => (
            <>
              {' '}
              <a class="tag" href={runsPath({ tags: tag })}>
                {tag}
              </a>
            </>
          ))}
        </small>
      </th>
      <td class="number">
        {formatCount(run.tests)}
        <OutcomeBar
          parts={[
            ['failed', run.failures],
            ['error', run.errors],
            ['passed', passed],
            ['skipped', run.skipped],
          ]}
        />
      </td>
      <td class="number">
        {formatCount(run.failures + run.errors)}
        {run.flaky > 0 && <span class="below">{formatCount(run.flaky)} flaky</span>}
      </td>
      <td class="number">{run.tests === 0 ? '–' : formatPercent(run.success_rate)}</td>
      <td class="number">{formatDuration(run.total_time)}</td>
      <td>
        <SignatureMark state={run.signature} />
      </td>
      <td class="time number">
        <Time ms={run.inserted_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}

type Column = RunsQuery['sort_by']

function Sortable({ query, column, name }: { query: RunsQuery; column: Column; name: string }) {
  const active = query.sort_by === column
  const next = active && query.sort_order === 'desc' ? 'asc' : 'desc'
  const sort = active ? (query.sort_order === 'desc' ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" class="number" aria-sort={sort}>
      <a href={runsPath({ ...asQuery(query), page: undefined, sort_by: column, sort_order: next })}>
        {name}
        {active && <span aria-hidden="true">{query.sort_order === 'desc' ? ' ↓' : ' ↑'}</span>}
      </a>
    </th>
  )
}
