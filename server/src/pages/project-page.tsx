/**
 * A project: its trends as charts, its flakiest and its slowest tests.
 *
 * @module
 */
import type { TestSummary, TrendPoint } from '../queries/trends.js'
import { Chart, type ChartPoint } from './charts.js'
import { countOf, formatCount, formatDuration, formatPercent, formatShortTime } from './format.js'
import type { Page } from './layout.js'
import { projectPath, runPath, runsPath } from './links.js'
import { Foreign, Nothing } from './parts.js'
import { TestTable, TrendTable } from './project-tables.js'
import { SpanForm } from './span-form.js'

/** What the page is made of. */
export interface ProjectPageParts {
  readonly project: string
  readonly branch: string | undefined
  readonly branches: readonly string[]
  readonly span: number
  /** Oldest first. */
  readonly trend: readonly TrendPoint[]
  readonly flakiest: readonly TestSummary[]
  readonly slowest: readonly TestSummary[]
  /** How many of the latest runs the two lists are about. */
  readonly testSpan: number
  readonly nowMs: number
}

/** Makes the page. */
export function projectPage(parts: ProjectPageParts): Page {
  const { project, branch, branches, span, trend } = parts
  const action = projectPath(project).split('?')[0] ?? '/projects'
  const body = (
    <>
      <p class="trail">
        <a href="/projects">Projects</a> /
      </p>
      <div class="heading">
        <h1>
          <Foreign>{project}</Foreign>
        </h1>
        <a href={runsPath({ project, branch })}>All runs</a>
      </div>
      <SpanForm
        action={action}
        branches={branches}
        branch={branch}
        span={span}
        unit="runs"
        project={action === '/projects' ? project : undefined}
      />
      {trend.length === 0 ? <Nothing>There is no run on this branch.</Nothing> : <Trends {...parts} />}
    </>
  )
  return { title: project, section: 'projects', body }
}

function Trends({ trend, flakiest, slowest, testSpan, nowMs }: ProjectPageParts) {
  const latest = trend.at(-1)
  const first = trend[0]
  if (latest === undefined || first === undefined) return null
  const ends = [formatShortTime(first.inserted_at, nowMs), formatShortTime(latest.inserted_at, nowMs)] as const
  const points = (value: (run: TrendPoint) => number, word: (run: TrendPoint) => string): ChartPoint[] =>
    trend.map((run) => ({
      value: value(run),
      text: `${word(run)}, ${formatShortTime(run.inserted_at, nowMs)}`,
      href: runPath(run.id),
    }))
  const flaky = trend.reduce((sum, run) => sum + run.flaky, 0)
  const rates = trend.map(({ success_rate }) => success_rate)
  const times = trend.map(({ total_time }) => total_time)
  return (
    <>
      <h2>
        Trends <span class="count">{countOf(trend.length, 'run')}</span>
      </h2>
      <div class="columns">
        <Chart
          title="Pass rate"
          kind="line"
          axis={{ most: 100, fromZero: false }}
          points={points(
            ({ success_rate }) => success_rate,
            (run) => formatPercent(run.success_rate),
          )}
          summary={`between ${formatPercent(least(rates))} and ${formatPercent(most(rates))}`}
          aside={`latest ${formatPercent(latest.success_rate)}`}
          ends={ends}
          label={(value) => `${Math.round(value * 10) / 10} %`}
        />
        <Chart
          title="Duration"
          kind="line"
          points={points(
            ({ total_time }) => total_time,
            (run) => formatDuration(run.total_time),
          )}
          summary={`between ${formatDuration(least(times))} and ${formatDuration(most(times))}`}
          aside={`latest ${formatDuration(latest.total_time)}`}
          ends={ends}
          label={formatDuration}
        />
        <Chart
          title="Flaky tests"
          kind="columns"
          axis={{ whole: true, reach: 4 }}
          points={points(
            (run) => run.flaky,
            (run) => `${formatCount(run.flaky)} flaky`,
          ).map((point) => ({ ...point, tone: 'flaky' as const }))}
          summary={`${formatCount(flaky)} in all`}
          aside={`${formatCount(flaky)} in all`}
          ends={ends}
          label={formatCount}
        />
        <Chart
          title="Tests"
          kind="line"
          axis={{ whole: true }}
          points={points(
            (run) => run.tests,
            (run) => countOf(run.tests, 'test'),
          )}
          summary={`${countOf(latest.tests, 'test')} in the latest run`}
          aside={`latest ${formatCount(latest.tests)}`}
          ends={ends}
          label={formatCount}
        />
      </div>
      <details class="numbers">
        <summary>The numbers of these charts</summary>
        <TrendTable trend={[...trend].reverse()} nowMs={nowMs} />
      </details>
      <section aria-labelledby="flakiest">
        <h2 id="flakiest">
          Flakiest tests <span class="count">in the latest {countOf(testSpan, 'run')}</span>
        </h2>
        {flakiest.length === 0 ? (
          <Nothing>No test changed its mind in these runs.</Nothing>
        ) : (
          <TestTable tests={flakiest} sort="flips" />
        )}
      </section>
      <section aria-labelledby="slowest">
        <h2 id="slowest">
          Slowest tests <span class="count">in the latest {countOf(testSpan, 'run')}</span>
        </h2>
        {slowest.length === 0 ? <Nothing>No test ran.</Nothing> : <TestTable tests={slowest} sort="time" />}
      </section>
    </>
  )
}

function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), values[0] ?? 0)
}

function most(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), values[0] ?? 0)
}
