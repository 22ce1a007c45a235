/**
 * One test's history: how it went, and how long it took, run after run.
 *
 * @module
 */
import type { HistoryEntry, TestIdentity } from '../queries/trends.js'
import { Chart, OutcomeStrip } from './charts.js'
import { countOf, formatCount, formatDuration, formatPercent, formatShortTime, shortCommit, shorten } from './format.js'
import type { Page } from './layout.js'
import { projectPath, runPath, runTestPath, testPath } from './links.js'
import { caseVerdict, Figure, Foreign, Nothing, Time, VerdictMark, WORDS } from './parts.js'
import { SpanForm } from './span-form.js'
import { numbers, Table, texts } from './table.js'

/** What the page is made of. */
export interface TestPageParts {
  readonly test: TestIdentity
  /** Latest first. */
  readonly history: readonly HistoryEntry[]
  readonly branches: readonly string[]
  readonly branch: string | undefined
  /** How many times were asked for. */
  readonly span: number
  readonly nowMs: number
}

const MESSAGE_LIMIT = 200

/** Makes the page. */
export function testPage({ test, history, branches, branch, span, nowMs }: TestPageParts): Page {
  const body = (
    <>
      <p class="trail">
        <a href="/projects">Projects</a> /{' '}
        <a href={projectPath(test.project)}>
          <Foreign>{test.project}</Foreign>
        </a>
        {test.classname !== '' && (
          <>
            {' '}
            / <Foreign>{test.classname}</Foreign>
          </>
        )}
      </p>
      <h1>
        <Foreign>{test.name || '(no name)'}</Foreign>
      </h1>
      <SpanForm action={testPath(test.test_key)} branches={branches} branch={branch} span={span} unit="times" />
      {history.length === 0 ? (
        <Nothing>This test has not run on this branch.</Nothing>
      ) : (
        <>
          <Summary history={history} />
          <Pictures history={[...history].reverse()} nowMs={nowMs} />
          <h2>
            Runs <span class="count">{formatCount(history.length)}</span>
          </h2>
          <HistoryTable history={history} nowMs={nowMs} />
        </>
      )}
    </>
  )
  return { title: test.name || 'A test', section: 'projects', body }
}

function Summary({ history }: { history: readonly HistoryEntry[] }) {
  const ran = history.filter(({ status }) => status !== 'skipped')
  const bad = ran.filter(({ status }) => status !== 'passed').length
  const flaky = ran.filter((entry) => caseVerdict(entry) === 'flaky').length
  const times = ran.map(({ time }) => time).sort((one, other) => one - other)
  const median = times[Math.floor(times.length / 2)] ?? 0
  return (
    <dl class="figures panel">
      <Figure name="Ran" value={formatCount(ran.length)} />
      <Figure
        name="Pass rate"
        value={ran.length === 0 ? '–' : formatPercent(((ran.length - bad) / ran.length) * 100)}
      />
      <Figure name="Failed" value={formatCount(bad)} tone={bad > 0 ? 'failed' : undefined} />
      <Figure name="Flaky" value={formatCount(flaky)} tone={flaky > 0 ? 'flaky' : undefined} />
      <Figure name="Skipped" value={formatCount(history.length - ran.length)} />
      <Figure name="Median" value={formatDuration(median)} />
      <Figure name="Longest" value={formatDuration(times.at(-1) ?? 0)} />
    </dl>
  )
}

/** @param history oldest first */
function Pictures({ history, nowMs }: { history: readonly HistoryEntry[]; nowMs: number }) {
  const points = history.map((entry) => {
    const tone = caseVerdict(entry)
    const text = `${WORDS[tone]}, ${formatDuration(entry.time)}, ${formatShortTime(entry.inserted_at, nowMs)}`
    return { value: entry.time, text, tone, href: runTestPath(entry.run_id, entry.position) }
  })
  const ends = [history[0], history.at(-1)].map((entry) => formatShortTime(entry?.inserted_at ?? 0, nowMs))
  const longest = history.reduce((most, { time }) => Math.max(most, time), 0)
  return (
    <div class="columns pictures">
      <figure class="chart panel">
        <figcaption>
          Outcomes <span>oldest to latest</span>
        </figcaption>
        <OutcomeStrip points={points} />
        <ul class="key" aria-hidden="true">
          {(['passed', 'failed', 'error', 'flaky', 'skipped'] as const).map((verdict) => (
            <li>
              <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class={`s-${verdict}`} width="10" height="10" rx="2" />
              </svg>
              {WORDS[verdict]}
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
    <Table panel columns={[...texts('Outcome', 'Run'), ...numbers('Duration', 'Arrived')]}>
      {history.map((entry) => (
        <HistoryLine entry={entry} nowMs={nowMs} />
      ))}
    </Table>
  )
}

function HistoryLine({ entry, nowMs }: { entry: HistoryEntry; nowMs: number }) {
  return (
    <tr>
      <td>
        <a href={runTestPath(entry.run_id, entry.position)}>
          <VerdictMark verdict={caseVerdict(entry)} />
        </a>
      </td>
      <th scope="row" class="name">
        <a href={runPath(entry.run_id)}>
          <Foreign>{entry.branch ?? 'a run without a branch'}</Foreign>
        </a>
        {entry.commit_sha !== null && <span class="mono muted"> {shortCommit(entry.commit_sha)}</span>}
        {entry.message !== null && (
          <small>
            <Foreign>{shorten(entry.message, MESSAGE_LIMIT).text}</Foreign>
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
