/**
 * One run: what it came to, what failed, its suites, who signed it, and every fact that came with it.
 *
 * @module
 */
import type { CaseRow, SuiteRow } from '../database/schema.js'
import { contradictionsOf, type ListedRun, type RunProperty } from '../queries/runs.js'
import { CaseArticle, type CasePlace } from './case-parts.js'
import { countOf, formatCount, formatDuration, formatPercent } from './format.js'
import type { Page } from './layout.js'
import { runSuitesPath, runTestsPath } from './links.js'
import { Figure, Foreign, ForeignValue, Nothing, runVerdict } from './parts.js'
import { RunHeading, StatusTabs, SuiteTable } from './run-parts.js'
import { SignaturePanel } from './signature-panel.js'

/** What the page is made of. */
export interface RunPageParts {
  readonly run: ListedRun
  /** The first of those that failed. */
  readonly failures: readonly CaseRow[]
  /** The first ones, those with failures before all others. */
  readonly suites: readonly SuiteRow[]
  readonly suiteCount: number
  readonly properties: readonly RunProperty[]
}

/** With so few failures all of their stack traces are open at first. */
const MAX_OPEN_FAILURES = 3

/** Makes the page. */
export function runPage(parts: RunPageParts): Page {
  const { run, failures, suites, suiteCount, properties } = parts
  const failed = run.failures + run.errors
  const body = (
    <>
      <RunHeading run={run} />
      <RunFigures run={run} />
      <Contradictions run={run} />
      <section aria-labelledby="failures">
        <h2 id="failures">
          Failures <span class="count">{formatCount(failed)}</span>
        </h2>
        {failed === 0 ? (
          <Nothing>{NOTHING_FAILED[runVerdict(run)] ?? 'No test failed in this run.'}</Nothing>
        ) : (
          <Failures run={run} failures={failures} place={placeOf(run, suites, failed)} />
        )}
      </section>
      <section aria-labelledby="tests">
        <h2 id="tests">
          Tests <span class="count">{formatCount(run.tests)}</span>
        </h2>
        <StatusTabs run={run} />
        {suiteCount > 0 && <SuiteTable run={run} suites={suites} />}
        {suiteCount > suites.length && (
          <p>
            <a href={runSuitesPath(run.id)}>All {formatCount(suiteCount)} suites</a>
          </p>
        )}
      </section>
      <SignaturePanel run={run} />
      <section aria-labelledby="facts">
        <h2 id="facts">
          Facts <span class="count">{formatCount(properties.length)}</span>
        </h2>
        <Facts properties={properties} />
      </section>
    </>
  )
  return { title: `${run.project} · ${run.branch ?? 'run'}`, section: 'runs', body }
}

const NOTHING_FAILED: Readonly<Record<string, string>> = {
  empty: 'No test ran.',
  interrupted: 'The run was interrupted before it was over; until then no test had failed.',
  error: 'No test failed, but something outside the tests did: see the facts and the output of the suites.',
}

function RunFigures({ run }: { run: ListedRun }) {
  const passed = run.tests - run.failures - run.errors - run.skipped
  return (
    <dl class="figures panel">
      <Figure name="Tests" value={formatCount(run.tests)} />
      <Figure name="Passed" value={formatCount(passed)} tone={passed > 0 ? 'passed' : undefined} />
      <Figure name="Failed" value={formatCount(run.failures)} tone={run.failures > 0 ? 'failed' : undefined} />
      <Figure name="Errors" value={formatCount(run.errors)} tone={run.errors > 0 ? 'error' : undefined} />
      <Figure name="Skipped" value={formatCount(run.skipped)} />
      <Figure name="Flaky" value={formatCount(run.flaky)} tone={run.flaky > 0 ? 'flaky' : undefined} />
      <Figure name="Pass rate" value={run.tests === 0 ? '–' : formatPercent(run.success_rate)} />
      <Figure name="Duration" value={formatDuration(run.total_time)} />
    </dl>
  )
}

function Contradictions({ run }: { run: ListedRun }) {
  const found = contradictionsOf(run)
  if (found.length === 0) return null
  return (
    <section class="panel padded seal untrusted" aria-labelledby="contradictions">
      <h3 id="contradictions">The submission said something else than the signed report</h3>
      <p>What is signed counts, and is what this page shows.</p>
      <dl class="facts">
        {found.map(({ name, claimed, signed }) => (
          <>
            <dt>{name}</dt>
            <dd>
              signed: <Foreign>{signed}</Foreign>, submission: <Foreign>{claimed}</Foreign>
            </dd>
          </>
        ))}
      </dl>
    </section>
  )
}

function placeOf(run: ListedRun, suites: readonly SuiteRow[], failed: number): CasePlace {
  return {
    runId: run.id,
    suites: new Map(suites.map((suite) => [suite.position, suite])),
    open: failed <= MAX_OPEN_FAILURES,
  }
}

function Failures({ run, failures, place }: { run: ListedRun; failures: readonly CaseRow[]; place: CasePlace }) {
  const more = run.failures + run.errors - failures.length
  return (
    <div class="panel">
      {failures.map((row) => (
        <CaseArticle row={row} place={place} />
      ))}
      {more > 0 && (
        <p class="pager">
          <a href={runTestsPath(run.id, { status: run.failures > 0 ? 'failed' : 'error' })}>
            {countOf(more, 'more failure')}
          </a>
        </p>
      )}
    </div>
  )
}

function Facts({ properties }: { properties: readonly RunProperty[] }) {
  if (properties.length === 0) return <Nothing>The report says nothing about its run.</Nothing>
  return (
    <div class="panel padded">
      <dl class="facts many">
        {properties.map(({ name, value }) => (
          <div>
            <dt>
              <Foreign>{name}</Foreign>
            </dt>
            <dd>
              <ForeignValue value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
