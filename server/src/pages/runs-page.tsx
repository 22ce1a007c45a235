/**
 * The page of the list of runs, with its filters.
 *
 * @module
 */
import type { Paginated, TaggedRun } from '../queries/runs.js'
import { StatusBar } from './charts.js'
import { EmptyState, Pager, ReportText, runStatus, SignatureMark, StatusMark, Time } from './components.js'
import { countOf, formatCount, formatDuration, formatPercent, isoDay, shortCommit } from './format.js'
import type { HtmlPage } from './layout.js'
import { projectPath, type Query, runPath, runsPath } from './links.js'
import type { RunsPageQuery } from './params.js'
import { Welcome } from './welcome.js'

/** Contents of the page. */
export interface RunsPageParts {
  readonly query: RunsPageQuery
  readonly runs: Paginated<TaggedRun>
  readonly perPage: number
  readonly projects: readonly string[]
  /** Of the chosen project. */
  readonly branches: readonly string[]
  /** For the first steps. */
  readonly serverUrl: string
  readonly nowMs: number
}

const STATUSES = [
  ['passed', 'Passed'],
  ['failed', 'With failures'],
  ['error', 'With errors'],
] as const
const SIGNATURES = [
  ['trusted', 'Trusted'],
  ['untrusted', 'Untrusted'],
  ['unsigned', 'Unsigned'],
] as const

/** The page of the list of runs. */
export function runsPage(parts: RunsPageParts): HtmlPage {
  const { query, runs, projects } = parts
  if (projects.length === 0) {
    return { title: 'Welcome', section: 'runs', body: <Welcome serverUrl={parts.serverUrl} /> }
  }
  const title = query.project === undefined ? 'Runs' : `Runs of ${query.project}`
  const body = (
    <>
      <div class="heading">
        <h1>{query.project === undefined ? 'Runs' : <ReportText>{query.project}</ReportText>}</h1>
        <span class="muted">{countOf(runs.totalCount, 'run')}</span>
        {query.project !== undefined && <a href={projectPath(query.project, { branch: query.branch })}>Trends</a>}
      </div>
      <section class="panel" aria-label="Runs">
        <RunFilters query={query} projects={projects} branches={parts.branches} />
        {runs.items.length === 0 ? <NoMatch /> : <RunTable {...parts} />}
        <Pager
          page={query.page ?? 1}
          perPage={parts.perPage}
          total={runs.totalCount}
          link={(more) => runsPath({ ...linkQuery(query), ...more })}
        />
      </section>
    </>
  )
  return { title, section: 'runs', body }
}

function NoMatch() {
  return (
    <EmptyState>
      No runs match these filters. <a href="/">Show all runs</a>
    </EmptyState>
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
            <SortableHeader query={query} column="total_tests" name="Tests" />
            <SortableHeader query={query} column="failures" name="Failures" />
            <SortableHeader query={query} column="success_rate" name="Pass rate" />
            <th scope="col" class="number">
              Duration
            </th>
            <th scope="col">Signature</th>
            <SortableHeader query={query} column="inserted_at" name="Received" />
          </tr>
        </thead>
        <tbody>
          {runs.items.map((run) => (
            <RunTableRow run={run} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RunTableRow({ run, nowMs }: { run: TaggedRun; nowMs: number }) {
  const passed = run.tests - run.failures - run.errors - run.skipped
  return (
    <tr>
      <td>
        <StatusMark status={runStatus(run)} />
      </td>
      <th scope="row" class="name">
        <a href={runPath(run.id)}>
          <ReportText>{run.project}</ReportText>
        </a>
        <small>
          {run.branch !== null && <ReportText>{run.branch}</ReportText>}
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
        <StatusBar
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
        {run.flaky > 0 && <span class="subline">{formatCount(run.flaky)} flaky</span>}
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

function SortableHeader(props: { query: RunsPageQuery; column: RunsPageQuery['sort_by']; name: string }) {
  const { query, column, name } = props
  const isActive = query.sort_by === column
  const next = isActive && query.sort_order === 'desc' ? 'asc' : 'desc'
  const sort = isActive ? (query.sort_order === 'desc' ? 'descending' : 'ascending') : undefined
  return (
    <th scope="col" class="number" aria-sort={sort}>
      <a href={runsPath({ ...linkQuery(query), page: undefined, sort_by: column, sort_order: next })}>
        {name}
        {isActive && <span aria-hidden="true">{query.sort_order === 'desc' ? ' ↓' : ' ↑'}</span>}
      </a>
    </th>
  )
}

// The parameters that differ from the defaults, for a link.
function linkQuery(query: RunsPageQuery): Query {
  const { date_from, date_to, status, sort_by, sort_order, page: _, limit, ...rest } = query
  const parameters: Query = {
    ...rest,
    status: status === 'all' ? undefined : status,
    date_from: date_from === undefined ? undefined : new Date(date_from).toISOString(),
    date_to: date_to === undefined ? undefined : new Date(date_to).toISOString(),
    sort_by: sort_by === 'inserted_at' ? undefined : sort_by,
    sort_order: sort_order === 'desc' ? undefined : sort_order,
    per_page: rest.per_page ?? limit,
  }
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined))
}

function RunFilters({ query, projects, branches }: Pick<RunsPageParts, 'query' | 'projects' | 'branches'>) {
  return (
    <search>
      <form class="filters" method="get" action="/" aria-label="Filter runs">
        <label>
          Project
          <select name="project">
            <Options chosen={query.project} all="All projects" values={projects.map((name) => [name, name])} />
          </select>
        </label>
        <label>
          Branch
          <input name="branch" value={query.branch} list="branches" autocomplete="off" placeholder="any" />
          <datalist id="branches">
            {branches.map((branch) => (
              <option value={branch} />
            ))}
          </datalist>
        </label>
        <label>
          Status
          <select name="status">
            <Options chosen={query.status} all="Any" values={STATUSES} />
          </select>
        </label>
        <label>
          Signature
          <select name="signature">
            <Options chosen={query.signature} all="Any" values={SIGNATURES} />
          </select>
        </label>
        <label>
          Tags
          <input name="tags" value={query.tags} placeholder="nightly, web" autocomplete="off" />
        </label>
        <label>
          From (UTC)
          <input
            type="date"
            name="date_from"
            value={query.date_from === undefined ? undefined : isoDay(query.date_from)}
          />
        </label>
        <label>
          To (UTC)
          <input type="date" name="date_to" value={query.date_to === undefined ? undefined : isoDay(query.date_to)} />
        </label>
        {query.sort_by !== 'inserted_at' && <input type="hidden" name="sort_by" value={query.sort_by} />}
        {query.sort_order !== 'desc' && <input type="hidden" name="sort_order" value={query.sort_order} />}
        <span class="actions">
          <button type="submit">Filter</button>
          {Object.keys(linkQuery(query)).length > 0 && <a href="/">Clear</a>}
        </span>
      </form>
    </search>
  )
}

function Options(props: { chosen: string | undefined; all: string; values: readonly (readonly [string, string])[] }) {
  const isKnown = props.values.some(([value]) => value === props.chosen) || !props.chosen || props.chosen === 'all'
  return (
    <>
      <option value="">{props.all}</option>
      {!isKnown && (
        <option value={props.chosen} selected>
          {props.chosen}
        </option>
      )}
      {props.values.map(([value, label]) => (
        <option value={value} selected={value === props.chosen}>
          {label}
        </option>
      ))}
    </>
  )
}
