/**
 * The parts that the pages of a run share: heading, tabs, suites and test cases.
 *
 * @module
 */
import type { CaseRow, QuarantineRow, SuiteRow } from '../database/schema.js'
import type { Quarantine } from '../quarantine/decide.js'
import type { TaggedRun } from '../queries/runs.js'
import { ChangeMark, type KindOfFailure } from './changes.js'
import { StatusBar } from './charts.js'
import {
  CodeBlock,
  caseStatus,
  ExternalLink,
  numberColumns,
  ReportText,
  runStatus,
  SignatureMark,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { countOf, formatCount, formatDuration, shortCommit, shorten } from './format.js'
import { projectPath, runPath, runsPath, runTestPath, runTestsPath, testPath } from './links.js'
import { QuarantineNote, type RunQuarantine } from './quarantine-page.js'

/** Maximum length of a message or text on the page of a run. */
const ARTICLE_LIMIT = 12_000
/** Maximum length of a message in a table. */
const ROW_LIMIT = 300

/** What a test case needs from its page. */
export interface CaseContext {
  readonly runId: string
  /** By position. */
  readonly suites: ReadonlyMap<number, Pick<SuiteRow, 'name'>>
  /** By the key of the test. */
  readonly quarantine?: RunQuarantine['tests'] | undefined
  /** Whether all texts are shown in full. */
  readonly isFull?: boolean
  /** Whether the stack trace is open at first. */
  readonly isOpen?: boolean
  /** Returns the address of the line of a test. */
  readonly sourceOf?: (row: CaseRow) => string | undefined
  /** How failures changed, by the key of the test. */
  readonly changes?: ReadonlyMap<string, KindOfFailure>
}

/** Project, status, branch, commit and time of a run. */
export function RunHeading({ run }: { run: TaggedRun }) {
  return (
    <>
      <p class="trail">
        <a href="/">Runs</a> /{' '}
        <a href={runsPath({ project: run.project })}>
          <ReportText>{run.project}</ReportText>
        </a>
      </p>
      <div class="heading">
        <h1>
          <a href={runPath(run.id)}>
            <ReportText>{run.project}</ReportText>
          </a>
        </h1>
        <StatusMark status={runStatus(run)} />
        <a href={`${runPath(run.id)}#signature`}>
          <SignatureMark state={run.signature} />
        </a>
      </div>
      <p class="subtitle">
        {run.branch !== null && (
          <span>
            Branch{' '}
            <a href={projectPath(run.project, { branch: run.branch })}>
              <ReportText>{run.branch}</ReportText>
            </a>
          </span>
        )}
        {run.commit_sha !== null && (
          <span>
            Commit{' '}
            <span class="mono">
              <ReportText>{shortCommit(run.commit_sha)}</ReportText>
            </span>
          </span>
        )}
        <span>
          Environment <ReportText>{run.environment}</ReportText>
        </span>
        {run.ci_pipeline_url !== null && (
          <span>
            CI <ExternalLink address={run.ci_pipeline_url} text={run.ci_provider ?? run.ci_pipeline_url} />
          </span>
        )}
        <span>
          Received <Time ms={run.inserted_at} />
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

/** Links to the test cases of each status. */
export function StatusTabs(props: {
  run: TaggedRun
  chosen?: string
  suite?: number | undefined
  owner?: string | undefined
}) {
  const { run, chosen, suite, owner } = props
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
            href={runTestsPath(run.id, { status: status === 'all' ? undefined : status, suite, owner })}
            aria-current={status === chosen ? 'page' : undefined}
          >
            {name} {suite === undefined && owner === undefined && <span class="muted">{formatCount(count)}</span>}
          </a>
        </li>
      ))}
    </ul>
  )
}

/** Suites of a run. */
export function SuiteTable({ run, suites }: { run: TaggedRun; suites: readonly SuiteRow[] }) {
  const columns = [
    ...textColumns('Suite'),
    ...numberColumns('Tests'),
    ...textColumns('Results'),
    ...numberColumns('Failures', 'Errors', 'Skipped', 'Duration'),
  ]
  return (
    <Table panel columns={columns}>
      {suites.map((suite) => (
        <SuiteTableRow run={run} suite={suite} />
      ))}
    </Table>
  )
}

/** One test case with its message, stack trace and output. */
export function CaseArticle({ row, context }: { row: CaseRow; context: CaseContext }) {
  const status = caseStatus(row)
  const { runId, suites, isFull = false, isOpen = isFull } = context
  const change = context.changes?.get(row.test_key)
  const limit = isFull ? Number.POSITIVE_INFINITY : ARTICLE_LIMIT
  return (
    <article class={`case ${status}`} aria-label={row.name || 'a test without a name'}>
      <header>
        <StatusMark status={status} />
        <h3>
          <a href={isFull ? testPath(row.test_key) : runTestPath(runId, row.position)}>
            <ReportText>{row.name || '(no name)'}</ReportText>
          </a>
        </h3>
        {change !== undefined && <ChangeMark {...change} />}
        <span class="muted">{formatDuration(row.time)}</span>
      </header>
      <p class="trail">
        <CaseLocation row={row} suite={suites.get(row.suite_position)?.name} />
        <SourceLink address={context.sourceOf?.(row)} />
        <Owners row={row} runId={runId} />
      </p>
      {isFailure(row) && <QuarantineNote quarantine={context.quarantine?.get(row.test_key)} />}
      {row.message !== null && <Message text={row.message} type={row.type} limit={limit} />}
      {row.details !== null && row.details.trim() !== '' && (
        <LongText title="Stack trace" text={row.details} limit={limit} isOpen={isOpen} />
      )}
      {row.output !== null && (
        <LongText
          title={`Output, ${countOf(row.output.trimEnd().split('\n').length, 'line')}`}
          text={row.output}
          limit={limit}
          isOpen={isFull}
        />
      )}
    </article>
  )
}

/** One test case as a row of a table. */
export function CaseTableRow(props: {
  row: CaseRow
  runId: string
  suite: string | undefined
  source: string | undefined
  quarantine: Quarantine<QuarantineRow> | undefined
}) {
  const { row, runId, suite, source, quarantine } = props
  const message = row.message === null ? undefined : shorten(row.message, ROW_LIMIT)
  return (
    <tr>
      <td>
        <StatusMark status={caseStatus(row)} />
      </td>
      <th scope="row" class="name">
        <a href={runTestPath(runId, row.position)}>
          <ReportText>{row.name || '(no name)'}</ReportText>
        </a>
        <small>
          <CaseLocation row={row} suite={suite} />
          <SourceLink address={source} />
          <Owners row={row} runId={runId} />
        </small>
        {message !== undefined && (
          <small>
            <ReportText>{message.isCut ? `${message.text} …` : message.text}</ReportText>
          </small>
        )}
        {isFailure(row) && <QuarantineNote quarantine={quarantine} />}
      </th>
      <td class="number">{formatDuration(row.time)}</td>
      <td>
        <a href={testPath(row.test_key)}>History</a>
      </td>
    </tr>
  )
}

/** Whether a test case failed or had an error. */
export function isFailure({ status }: CaseRow): boolean {
  return status === 'failed' || status === 'error'
}

function SuiteTableRow({ run, suite }: { run: TaggedRun; suite: SuiteRow }) {
  const failed = suite.failures + suite.errors
  return (
    <tr>
      <th scope="row" class="name">
        <a href={runTestsPath(run.id, { suite: suite.position })}>
          <ReportText>{suite.name || '(no name)'}</ReportText>
        </a>
      </th>
      <td class="number">{formatCount(suite.tests)}</td>
      <td>
        <StatusBar
          parts={[
            ['failed', suite.failures],
            ['error', suite.errors],
            ['passed', suite.tests - failed - suite.skipped],
            ['skipped', suite.skipped],
          ]}
        />
      </td>
      <td class="number">{formatCount(suite.failures)}</td>
      <td class="number">{formatCount(suite.errors)}</td>
      <td class="number">{formatCount(suite.skipped)}</td>
      <td class="number">{formatDuration(suite.time)}</td>
    </tr>
  )
}

function CaseLocation({ row, suite }: { row: CaseRow; suite: string | undefined }) {
  const file = row.file === null ? undefined : `${row.file}${row.line === null ? '' : `:${row.line}`}`
  const location = file ?? suite ?? ''
  // The class name is often the name of the file.
  const parts = location.startsWith(row.classname) ? [location] : [row.classname, location]
  return <ReportText>{parts.filter((text) => text !== '').join(' · ')}</ReportText>
}

/** After the name of a file: a link to the line at the tested commit, if its address is known. */
export function SourceLink({ address }: { address: string | undefined }) {
  if (address === undefined) return null
  return (
    <>
      {' '}
      ·{' '}
      <a href={address} rel="noopener noreferrer nofollow">
        Source
      </a>
    </>
  )
}

// Each owner links to the tests of the run that are theirs.
function Owners({ row, runId }: { row: CaseRow; runId: string }) {
  if (row.owner === null) return null
  return (
    <>
      {row.owner.split(' ').map((owner) => (
        <>
          {' '}
          ·{' '}
          <a href={runTestsPath(runId, { owner })}>
            <ReportText>{owner}</ReportText>
          </a>
        </>
      ))}
    </>
  )
}

function Message({ text, type, limit }: { text: string; type: string | null; limit: number }) {
  const shown = shorten(text, limit)
  return (
    <pre class="block message">
      {type !== null && (
        <strong>
          <ReportText>{type}</ReportText>
          {'\n'}
        </strong>
      )}
      <ReportText>{shown.text}</ReportText>
      {shown.isCut && ' …'}
    </pre>
  )
}

function LongText({ title, text, limit, isOpen }: { title: string; text: string; limit: number; isOpen: boolean }) {
  const shown = shorten(text, limit)
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      <CodeBlock text={shown.text} />
      {shown.isCut && <p class="muted">The page of this test shows the full text.</p>}
    </details>
  )
}
