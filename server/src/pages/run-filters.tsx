/**
 * The filters of the list of runs: a form, and the same as parameters of a link.
 *
 * @module
 */
import type { z } from '@hono/zod-openapi'
import { isoDay } from './format.js'
import type { Query } from './links.js'
import type { runsPageQuery } from './params.js'

/** What was asked for. */
export type RunsQuery = z.output<typeof runsPageQuery>

/** What differs from the defaults, as parameters of a link. */
export function asQuery(query: RunsQuery): Query {
  const { date_from, date_to, status, sort_by, sort_order, page: _, limit, ...same } = query
  const given: Query = {
    ...same,
    status: status === 'all' ? undefined : status,
    date_from: date_from === undefined ? undefined : new Date(date_from).toISOString(),
    date_to: date_to === undefined ? undefined : new Date(date_to).toISOString(),
    sort_by: sort_by === 'inserted_at' ? undefined : sort_by,
    sort_order: sort_order === 'desc' ? undefined : sort_order,
    per_page: same.per_page ?? limit,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** The form. */
export function RunFilters(parts: { query: RunsQuery; projects: readonly string[]; branches: readonly string[] }) {
  const { query, projects, branches } = parts
  return (
    <search>
      <form class="filters" method="get" action="/" aria-label="Filter the runs">
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
          From
          <input
            type="date"
            name="date_from"
            value={query.date_from === undefined ? undefined : isoDay(query.date_from)}
          />
        </label>
        <label>
          To
          <input type="date" name="date_to" value={query.date_to === undefined ? undefined : isoDay(query.date_to)} />
        </label>
        {query.sort_by !== 'inserted_at' && <input type="hidden" name="sort_by" value={query.sort_by} />}
        {query.sort_order !== 'desc' && <input type="hidden" name="sort_order" value={query.sort_order} />}
        <span class="actions">
          <button type="submit">Filter</button>
          {Object.keys(asQuery(query)).length > 0 && <a href="/">Clear</a>}
        </span>
      </form>
    </search>
  )
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

function Options(props: { chosen: string | undefined; all: string; values: readonly (readonly [string, string])[] }) {
  const known = props.values.some(([value]) => value === props.chosen) || !props.chosen || props.chosen === 'all'
  return (
    <>
      <option value="">{props.all}</option>
      {!known && (
        <option value={props.chosen} selected>
          {props.chosen}
        </option>
      )}
      {props.values.map(([value, word]) => (
        <option value={value} selected={value === props.chosen}>
          {word}
        </option>
      ))}
    </>
  )
}
