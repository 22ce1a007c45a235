/**
 * The page of all projects, and the page of one project: its trends, its flakiest and its slowest tests.
 *
 * @module
 */

import { shellWord } from 'jux-reporter/internal'
import { badgePath } from '../badges/routes.js'
import type { DecisionRow } from '../database/schema.js'
import type { QuarantineCounts } from '../quarantine/entries.js'
import type { RecentRun } from '../queries/runs.js'
import type { FlakyTest, TestSummary, TrendPoint } from '../queries/trends.js'
import { Chart, type ChartPoint, StatusStrip } from './charts.js'
import {
  CodeBlock,
  EmptyState,
  numberColumns,
  RangeForm,
  ReportText,
  runStatus,
  STATUS_LABELS,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { ProjectDecisions } from './decision-pages.js'
import { countOf, formatCount, formatDuration, formatPercent, formatShortTime } from './format.js'
import type { HtmlPage } from './layout.js'
import { projectPath, quarantinePath, runPath, runsPath, testPath } from './links.js'
import { ProjectQuarantine } from './quarantine-page.js'
import { SearchForm } from './search-page.js'
import { Welcome } from './welcome.js'

/** Contents of the page of all projects. */
export interface ProjectsPageParts {
  readonly projects: readonly { readonly project: string; readonly runs: number }[]
  /** Latest first. */
  readonly recentRuns: readonly RecentRun[]
  /** For the first steps. */
  readonly serverUrl: string
  readonly nowMs: number
}

/** Contents of the page of a project. */
export interface ProjectPageParts {
  readonly project: string
  readonly branch: string | undefined
  readonly branches: readonly string[]
  /** The chosen number of runs. */
  readonly runs: number
  /** Oldest first. */
  readonly trend: readonly TrendPoint[]
  readonly flakiest: readonly FlakyTest[]
  readonly slowest: readonly TestSummary[]
  /** Number of the latest runs that the two lists are about. */
  readonly comparedRuns: number
  readonly quarantine: QuarantineCounts
  /** The latest decision of each policy and branch. */
  readonly decisions: readonly DecisionRow[]
  /** For the badge. */
  readonly serverUrl: string
  /** Whether everybody may see the badge. */
  readonly isBadgePublic: boolean
  readonly nowMs: number
}

/** The page of all projects. */
export function projectsPage({ projects, recentRuns, serverUrl, nowMs }: ProjectsPageParts): HtmlPage {
  if (projects.length === 0) return { title: 'Welcome', section: 'projects', body: <Welcome serverUrl={serverUrl} /> }
  const columns = [
    ...textColumns('Project', 'Latest run', 'Recent runs'),
    ...numberColumns('Pass rate', 'Duration', 'Runs', 'Received'),
  ]
  const body = (
    <>
      <h1>Projects</h1>
      <Table panel columns={columns}>
        {projects.map(({ project, runs }) => (
          <ProjectTableRow
            project={project}
            runs={runs}
            recentRuns={recentRuns.filter((run) => run.project === project)}
            nowMs={nowMs}
          />
        ))}
      </Table>
    </>
  )
  return { title: 'Projects', section: 'projects', body }
}

/** The page of a project. */
export function projectPage(parts: ProjectPageParts): HtmlPage {
  const { project, branch, branches, runs, trend, quarantine } = parts
  const action = projectPath(project).split('?')[0] ?? '/projects'
  const body = (
    <>
      <p class="trail">
        <a href="/projects">Projects</a>
      </p>
      <div class="heading">
        <h1>
          <ReportText>{project}</ReportText>
        </h1>
        <a href={runsPath({ project, branch })}>All runs</a>
        <a href={quarantinePath(project)}>Quarantine ({formatCount(quarantine.active + quarantine.expired)})</a>
      </div>
      <ProjectQuarantine project={project} counts={quarantine} />
      <SearchForm project={project} />
      <RangeForm
        action={action}
        branches={branches}
        branch={branch}
        runs={runs}
        project={action === '/projects' ? project : undefined}
      />
      {trend.length === 0 ? <EmptyState>There are no runs on this branch.</EmptyState> : <Trends {...parts} />}
      <ProjectDecisions decisions={parts.decisions} nowMs={parts.nowMs} />
      <Badge {...parts} />
    </>
  )
  return { title: project, section: 'projects', project, body }
}

function Badge({ project, branch, serverUrl, isBadgePublic }: ProjectPageParts) {
  const path = badgePath(project, branch)
  const markdown = `[![tests](${escapeLink(serverUrl + path)})](${escapeLink(serverUrl + projectPath(project, { branch }))})`
  return (
    <section aria-labelledby="badge">
      <h2 id="badge">Badge</h2>
      <p>
        <a href={path}>
          <img src={path} alt="Badge of the latest run" height="20" />
        </a>
      </p>
      <CodeBlock text={markdown} />
      {!isBadgePublic && (
        <p class="muted">
          Only those who may read here see it. To show it to everybody:{' '}
          <code>npx jux-server badges allow {shellWord(project)}</code>
        </p>
      )}
      <p class="muted">
        To be told about its runs:{' '}
        <code>npx jux-server notify add --project {shellWord(project)} --kind slack --url-env SLACK_URL</code>
      </p>
    </section>
  )
}

// A parenthesis would end the address of a Markdown link.
function escapeLink(address: string): string {
  return address.replaceAll('(', '%28').replaceAll(')', '%29')
}

function ProjectTableRow(props: { project: string; runs: number; recentRuns: readonly RecentRun[]; nowMs: number }) {
  const { project, runs, recentRuns, nowMs } = props
  const latest = recentRuns[0]
  if (latest === undefined) return <ProjectWithoutRuns project={project} />
  const points = [...recentRuns].reverse().map((run) => {
    const status = runStatus(run)
    const text = `${STATUS_LABELS[status]}, ${formatShortTime(run.inserted_at, nowMs)}`
    return { value: 0, status, href: runPath(run.id), text }
  })
  return (
    <tr>
      <th scope="row" class="name">
        <a href={projectPath(project)}>
          <ReportText>{project}</ReportText>
        </a>
      </th>
      <td>
        <a href={runPath(latest.id)}>
          <StatusMark status={runStatus(latest)} />
        </a>
      </td>
      <td>
        <StatusStrip points={points} small />
      </td>
      <td class="number">{latest.tests === 0 ? '–' : formatPercent(latest.success_rate)}</td>
      <td class="number">{formatDuration(latest.total_time)}</td>
      <td class="number">
        <a href={runsPath({ project })}>{formatCount(runs)}</a>
      </td>
      <td class="time number">
        <Time ms={latest.inserted_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}

// Its gate decided about reports that are not here.
function ProjectWithoutRuns({ project }: { project: string }) {
  return (
    <tr>
      <th scope="row" class="name">
        <a href={projectPath(project)}>
          <ReportText>{project}</ReportText>
        </a>
      </th>
      <td colspan={2}>none; it has decisions of a gate</td>
      <td class="number">–</td>
      <td class="number">–</td>
      <td class="number">0</td>
      <td class="time number">–</td>
    </tr>
  )
}

function Trends({ trend, flakiest, slowest, comparedRuns, nowMs }: ProjectPageParts) {
  const latest = trend.at(-1)
  const first = trend[0]
  if (latest === undefined || first === undefined) return null
  const ends = [formatShortTime(first.inserted_at, nowMs), formatShortTime(latest.inserted_at, nowMs)] as const
  const points = (value: (run: TrendPoint) => number, label: (value: number) => string): ChartPoint[] =>
    trend.map((run) => ({
      value: value(run),
      text: `${label(value(run))}, ${formatShortTime(run.inserted_at, nowMs)}`,
      href: runPath(run.id),
    }))
  const flaky = trend.reduce((sum, run) => sum + run.flaky, 0)
  const rates = trend.map(({ success_rate }) => success_rate)
  const durations = trend.map(({ total_time }) => total_time)
  return (
    <>
      <h2>
        Trends <span class="count">{countOf(trend.length, 'run')}</span>
      </h2>
      <div class="columns">
        <Chart
          title="Pass rate"
          kind="line"
          axis={{ max: 100, fromZero: false }}
          points={points(({ success_rate }) => success_rate, formatPercent)}
          summary={`between ${formatPercent(min(rates))} and ${formatPercent(max(rates))}`}
          aside={`latest ${formatPercent(latest.success_rate)}`}
          ends={ends}
          label={(value) => `${Math.round(value * 10) / 10} %`}
        />
        <Chart
          title="Duration"
          kind="line"
          points={points(({ total_time }) => total_time, formatDuration)}
          summary={`between ${formatDuration(min(durations))} and ${formatDuration(max(durations))}`}
          aside={`latest ${formatDuration(latest.total_time)}`}
          ends={ends}
          label={formatDuration}
        />
        <Chart
          title="Flaky tests"
          kind="columns"
          axis={{ isWhole: true, minTop: 4 }}
          points={points(
            (run) => run.flaky,
            (value) => `${formatCount(value)} flaky`,
          ).map((point) => ({ ...point, status: 'flaky' as const }))}
          summary={`${formatCount(flaky)} in total`}
          aside={`${formatCount(flaky)} in total`}
          ends={ends}
          label={formatCount}
        />
        <Chart
          title="Tests"
          kind="line"
          axis={{ isWhole: true }}
          points={points(
            (run) => run.tests,
            (value) => countOf(value, 'test'),
          )}
          summary={`${countOf(latest.tests, 'test')} in the latest run`}
          aside={`latest ${formatCount(latest.tests)}`}
          ends={ends}
          label={formatCount}
        />
      </div>
      <details class="chart-data">
        <summary>Chart data</summary>
        <TrendTable trend={[...trend].reverse()} nowMs={nowMs} />
      </details>
      <section aria-labelledby="flakiest">
        <h2 id="flakiest">
          Flakiest tests{' '}
          <span class="count">
            with different results at one commit, or a second attempt, in the latest {countOf(comparedRuns, 'run')}
          </span>
        </h2>
        {flakiest.length === 0 ? (
          <EmptyState>No test was flaky in these runs.</EmptyState>
        ) : (
          <FlakyTable tests={flakiest} nowMs={nowMs} />
        )}
      </section>
      <section aria-labelledby="slowest">
        <h2 id="slowest">
          Slowest tests <span class="count">in the latest {countOf(comparedRuns, 'run')}</span>
        </h2>
        {slowest.length === 0 ? <EmptyState>No tests ran.</EmptyState> : <SlowTable tests={slowest} />}
      </section>
    </>
  )
}

function TrendTable({ trend, nowMs }: { trend: readonly TrendPoint[]; nowMs: number }) {
  const columns = [
    ...textColumns('Received'),
    ...numberColumns('Pass rate', 'Duration', 'Flaky', 'Failures', 'Errors', 'Tests'),
  ]
  return (
    <Table panel columns={columns}>
      {trend.map((run) => (
        <tr>
          <th scope="row">
            <a href={runPath(run.id)}>
              <Time ms={run.inserted_at} nowMs={nowMs} />
            </a>
          </th>
          <td class="number">{formatPercent(run.success_rate)}</td>
          <td class="number">{formatDuration(run.total_time)}</td>
          <td class="number">{formatCount(run.flaky)}</td>
          <td class="number">{formatCount(run.failures)}</td>
          <td class="number">{formatCount(run.errors)}</td>
          <td class="number">{formatCount(run.tests)}</td>
        </tr>
      ))}
    </Table>
  )
}

function FlakyTable({ tests, nowMs }: { tests: readonly FlakyTest[]; nowMs: number }) {
  const columns = [
    ...textColumns('Test'),
    { name: 'Flaky commits', isNumber: true, isSorted: true },
    ...numberColumns('Rate', 'Last seen', 'Cost'),
  ]
  return (
    <Table panel columns={columns}>
      {tests.map((test) => (
        <tr>
          <TestName test={test} />
          <td class="number">
            {formatCount(test.flaky_commits)} of {formatCount(test.commits)}
          </td>
          <td class="number">{formatPercent((test.flaky_commits / test.commits) * 100)}</td>
          <td class="time number">
            <Time ms={test.last_seen} nowMs={nowMs} />
          </td>
          <td class="number">{formatDuration(test.cost)}</td>
        </tr>
      ))}
    </Table>
  )
}

function SlowTable({ tests }: { tests: readonly TestSummary[] }) {
  const columns = [
    ...textColumns('Test'),
    ...numberColumns('Runs', 'Failures', 'Errors'),
    { name: 'Average', isNumber: true, isSorted: true },
    ...numberColumns('Longest'),
  ]
  return (
    <Table panel columns={columns}>
      {tests.map((test) => (
        <tr>
          <TestName test={test} />
          <td class="number">{formatCount(test.runs)}</td>
          <td class="number">{formatCount(test.failures)}</td>
          <td class="number">{formatCount(test.errors)}</td>
          <td class="number">{formatDuration(test.average_time)}</td>
          <td class="number">{formatDuration(test.longest_time)}</td>
        </tr>
      ))}
    </Table>
  )
}

function TestName({ test }: { test: Pick<TestSummary, 'test_key' | 'name' | 'classname'> }) {
  return (
    <th scope="row" class="name">
      <a href={testPath(test.test_key)}>
        <ReportText>{test.name || '(no name)'}</ReportText>
      </a>
      <small>
        <ReportText>{test.classname}</ReportText>
      </small>
    </th>
  )
}

// Math.min(...values) fails for a list that is longer than the maximum number of arguments.
function min(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), values[0] ?? 0)
}

function max(values: readonly number[]): number {
  return values.reduce((high, value) => Math.max(high, value), values[0] ?? 0)
}
