/**
 * The pages of one run: the run itself, its test cases, its suites, and one test case.
 *
 * @module
 */
import { isOutsideTests, shellWord, testName } from 'jux-reporter/internal'
import type { RunChanges } from '../compare/changes.js'
import type { CaseRow, DecisionRow, SuiteRow } from '../database/schema.js'
import type { Contradiction } from '../ingest/facts.js'
import type { OwnerFailures } from '../queries/cases.js'
import { contradictionsOf, type Paginated, type RunProperty, type TaggedRun } from '../queries/runs.js'
import { ChangesSection, failureKinds } from './changes.js'
import {
  CodeBlock,
  EmptyState,
  ExternalLink,
  numberColumns,
  Pager,
  ReportText,
  runStatus,
  SignatureMark,
  Statistic,
  Table,
  textColumns,
} from './components.js'
import { RunDecisions } from './decision-pages.js'
import { countOf, formatBytes, formatCount, formatDuration, formatPercent, groupHex } from './format.js'
import type { HtmlPage } from './layout.js'
import { type Query, reportPath, runSuitesPath, runTestsPath } from './links.js'
import type { CasesPageQuery } from './params.js'
import { FailureCounts, QuarantineCommand, type RunQuarantine } from './quarantine-page.js'
import {
  CaseArticle,
  type CaseContext,
  CaseTableRow,
  isFailure,
  RunHeading,
  StatusTabs,
  SuiteTable,
} from './run-parts.js'

/** Contents of the page of a run. */
export interface RunPageParts {
  readonly run: TaggedRun
  readonly changes: RunChanges
  /** Maximum number of tests in each list of changes. */
  readonly changesLimit: number
  /** How many failures each owner has. */
  readonly owners: readonly OwnerFailures[]
  /** Undefined if nothing failed. */
  readonly quarantine: RunQuarantine | undefined
  /** The first failures. */
  readonly failures: readonly CaseRow[]
  /** Returns the address of the line of a test. */
  readonly sourceOf: (row: CaseRow) => string | undefined
  /** The first suites, suites with failures first. */
  readonly suites: readonly SuiteRow[]
  readonly suiteCount: number
  /** The decisions of gates that judged it, the latest first. */
  readonly decisions: readonly DecisionRow[]
  readonly properties: readonly RunProperty[]
}

/** Contents of the page of test cases. */
export interface CasesPageParts {
  readonly run: TaggedRun
  readonly query: CasesPageQuery
  readonly cases: Paginated<CaseRow>
  readonly perPage: number
  /** The suites of the test cases, by position. */
  readonly suites: ReadonlyMap<number, SuiteRow>
  readonly sourceOf: (row: CaseRow) => string | undefined
  /** By the key of the test. */
  readonly quarantine: RunQuarantine['tests']
}

/** Up to this number of failures, their stack traces are open at first. */
const MAX_OPEN_FAILURES = 3

const NO_FAILURES: Readonly<Record<string, string>> = {
  empty: 'No tests ran.',
  interrupted: 'The run was interrupted. No test had failed until then.',
  failed:
    'No test case failed, but the run has not passed: a failure is outside the test cases, or the report states another outcome.',
  error: 'No test failed, but an error occurred outside the tests. See the properties and the output of the suites.',
}
const SIGNATURE_STATES = {
  trusted: 'The signature is valid, and this server trusts the signer for this project.',
  untrusted: 'The signature is valid, but this server does not trust the signer.',
  unsigned: 'This report is not signed. Anyone who can submit reports could have written or changed it.',
} as const
/** Sentences for the reasons of the verifier. */
const UNTRUSTED_REASONS: Readonly<Record<string, string>> = {
  'untrusted-key': 'The key is not one of the trusted keys.',
  'certificate-expired': 'The certificate had expired when the report was received.',
  'certificate-not-yet-valid': 'The certificate was not valid yet when the report was received.',
  'certificate-chain': 'No trusted authority issued the certificate.',
  'certificate-usage': 'The certificate does not allow signing.',
  'weak-key': 'The key is too short to be secure.',
}

function noFailures(run: TaggedRun): string {
  const status = runStatus(run)
  if (status === 'empty' && run.tests > 0)
    return 'The test cases are in another namespace than the report, so none counts.'
  return NO_FAILURES[status] ?? 'No test failed in this run.'
}

/** The page of a run. */
export function runPage(parts: RunPageParts): HtmlPage {
  const { run, quarantine, changes, changesLimit, owners, suites, suiteCount, properties, decisions } = parts
  const failed = run.failures + run.errors
  const body = (
    <>
      <RunHeading run={run} />
      <RunStatistics run={run} />
      <Contradictions run={run} />
      <ChangesSection runId={run.id} changes={changes} limit={changesLimit} />
      <section aria-labelledby="failures">
        <h2 id="failures">
          Failures <span class="count">{formatCount(failed)}</span>
        </h2>
        <FailureCounts project={run.project} failed={failed} quarantine={quarantine} />
        {failed === 0 ? (
          <EmptyState>{noFailures(run)}</EmptyState>
        ) : (
          <>
            <OwnerList run={run} owners={owners} />
            <Failures {...parts} />
          </>
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
      <SignatureSection run={run} />
      <RunDecisions decisions={decisions} isSigned={run.signature !== 'unsigned'} />
      <section aria-labelledby="properties">
        <h2 id="properties">
          Properties <span class="count">{formatCount(properties.length)}</span>
        </h2>
        <Properties properties={properties} />
      </section>
    </>
  )
  return { title: `${run.project} · ${run.branch ?? 'run'}`, section: 'runs', project: run.project, body }
}

/** The page of the test cases of a run: all, or those of one status or suite. */
export function casesPage({ run, query, cases, perPage, suites, sourceOf, quarantine }: CasesPageParts): HtmlPage {
  const { status, suite, owner, q } = query
  const linkQuery: Query = { status: status === 'all' ? undefined : status, suite, owner, q }
  const suiteName = suite === undefined ? undefined : suites.get(suite)?.name
  const columns = [
    ...textColumns('Status', 'Test'),
    ...numberColumns('Duration'),
    ...textColumns(<span class="hidden">History</span>),
  ]
  const body = (
    <>
      <RunHeading run={run} />
      <h2>
        Tests {suiteName !== undefined && <>of {<ReportText>{suiteName}</ReportText>}</>}
        {suite !== undefined && (
          <>
            {' '}
            <a class="count" href={runTestsPath(run.id, { ...linkQuery, suite: undefined })}>
              all suites
            </a>
          </>
        )}
      </h2>
      <StatusTabs run={run} chosen={status} suite={suite} owner={owner} />
      <section class="panel" aria-label="Tests">
        <search>
          <form class="filters" method="get" action={runTestsPath(run.id)}>
            <label>
              Name or class name
              <input type="search" name="q" value={q} autocomplete="off" />
            </label>
            <label>
              Owner
              <input name="owner" value={owner} autocomplete="off" placeholder="@team" />
            </label>
            {status !== 'all' && <input type="hidden" name="status" value={status} />}
            {suite !== undefined && <input type="hidden" name="suite" value={suite} />}
            <span class="actions">
              <button type="submit">Search</button>
              {(q ?? owner) !== undefined && (
                <a href={runTestsPath(run.id, { ...linkQuery, q: undefined, owner: undefined })}>Clear</a>
              )}
            </span>
          </form>
        </search>
        {cases.items.length === 0 ? (
          <EmptyState>No tests match.</EmptyState>
        ) : (
          <Table columns={columns}>
            {cases.items.map((row) => (
              <CaseTableRow
                row={row}
                runId={run.id}
                suite={suites.get(row.suite_position)?.name}
                source={sourceOf(row)}
                quarantine={quarantine.get(row.test_key)}
              />
            ))}
          </Table>
        )}
        <Pager
          page={query.page}
          perPage={perPage}
          total={cases.totalCount}
          link={(more) => runTestsPath(run.id, { ...linkQuery, ...more })}
        />
      </section>
    </>
  )
  return { title: `Tests of ${run.project}`, section: 'runs', project: run.project, body }
}

/** The page of all suites of a run. */
export function suitesPage(parts: {
  run: TaggedRun
  suites: Paginated<SuiteRow>
  page: number
  perPage: number
}): HtmlPage {
  const { run, suites, page, perPage } = parts
  const body = (
    <>
      <RunHeading run={run} />
      <h2>Suites</h2>
      <SuiteTable run={run} suites={suites.items} />
      <Pager page={page} perPage={perPage} total={suites.totalCount} link={(more) => runSuitesPath(run.id, more)} />
    </>
  )
  return { title: `Suites of ${run.project}`, section: 'runs', project: run.project, body }
}

/** The page of one test case of a run, in full. */
export function casePage(parts: {
  run: TaggedRun
  row: CaseRow
  suite: SuiteRow | undefined
  sourceOf: (row: CaseRow) => string | undefined
  quarantine: RunQuarantine['tests']
  /** A last day that the server accepts. */
  exampleDay: string
}): HtmlPage {
  const { run, row, suite, sourceOf, quarantine, exampleDay } = parts
  const isQuarantined = quarantine.get(row.test_key)?.state === 'active'
  const mayBeQuarantined = isFailure(row) && !isQuarantined && !isOutsideTests(testName(row))
  const suites = new Map(suite === undefined ? [] : [[suite.position, suite]])
  const body = (
    <>
      <RunHeading run={run} />
      <h2>Test</h2>
      <div class="panel">
        <CaseArticle row={row} context={{ runId: run.id, suites, quarantine, isFull: true, sourceOf }} />
      </div>
      {mayBeQuarantined && <QuarantineCommand project={run.project} testKey={row.test_key} day={exampleDay} />}
    </>
  )
  return { title: row.name || 'Test', section: 'runs', project: run.project, body }
}

function RunStatistics({ run }: { run: TaggedRun }) {
  const passed = run.tests - run.failures - run.errors - run.skipped
  return (
    <dl class="statistics panel">
      <Statistic name="Tests" value={formatCount(run.tests)} />
      <Statistic name="Passed" value={formatCount(passed)} status={passed > 0 ? 'passed' : undefined} />
      <Statistic name="Failures" value={formatCount(run.failures)} status={run.failures > 0 ? 'failed' : undefined} />
      <Statistic name="Errors" value={formatCount(run.errors)} status={run.errors > 0 ? 'error' : undefined} />
      <Statistic name="Skipped" value={formatCount(run.skipped)} />
      <Statistic name="Flaky" value={formatCount(run.flaky)} status={run.flaky > 0 ? 'flaky' : undefined} />
      <Statistic name="Pass rate" value={run.tests === 0 ? '–' : formatPercent(run.success_rate)} />
      <Statistic name="Duration" value={formatDuration(run.total_time)} />
    </dl>
  )
}

function Contradictions({ run }: { run: TaggedRun }) {
  const contradictions = contradictionsOf(run)
  if (contradictions.length === 0) return null
  const isOfReport = contradictions.some(({ stated }) => stated !== undefined)
  return (
    <section class="panel padded signature-box untrusted" aria-labelledby="contradictions">
      <h3 id="contradictions">
        {isOfReport ? 'The report contradicts itself' : 'The submission differs from the signed report'}
      </h3>
      <p>{isOfReport ? 'None of several values in the report is used.' : 'This page shows the signed values.'}</p>
      <dl class="properties">
        {contradictions.map((contradiction) => (
          <>
            <dt>{contradiction.name}</dt>
            <dd>
              <ContradictingValues contradiction={contradiction} />
            </dd>
          </>
        ))}
      </dl>
    </section>
  )
}

function ContradictingValues({ contradiction }: { contradiction: Contradiction }) {
  const { signed, stated = [], claimed } = contradiction
  const values = [
    ...(signed === undefined ? [] : [{ place: 'signed', value: signed }]),
    ...stated.map((value) => ({ place: 'report', value })),
    ...(claimed === undefined ? [] : [{ place: 'submission', value: claimed }]),
  ]
  return (
    <>
      {values.map(({ place, value }, index) => (
        <>
          {index > 0 && ', '}
          {place}: <ReportText>{value}</ReportText>
        </>
      ))}
    </>
  )
}

function Failures({ run, failures, suites, changes, sourceOf, quarantine }: RunPageParts) {
  const failed = run.failures + run.errors
  const hidden = failed - failures.length
  const context: CaseContext = {
    runId: run.id,
    suites: new Map(suites.map((suite) => [suite.position, suite])),
    quarantine: quarantine?.tests,
    isOpen: failed <= MAX_OPEN_FAILURES,
    changes: failureKinds(changes),
    sourceOf,
  }
  return (
    <div class="panel">
      {failures.map((row) => (
        <CaseArticle row={row} context={context} />
      ))}
      {hidden > 0 && (
        <p class="pager">
          <a href={runTestsPath(run.id, { status: run.failures > 0 ? 'failed' : 'error' })}>
            {countOf(hidden, 'more failure')}
          </a>
        </p>
      )}
    </div>
  )
}

// Without CODEOWNERS no test has an owner, and there is nothing to choose.
function OwnerList({ run, owners }: Pick<RunPageParts, 'run' | 'owners'>) {
  if (!owners.some(({ owner }) => owner !== '')) return null
  const status = run.failures > 0 ? 'failed' : 'error'
  return (
    <ul class="tabs" aria-label="Failures by owner">
      {owners.map(({ owner, failures }) => (
        <li>
          {owner === '' ? (
            <span class="tab">
              no owner <span class="muted">{formatCount(failures)}</span>
            </span>
          ) : (
            <a href={runTestsPath(run.id, { status, owner: owner.split(' ')[0] })}>
              <ReportText>{owner}</ReportText> <span class="muted">{formatCount(failures)}</span>
            </a>
          )}
        </li>
      ))}
    </ul>
  )
}

function SignatureSection({ run }: { run: TaggedRun }) {
  const file = `${run.content_hash}.xml`
  const reason =
    run.signature_reason === null ? undefined : (UNTRUSTED_REASONS[run.signature_reason] ?? run.signature_reason)
  return (
    <section aria-labelledby="signature">
      <h2 id="signature">Signature</h2>
      <div class={`panel padded signature-box ${run.signature}`}>
        <SignatureMark state={run.signature} />
        <p>
          {SIGNATURE_STATES[run.signature]}
          {run.signature === 'untrusted' && reason !== undefined && ` ${reason}`}
        </p>
        <NextStep run={run} />
        <dl class="properties">
          {run.signer_fingerprint !== null && (
            <>
              <dt>Key (SHA-256)</dt>
              <dd class="mono">{groupHex(run.signer_fingerprint)}</dd>
            </>
          )}
          {run.signer_subject !== null && (
            <>
              <dt>Certificate subject</dt>
              <dd>
                <ReportText>{run.signer_subject}</ReportText>
              </dd>
            </>
          )}
          {run.signer_algorithm !== null && (
            <>
              <dt>Algorithm</dt>
              <dd>{run.signer_algorithm}</dd>
            </>
          )}
          <dt>Content (SHA-256)</dt>
          <dd class="mono">{groupHex(run.content_hash)}</dd>
          <dt>Report</dt>
          <dd>
            <a href={reportPath(run.id)} download={file}>
              Download the XML
            </a>{' '}
            ({formatBytes(run.size_bytes)}, exactly as submitted)
          </dd>
        </dl>
        {run.signature !== 'unsigned' && <VerifyCommand file={file} subject={run.signer_subject} />}
      </div>
    </section>
  )
}

/** How the next reports become trusted. */
function NextStep({ run }: { run: TaggedRun }) {
  if (run.signature === 'unsigned') {
    return (
      <p class="muted">
        To sign the next reports, make a key with <code>npx jux keygen --output ~/.config/jux/key.pem</code> and set{' '}
        <code>JUX_KEY_PATH</code> to it where the tests run.
      </p>
    )
  }
  if (run.signature_reason !== 'untrusted-key') return null
  return (
    <p class="muted">
      If you know this key, trust it on the server, for the next reports:{' '}
      <code>
        npx jux-server trust add {run.signer_subject === null ? 'key.pub.pem' : 'key.crt'} --project{' '}
        {shellWord(run.project)}
      </code>
    </p>
  )
}

function VerifyCommand({ file, subject }: { file: string; subject: string | null }) {
  const [what, flag] = subject === null ? ['public key', '--public-key key.pub.pem'] : ['certificate', '--cert key.crt']
  return (
    <details>
      <summary>Verify it yourself</summary>
      <CodeBlock text={`npx jux-reporter verify ${file} ${flag}`} />
      <p class="muted">
        Get the {what} from the signer, not from this server. <code>npx jux-reporter inspect {file}</code> shows the
        contents of the report.
      </p>
    </details>
  )
}

function Properties({ properties }: { properties: readonly RunProperty[] }) {
  if (properties.length === 0) return <EmptyState>The report has no properties.</EmptyState>
  return (
    <div class="panel padded">
      <dl class="properties many">
        {properties.map(({ name, value }) => (
          <div>
            <dt>
              <ReportText>{name}</ReportText>
            </dt>
            <dd>
              <ExternalLink address={value} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
