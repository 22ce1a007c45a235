/**
 * The page that compares two runs.
 *
 * @module
 */
import type { RunChanges } from '../compare/changes.js'
import type { RunRow } from '../database/schema.js'
import type { DurationChange } from '../queries/durations.js'
import { ChangesSection } from './changes.js'
import {
  EmptyState,
  numberColumns,
  ProjectTrail,
  ReportText,
  runStatus,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { formatCount, formatDuration, formatPercent, shortCommit } from './format.js'
import type { HtmlPage } from './layout.js'
import { comparePath, runPath, testPath } from './links.js'

/** Contents of the page. */
export interface ComparePageParts {
  readonly base: RunRow
  readonly head: RunRow
  readonly changes: RunChanges
  readonly limit: number
  /** Undefined if the runs are too large for it. */
  readonly durations: readonly DurationChange[] | undefined
}

/** The page. */
export function comparePage({ base, head, changes, limit, durations }: ComparePageParts): HtmlPage {
  const body = (
    <>
      <ProjectTrail project={head.project} />
      <h1>Two runs compared</h1>
      <RunsTable base={base} head={head} />
      <p>
        <a href={comparePath(head.id, base.id)}>Compare the other way round</a>
      </p>
      <ChangesSection runId={head.id} changes={changes} limit={limit} />
      <section aria-labelledby="durations">
        <h2 id="durations">
          Durations <span class="count">of tests that passed in both, largest difference first</span>
        </h2>
        <Durations durations={durations} />
      </section>
    </>
  )
  return { title: `Runs of ${head.project} compared`, section: 'projects', body }
}

function RunsTable({ base, head }: { base: RunRow; head: RunRow }) {
  const columns = [
    ...textColumns(<span class="hidden">Side</span>, 'Status', 'Run'),
    ...numberColumns('Tests', 'Failures', 'Errors', 'Skipped', 'Pass rate', 'Duration', 'Received'),
  ]
  return (
    <Table panel columns={columns}>
      {(
        [
          ['Base', base],
          ['Head', head],
        ] as const
      ).map(([side, run]) => (
        <tr>
          <th scope="row">{side}</th>
          <td>
            <StatusMark status={runStatus(run)} />
          </td>
          <td>
            <a href={runPath(run.id)}>
              <ReportText>{run.branch ?? '(no branch)'}</ReportText>
            </a>{' '}
            {run.commit_sha !== null && (
              <span class="mono muted">
                <ReportText>{shortCommit(run.commit_sha)}</ReportText>
              </span>
            )}
          </td>
          <td class="number">{formatCount(run.tests)}</td>
          <td class="number">{formatCount(run.failures)}</td>
          <td class="number">{formatCount(run.errors)}</td>
          <td class="number">{formatCount(run.skipped)}</td>
          <td class="number">{run.tests === 0 ? '–' : formatPercent(run.success_rate)}</td>
          <td class="number">{formatDuration(run.total_time)}</td>
          <td class="time number">
            <Time ms={run.inserted_at} />
          </td>
        </tr>
      ))}
    </Table>
  )
}

function Durations({ durations }: { durations: readonly DurationChange[] | undefined }) {
  if (durations === undefined) return <EmptyState>The runs have too many tests to compare their durations.</EmptyState>
  if (durations.length === 0) return <EmptyState>Every test took as long as before.</EmptyState>
  return (
    <Table panel columns={[...textColumns('Test'), ...numberColumns('Base', 'Head', 'Difference')]}>
      {durations.map(({ test_key, name, classname, before, after }) => (
        <tr>
          <th scope="row" class="name">
            <a href={testPath(test_key)}>
              <ReportText>{name || '(no name)'}</ReportText>
            </a>
            <small>
              <ReportText>{classname}</ReportText>
            </small>
          </th>
          <td class="number">{formatDuration(before)}</td>
          <td class="number">{formatDuration(after)}</td>
          <td class="number">
            {after > before ? '+' : '−'}
            {formatDuration(Math.abs(after - before))}
          </td>
        </tr>
      ))}
    </Table>
  )
}
