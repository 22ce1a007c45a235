/**
 * The tables of a project's page: the numbers behind its charts, and tests over several runs.
 *
 * @module
 */
import type { TestSummary, TrendPoint } from '../queries/trends.js'
import { formatCount, formatDuration, formatPercent } from './format.js'
import { runPath, testPath } from './links.js'
import { Foreign, Time } from './parts.js'
import { numbers, Table, texts } from './table.js'

/** One run a row, latest first. */
export function TrendTable({ trend, nowMs }: { trend: readonly TrendPoint[]; nowMs: number }) {
  return (
    <Table panel columns={[...texts('Arrived'), ...numbers('Pass rate', 'Duration', 'Flaky', 'Failed', 'Tests')]}>
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
          <td class="number">{formatCount(run.failures + run.errors)}</td>
          <td class="number">{formatCount(run.tests)}</td>
        </tr>
      ))}
    </Table>
  )
}

/** One test a row. */
export function TestTable({ tests, sort }: { tests: readonly TestSummary[]; sort: 'flips' | 'time' }) {
  const sorted = sort === 'flips' ? 'Flips' : 'Average'
  const columns = [
    ...texts('Test'),
    ...numbers('Ran', 'Failed', 'Flips', 'Average', 'Longest').map((column) => ({
      ...column,
      sorted: column.name === sorted,
    })),
  ]
  return (
    <Table panel columns={columns}>
      {tests.map((test) => (
        <tr>
          <th scope="row" class="name">
            <a href={testPath(test.test_key)}>
              <Foreign>{test.name || '(no name)'}</Foreign>
            </a>
            <small>
              <Foreign>{test.classname}</Foreign>
            </small>
          </th>
          <td class="number">{formatCount(test.runs)}</td>
          <td class="number">{formatCount(test.failed)}</td>
          <td class="number">{formatCount(test.flips)}</td>
          <td class="number">{formatDuration(test.average_time)}</td>
          <td class="number">{formatDuration(test.longest_time)}</td>
        </tr>
      ))}
    </Table>
  )
}
