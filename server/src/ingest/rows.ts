/**
 * Creates the rows of a report.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { ReportCase } from 'jux-reporter'
import type { Insertable } from 'kysely'
import type { Part } from '../database/row-inserts.js'
import type {
  CaseTable,
  CaseTextTable,
  RunPropertyTable,
  RunTable,
  RunTagTable,
  SuiteTable,
} from '../database/schema.js'
import type { RunFacts } from './facts.js'
import { type Lineage, lineageOf } from './lineage.js'
import { cut, ROW_LIMITS, type RowReport, type RowSuite, suitePosition } from './report.js'
import type { CheckedSignature } from './signature.js'
import type { KnownTest } from './test-ids.js'

/** A submission that was read and checked and can be stored. */
export interface CheckedReport {
  readonly report: RowReport
  readonly facts: RunFacts
  readonly signature: CheckedSignature
  readonly sizeBytes: number
  readonly protocol: string
  readonly submittedBy: string | null
}

/** Rows that are inserted together. More rows would keep other writers waiting longer. */
const ROWS_AT_ONCE = 1_000

/** Returns the columns of the runs table about a signature. */
export function signatureColumns(signature: CheckedSignature) {
  return {
    signature: signature.state,
    signer_fingerprint: signature.fingerprint ?? null,
    signer_subject: signature.subject === undefined ? null : cut(signature.subject, ROW_LIMITS.name),
    signer_algorithm: signature.algorithm ?? null,
    signature_reason: signature.reason ?? null,
  }
}

/** A run to create the row of. */
export interface RowRun {
  readonly id: string
  readonly checked: CheckedReport
  readonly bytesSha256: string
  readonly nowMs: number
}

/** Creates the row of the run. */
export function runRow({ id, checked, bytesSha256, nowMs }: RowRun): Insertable<RunTable> {
  const { report, facts } = checked
  const { tests, failures, errors, skipped, startedAtMs } = report.summary
  return {
    id,
    content_hash: report.contentHash,
    project: facts.project,
    branch: facts.branch,
    commit_sha: facts.commitSha,
    environment: facts.environment,
    ci_provider: facts.ciProvider,
    ci_job_id: facts.ciJobId,
    ci_pipeline_url: facts.ciPipelineUrl,
    ci_build_number: facts.ciBuildNumber,
    tests,
    failures,
    errors,
    skipped,
    flaky: report.cases.filter(({ isFlaky }) => isFlaky).length,
    success_rate: successRate(tests, failures, errors),
    total_time: report.totalSeconds,
    inserted_at: nowMs,
    started_at: startedAtMs ?? null,
    outcome: facts.outcome,
    ...signatureColumns(checked.signature),
    contradictions: facts.contradictions.length === 0 ? null : JSON.stringify(facts.contradictions),
    size_bytes: checked.sizeBytes,
    protocol: checked.protocol,
    submitted_by: checked.submittedBy,
    file_id: null,
    bytes_sha256: bytesSha256,
    bytes_at: null,
    ...lineageColumns(lineageOf(report.summary, facts)),
  }
}

function lineageColumns(lineage: Lineage) {
  return {
    lane: lineage.lane,
    is_whole: lineage.isWhole ? 1 : 0,
    is_dirty: lineage.isDirty ? 1 : 0,
    pull_request: lineage.pullRequest,
    base_branch: lineage.baseBranch,
    merge_base: lineage.mergeBase,
    shard_index: lineage.shardIndex,
    shard_count: lineage.shardCount,
    build: lineage.build,
  }
}

/**
 * Computes (tests − failures − errors) / tests in percent, with two decimals as in the examples of the published API; 0
 * without tests.
 */
function successRate(tests: number, failures: number, errors: number): number {
  return tests === 0 ? 0 : Math.round(((tests - failures - errors) / tests) * 10_000) / 100
}

/** Computes the UUID of a suite or test case from its run and position (RFC 9562 §5.8, version 8). */
export function partId(runId: string, kind: 'suite' | 'case', position: number): string {
  const hex = hash('sha256', `${runId} ${kind} ${position}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A run whose parts are to be inserted. */
export interface RunOfParts {
  readonly seq: number
  readonly id: string
  readonly checked: CheckedReport
  /** The tests of its test cases, in the same order. */
  readonly tests: readonly KnownTest[]
}

/** Returns the parts of runs, in the order to insert them: tags, properties, suites, test cases and their texts. */
export function* partsOf(runs: readonly RunOfParts[]): Generator<Part> {
  for (const rows of chunks(runs, tagRows)) yield { table: 'run_tags', rows }
  for (const rows of chunks(runs, propertyRows)) yield { table: 'run_properties', rows }
  for (const rows of chunks(runs, suiteRows)) yield { table: 'suites', rows }
  for (const rows of chunks(runs, caseRows)) yield { table: 'cases', rows }
  for (const rows of chunks(runs, textRows)) yield { table: 'case_texts', rows }
}

function* tagRows({ seq, checked }: RunOfParts): Generator<RunTagTable> {
  for (const tag of checked.facts.tags) yield { run_seq: seq, tag }
}

function* propertyRows({ seq, checked }: RunOfParts): Generator<RunPropertyTable> {
  for (const [position, { name, value }] of checked.report.summary.facts.entries()) {
    yield { run_seq: seq, position, name, value }
  }
}

function* suiteRows(run: RunOfParts): Generator<SuiteTable> {
  for (const [position, suite] of run.checked.report.suites.entries()) yield suiteRow(run, suite, position)
}

function* caseRows({ seq, checked: { report }, tests }: RunOfParts): Generator<CaseTable> {
  for (const [position, item] of report.cases.entries()) {
    const test = tests[position]
    if (test === undefined) throw new Error('a test case has no test')
    yield caseRow(seq, suitePosition(item, report), item, position, test)
  }
}

function* textRows({ seq, checked }: RunOfParts): Generator<CaseTextTable> {
  for (const [position, { message, type, details, output }] of checked.report.cases.entries()) {
    if (message === '' && type === '' && details === '' && output === '') continue
    yield {
      run_seq: seq,
      position,
      message: orNull(message),
      type: orNull(type),
      details: orNull(details),
      output: orNull(output),
    }
  }
}

function suiteRow(
  run: { readonly seq: number; readonly id: string },
  { path, tests, failures, errors, skipped, seconds, output }: RowSuite,
  position: number,
): SuiteTable {
  return {
    run_seq: run.seq,
    position,
    id: partId(run.id, 'suite', position),
    name: cut(path.join(' > '), ROW_LIMITS.name),
    tests,
    failures,
    errors,
    skipped,
    time: seconds,
    output: orNull(output),
  }
}

function caseRow(
  run_seq: number,
  suite_position: number,
  { status, isFlaky, seconds, file, line }: ReportCase,
  position: number,
  test: KnownTest,
): CaseTable {
  return {
    run_seq,
    position,
    suite_position,
    test_id: test.id,
    status,
    flaky: isFlaky ? 1 : 0,
    time: seconds,
    file: (file ?? null) === test.file ? null : (file ?? ''),
    line: line ?? null,
  }
}

function orNull(text: string): string | null {
  return text === '' ? null : text
}

function* chunks<T>(runs: readonly RunOfParts[], rowsOf: (run: RunOfParts) => Iterable<T>): Generator<readonly T[]> {
  let rows: T[] = []
  for (const run of runs) {
    for (const row of rowsOf(run)) {
      rows.push(row)
      if (rows.length < ROWS_AT_ONCE) continue
      yield rows
      rows = []
    }
  }
  if (rows.length > 0) yield rows
}
