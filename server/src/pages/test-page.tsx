/**
 * The page of one test: its results and durations, run after run.
 *
 * @module
 */
import type { HistoryEntry, TestIdentity } from '../queries/trends.js'
import { Chart, StatusStrip } from './charts.js'
import {
  caseStatus,
  EmptyState,
  numberColumns,
  RangeForm,
  ReportText,
  STATUS_LABELS,
  Statistic,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { countOf, formatCount, formatDuration, formatPercent, formatShortTime, shortCommit, shorten } from './format.js'
import type { HtmlPage } from './layout.js'
import { projectPath, runPath, runTestPath, testPath } from './links.js'
import { SourceLink } from './run-parts.js'

/** Contents of the page. */
export interface TestPageParts {
  readonly test: TestIdentity
  /** Latest first. */
  readonly history: readonly HistoryEntry[]
  /** Undefined before the test has run. */
  readonly place: TestPlace | undefined
  readonly branches: readonly string[]
  readonly branch: string | undefined
  /** The chosen number of runs. */
  readonly runs: number
  readonly nowMs: number
}

/** Where a test is, and whose it is. */
export interface TestPlace {
  readonly file: string | null
  /** One or more, separated by spaces. */
  readonly owner: string | null
  /** Address of its line. */
  readonly source: string | undefined
}

const MESSAGE_LIMIT = 200

/** The page of a test. */
export function testPage({ test, history, place, branches, branch, runs, nowMs }: TestPageParts): HtmlPage {
  const body = (
    <>
      <p class="trail">
        <a href="/projects">Projects</a> /{' '}
        <a href={projectPath(test.project)}>
          <ReportText>{test.project}</ReportText>
        </a>
        {test.classname !== '' && (
          <>
            {' '}
            / <ReportText>{test.classname}</ReportText>
          </>
        )}
      </p>
      <h1>
        <ReportText>{test.name || '(no name)'}</ReportText>
      </h1>
      {place !== undefined && <Place place={place} />}
      <RangeForm action={testPath(test.test_key)} branches={branches} branch={branch} runs={runs} />
      {history.length === 0 ? (
        <EmptyState>This test has not run on this branch.</EmptyState>
      ) : (
        <>
          <HistoryStatistics history={history} />
          <HistoryCharts history={[...history].reverse()} nowMs={nowMs} />
          <h2>
            Runs <span class="count">{formatCount(history.length)}</span>
          </h2>
          <HistoryTable history={history} nowMs={nowMs} />
        </>
      )}
    </>
  )
  return { title: test.name || 'Test', section: 'projects', project: test.project, body }
}

function Place({ place: { file, owner, source } }: { place: TestPlace }) {
  if (file === null && owner === null) return null
  return (
    <p class="trail">
      <ReportText>{file ?? ''}</ReportText>
      <SourceLink address={source} />
      {owner !== null && (
        <>
          {file !== null && ' · '}
          owned by <ReportText>{owner}</ReportText>
        </>
      )}
    </p>
  )
}

function HistoryStatistics({ history }: { history: readonly HistoryEntry[] }) {
  const ran = history.filter(({ status }) => status !== 'skipped')
  const failures = ran.filter(({ status }) => status === 'failed').length
  const errors = ran.filter(({ status }) => status === 'error').length
  const flaky = ran.filter((entry) => caseStatus(entry) === 'flaky').length
  const durations = ran.map(({ time }) => time).sort((left, right) => left - right)
  const median = durations[Math.floor(durations.length / 2)] ?? 0
  return (
    <dl class="statistics panel">
      <Statistic name="Runs" value={formatCount(ran.length)} />
      <Statistic
        name="Pass rate"
        value={ran.length === 0 ? '–' : formatPercent(((ran.length - failures - errors) / ran.length) * 100)}
      />
      <Statistic name="Failures" value={formatCount(failures)} status={failures > 0 ? 'failed' : undefined} />
      <Statistic name="Errors" value={formatCount(errors)} status={errors > 0 ? 'error' : undefined} />
      <Statistic name="Flaky" value={formatCount(flaky)} status={flaky > 0 ? 'flaky' : undefined} />
      <Statistic name="Skipped" value={formatCount(history.length - ran.length)} />
      <Statistic name="Median duration" value={formatDuration(median)} />
      <Statistic name="Longest" value={formatDuration(durations.at(-1) ?? 0)} />
    </dl>
  )
}

/** @param history oldest first */
function HistoryCharts({ history, nowMs }: { history: readonly HistoryEntry[]; nowMs: number }) {
  const points = history.map((entry) => {
    const status = caseStatus(entry)
    const text = `${STATUS_LABELS[status]}, ${formatDuration(entry.time)}, ${formatShortTime(entry.inserted_at, nowMs)}`
    return { value: entry.time, text, status, href: runTestPath(entry.run_id, entry.position) }
  })
  const ends = [history[0], history.at(-1)].map((entry) => formatShortTime(entry?.inserted_at ?? 0, nowMs))
  const longest = history.reduce((high, { time }) => Math.max(high, time), 0)
  return (
    <div class="columns">
      <figure class="chart panel">
        <figcaption>
          Results <span>oldest to latest</span>
        </figcaption>
        <StatusStrip points={points} />
        <ul class="legend" aria-hidden="true">
          {(['passed', 'failed', 'error', 'flaky', 'skipped'] as const).map((status) => (
            <li>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class={`s-${status}`} width="10" height="10" rx="2" />
              </svg>
              {STATUS_LABELS[status]}
            </li>
          ))}
        </ul>
      </figure>
      <Chart
        title="Duration"
        kind="columns"
        points={points}
        summary={`up to ${formatDuration(longest)} in ${countOf(history.length, 'run')}`}
        aside={`latest ${formatDuration(history.at(-1)?.time ?? 0)}`}
        ends={[ends[0] ?? '', ends[1] ?? '']}
        label={formatDuration}
      />
    </div>
  )
}

function HistoryTable({ history, nowMs }: { history: readonly HistoryEntry[]; nowMs: number }) {
  return (
    <Table panel columns={[...textColumns('Status', 'Run'), ...numberColumns('Duration', 'Received')]}>
      {history.map((entry) => (
        <HistoryTableRow entry={entry} nowMs={nowMs} />
      ))}
    </Table>
  )
}

function HistoryTableRow({ entry, nowMs }: { entry: HistoryEntry; nowMs: number }) {
  return (
    <tr>
      <td>
        <a href={runTestPath(entry.run_id, entry.position)}>
          <StatusMark status={caseStatus(entry)} />
        </a>
      </td>
      <th scope="row" class="name">
        <a href={runPath(entry.run_id)}>
          <ReportText>{entry.branch ?? '(no branch)'}</ReportText>
        </a>
        {entry.commit_sha !== null && <span class="mono muted"> {shortCommit(entry.commit_sha)}</span>}
        {entry.message !== null && (
          <small>
            <ReportText>{shorten(entry.message, MESSAGE_LIMIT).text}</ReportText>
          </small>
        )}
      </th>
      <td class="number">{formatDuration(entry.time)}</td>
      <td class="time number">
        <Time ms={entry.inserted_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}
