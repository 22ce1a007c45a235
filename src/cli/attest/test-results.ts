/**
 * What an attestation states about a verified report.
 *
 * @module
 */
import { basename } from 'node:path'
import type { TestResults } from '../../attest/statement.js'
import { factOf, isFailure, statedValues, testName } from '../../gate/report.js'
import type { ReportCase, ReportSummary } from '../../report/read.js'
import type { VerifiedReport } from '../../sign/trust-types.js'
import { sha256Of } from '../../xml/digest.js'

/** What is read of each test. */
export const CASES_TO_READ = { output: 0, passedOutput: 0 }

/** A verified report with its results. */
export type ReportWithCases = VerifiedReport & {
  readonly summary: ReportSummary
  readonly cases: readonly ReportCase[]
}

/**
 * Collects the results of a report.
 *
 * @param name of its file
 * @param bytes of its file
 */
export function testResultsOf(
  name: string,
  bytes: Uint8Array,
  report: Pick<ReportWithCases, 'contentHash' | 'summary' | 'cases'>,
): TestResults {
  const { summary, cases, contentHash } = report
  const namesOf = (isWanted: (item: ReportCase) => boolean) => cases.filter(isWanted).map(testName)
  const url = factOf('ci:build_url', report) ?? ''
  const commit = factOf('git:commit', report) ?? ''
  // The files of a commit were tested only if nothing was changed. A detected commit is stated if it is another one.
  const isOther = statedValues('git:detected_commit', summary).length > 0
  const isWhole = factOf('git:status', report) === 'clean' && !isOther
  return {
    file: { name: name === '-' ? 'report.xml' : basename(name), sha256: sha256Of(bytes) },
    contentHash,
    outcome: summary.outcome,
    counts: summary,
    passed: namesOf(({ status, isFlaky }) => status === 'passed' && !isFlaky),
    flaky: namesOf(({ status, isFlaky }) => status === 'passed' && isFlaky),
    failed: namesOf(isFailure),
    url: /^https?:\/\/\S+$/.test(url) ? url : undefined,
    commit: isWhole && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit) ? commit : undefined,
  }
}
