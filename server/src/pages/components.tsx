/**
 * The components that several pages use: marks, texts from reports, links, tables, paging, and the form for a range of runs.
 *
 * @module
 */
import type { Child } from 'hono/jsx'
import type { CaseStatus, RunRow, SignatureState } from '../database/schema.js'
import { formatCount, formatShortTime, formatTime } from './format.js'
import { projectPath, type Query, webAddress } from './links.js'
import { RUN_COUNTS } from './params.js'

/** Above the heading of a page of a project: where it is. */
export function ProjectTrail({ project }: { project: string }) {
  return (
    <p class="trail">
      <a href="/projects">Projects</a> /{' '}
      <a href={projectPath(project)}>
        <ReportText>{project}</ReportText>
      </a>
    </p>
  )
}

/** Status of a run on a page. */
export type RunStatus = 'passed' | 'failed' | 'error' | 'interrupted' | 'empty'

/** Status of a test case on a page. */
export type ShownCaseStatus = CaseStatus | 'flaky'

/** A status that has a label, an icon and a color. */
export type ShownStatus = RunStatus | ShownCaseStatus

/** Label of each status. */
export const STATUS_LABELS: Readonly<Record<ShownStatus, string>> = {
  passed: 'Passed',
  failed: 'Failed',
  error: 'Error',
  skipped: 'Skipped',
  flaky: 'Flaky',
  interrupted: 'Interrupted',
  empty: 'No tests',
}
const SIGNATURE_LABELS: Readonly<Record<SignatureState, string>> = {
  trusted: 'Trusted',
  untrusted: 'Untrusted',
  unsigned: 'Unsigned',
}
/** Outlines, 16 by 16. */
const ICONS = {
  passed: 'M3.5 8.5l3 3 6-7',
  failed: 'M4 4l8 8M12 4l-8 8',
  error: 'M8 3.5v5.5M8 12v.6',
  skipped: 'M3.5 8h9',
  flaky: 'M2.5 9.5c1.4-5 3-5 5.5-1.5s4.1 3.5 5.5-1.5',
  interrupted: 'M4 4h8v8H4z',
  empty: 'M8 8m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0',
  trusted: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.7 8l1.7 1.700L10.5 6.5',
  untrusted: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM8 5.500v3M8 10.600v.4',
  unsigned: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
} as const

/** The status of a run. A run whose report says that it was interrupted has not passed, even if all of its test cases have. */
export function runStatus(run: Pick<RunRow, 'failures' | 'errors' | 'tests' | 'outcome'>): RunStatus {
  if (run.failures > 0) return 'failed'
  if (run.errors > 0) return 'error'
  if (run.outcome === 'interrupted' || run.outcome === 'failed' || run.outcome === 'error') return run.outcome
  return run.tests === 0 || run.outcome === 'no-tests' ? 'empty' : 'passed'
}

/** The status of a test case. */
export function caseStatus({ status, flaky }: { status: CaseStatus; flaky: number }): ShownCaseStatus {
  return status === 'passed' && flaky === 1 ? 'flaky' : status
}

/** A status: label, icon and color. */
export function StatusMark({ status }: { status: ShownStatus }) {
  return (
    <span class={`mark ${status}`}>
      <Icon name={status} />
      {STATUS_LABELS[status]}
    </span>
  )
}

/** The state of a signature: label, icon and color. */
export function SignatureMark({ state }: { state: SignatureState }) {
  return (
    <span class={`mark ${state}`}>
      <Icon name={state} />
      {SIGNATURE_LABELS[state]}
    </span>
  )
}

/** A time. With `nowMs` it is short, and the full time is in the tooltip. */
export function Time({ ms, nowMs }: { ms: number; nowMs?: number }) {
  const iso = new Date(ms).toISOString()
  return (
    <time datetime={iso} title={formatTime(ms)}>
      {nowMs === undefined ? formatTime(ms) : formatShortTime(ms, nowMs)}
    </time>
  )
}

/** One number with its name. */
export function Statistic({ name, value, status }: { name: string; value: Child; status?: ShownStatus | undefined }) {
  return (
    <div class={status === undefined ? 'statistic' : `statistic ${status}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** Text from a report. `bdi` keeps its direction from changing the text around it. */
export function ReportText({ children }: { children: string }) {
  return <bdi>{children}</bdi>
}

/** A link to an address from a report if it is a web address, else only the text. */
export function ExternalLink({ address, text = address }: { address: string; text?: string }) {
  const href = webAddress(address)
  if (href === undefined) return <ReportText>{text}</ReportText>
  return (
    <a href={href} rel="noopener noreferrer nofollow">
      <ReportText>{text}</ReportText>
    </a>
  )
}

/** Preformatted text. */
export function CodeBlock({ text }: { text: string }) {
  return (
    <pre class="block">
      <ReportText>{text}</ReportText>
    </pre>
  )
}

/** The text in place of an empty list. */
export function EmptyState({ children }: { children: Child }) {
  return <p class="empty-state">{children}</p>
}

/** A column of a table. */
export interface Column {
  readonly name: Child
  /** Whether it has numbers, which are aligned at the right. */
  readonly isNumber?: boolean
  /** Whether the rows are sorted by it, largest first. */
  readonly isSorted?: boolean
}

/** Columns of text. */
export function textColumns(...names: readonly Child[]): Column[] {
  return names.map((name) => ({ name }))
}

/** Columns of numbers. */
export function numberColumns(...names: readonly string[]): Column[] {
  return names.map((name) => ({ name, isNumber: true }))
}

/** A table, which scrolls inside its frame when it is too wide. */
export function Table(props: { columns: readonly Column[]; panel?: boolean; children: Child }) {
  return (
    <div class={props.panel === true ? 'panel scroll' : 'scroll'}>
      <table>
        <thead>
          <tr>
            {props.columns.map(({ name, isNumber, isSorted }) => (
              <th
                scope="col"
                class={isNumber === true ? 'number' : undefined}
                aria-sort={isSorted === true ? 'descending' : undefined}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  )
}

/** The position of a page in its list, and links to the previous and next page. */
export function Pager(props: { page: number; perPage: number; total: number; link: (query: Query) => string }) {
  const { page, perPage, total, link } = props
  const pages = Math.max(1, Math.ceil(total / perPage))
  const first = total === 0 ? 0 : (page - 1) * perPage + 1
  const linkTo = (target: number) => link({ page: target === 1 ? undefined : target })
  return (
    <nav class="pager" aria-label="Pages">
      <span>
        {formatCount(Math.min(first, total))}–{formatCount(Math.min(page * perPage, total))} of {formatCount(total)}
      </span>
      {page > 1 && (
        <a href={linkTo(Math.min(page - 1, pages))} rel="prev">
          Previous
        </a>
      )}
      {page < pages && (
        <a href={linkTo(page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  )
}

/** Chooses a branch and the number of runs that a page is about. */
export function RangeForm(props: {
  action: string
  branches: readonly string[]
  branch: string | undefined
  runs: number
  /** For a project that cannot be part of a path. */
  project?: string | undefined
}) {
  const { action, branches, branch, runs, project } = props
  return (
    <form class="filters panel" method="get" action={action}>
      {project !== undefined && <input type="hidden" name="project" value={project} />}
      <label>
        Branch
        <select name="branch">
          <option value="">All branches</option>
          {branch !== undefined && !branches.includes(branch) && (
            <option value={branch} selected>
              {branch}
            </option>
          )}
          {branches.map((name) => (
            <option value={name} selected={name === branch}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Show
        <select name="runs">
          {[...new Set([...RUN_COUNTS, runs])]
            .sort((left, right) => left - right)
            .map((count) => (
              <option value={count} selected={count === runs}>
                Latest {count} runs
              </option>
            ))}
        </select>
      </label>
      <span class="actions">
        <button type="submit">Apply</button>
      </span>
    </form>
  )
}

// The label next to an icon says the same, so assistive technology skips the icon.
function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} />
    </svg>
  )
}
