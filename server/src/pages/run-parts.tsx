/**
 * What several pages show of one run: its heading, its suites, and the ways to its test cases.
 *
 * @module
 */
import type { SuiteRow } from '../database/schema.js'
import type { ListedRun } from '../queries/runs.js'
import { OutcomeBar } from './charts.js'
import { formatCount, formatDuration, shortCommit } from './format.js'
import { projectPath, runPath, runsPath, runTestsPath } from './links.js'
import { Foreign, Outside, runVerdict, SignatureMark, Time, VerdictMark } from './parts.js'
import { numbers, Table, texts } from './table.js'

/** Name, branch, commit and time of a run. */
export function RunHeading({ run }: { run: ListedRun }) {
  return (
    <>
      <p class="trail">
        <a href="/">Runs</a> /{' '}
        <a href={runsPath({ project: run.project })}>
          <Foreign>{run.project}</Foreign>
        </a>
      </p>
      <div class="heading">
        <h1>
          <a href={runPath(run.id)}>
            <Foreign>{run.project}</Foreign>
          </a>
        </h1>
        <VerdictMark verdict={runVerdict(run)} />
        <a href={`${runPath(run.id)}#signature`}>
          <SignatureMark state={run.signature} />
        </a>
      </div>
      <p class="under">
        {run.branch !== null && (
          <span>
            Branch{' '}
            <a href={projectPath(run.project, { branch: run.branch })}>
              <Foreign>{run.branch}</Foreign>
            </a>
          </span>
        )}
        {run.commit_sha !== null && (
          <span>
            Commit{' '}
            <span class="mono">
              <Foreign>{shortCommit(run.commit_sha)}</Foreign>
            </span>
          </span>
        )}
        <span>
          Environment <Foreign>{run.environment}</Foreign>
        </span>
        {run.ci_pipeline_url !== null && (
          <span>
            CI <Outside address={run.ci_pipeline_url} text={run.ci_provider ?? run.ci_pipeline_url} />
          </span>
        )}
        <span>
          Arrived <Time ms={run.inserted_at} />
        </span>
        {run.tags.map((tag) => (
          <a class="tag" href={runsPath({ tags: tag })}>
            {tag}
          </a>
        ))}
      </p>
    </>
  )
}

/** Ways into the list of test cases. */
export function StatusTabs({ run, chosen, suite }: { run: ListedRun; chosen?: string; suite?: number | undefined }) {
  const passed = run.tests - run.failures - run.errors - run.skipped
  const tabs = [
    ['all', 'All', run.tests],
    ['failed', 'Failed', run.failures],
    ['error', 'Errors', run.errors],
    ['flaky', 'Flaky', run.flaky],
    ['skipped', 'Skipped', run.skipped],
    ['passed', 'Passed', passed],
  ] as const
  return (
    <ul class="tabs" aria-label="Tests by status">
      {tabs.map(([status, name, count]) => (
        <li>
          <a
            href={runTestsPath(run.id, { status: status === 'all' ? undefined : status, suite })}
            aria-current={status === chosen ? 'page' : undefined}
          >
            {name} {suite === undefined && <span class="muted">{formatCount(count)}</span>}
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Suites of a run. */
export function SuiteTable({ run, suites }: { run: ListedRun; suites: readonly SuiteRow[] }) {
  return (
    <Table
      panel
      columns={[
        ...texts('Suite'),
        ...numbers('Tests'),
        ...texts('Outcomes'),
        ...numbers('Failed', 'Skipped', 'Duration'),
      ]}
    >
      {suites.map((suite) => (
        <SuiteLine run={run} suite={suite} />
      ))}
    </Table>
  )
}

function SuiteLine({ run, suite }: { run: ListedRun; suite: SuiteRow }) {
  const failed = suite.failures + suite.errors
  return (
    <tr>
      <th scope="row" class="name">
        <a href={runTestsPath(run.id, { suite: suite.position })}>
          <Foreign>{suite.name || '(no name)'}</Foreign>
        </a>
      </th>
      <td class="number">{formatCount(suite.tests)}</td>
      <td>
        <OutcomeBar
          parts={[
            ['failed', suite.failures],
            ['error', suite.errors],
            ['passed', suite.tests - failed - suite.skipped],
            ['skipped', suite.skipped],
          ]}
        />
      </td>
      <td class="number">{formatCount(failed)}</td>
      <td class="number">{formatCount(suite.skipped)}</td>
      <td class="number">{formatDuration(suite.time)}</td>
    </tr>
  )
}
