/**
 * Merges the verified reports of shards or of the jobs of a matrix to one signed report: plan -> render -> sign.
 *
 * The parts stay evidence: the merged report names each by its content hash.
 *
 * @module
 */
import { JuxError } from './errors.js'
import { countRunFacts, type MergePart, runFactsOf } from './gate/merge/part.js'
import { caseKey, type MergeOptions, type MergePlan, type PlannedPart, planMerge } from './gate/merge/plan.js'
import type { Property, TestCounts } from './model.js'
import { type PartToWrite, writeMerged } from './render/merged.js'
import { type ReportSummary, readReport } from './report/read.js'
import type { Signer } from './sign/keys.js'
import { signReport } from './sign/sign-report.js'
import { PACKAGE_NAME, packageVersion } from './version.js'

/** A merged report. */
export interface MergedReport {
  readonly bytes: Uint8Array
  readonly contentHash: string
  readonly summary: ReportSummary
  /** In the order of the report. */
  readonly parts: readonly PlannedPart[]
}

/**
 * Merges reports. The content does not depend on their order.
 *
 * @throws {JuxError} `MERGE_REFUSED` for reports that do not belong together
 */
export function mergeReports(parts: readonly MergePart[], signer: Signer, options: MergeOptions = {}): MergedReport {
  const plan = planMerge(parts, options)
  const client = [
    { name: 'jux:client', value: PACKAGE_NAME },
    { name: 'jux:client_version', value: packageVersion() },
  ]
  const facts = [...plan.facts, ...client]
  const factNames = new Set([...facts, ...parts.flatMap(runFactsOf)].map(({ name }) => name))
  const counts = sumOfCounts(parts)
  const unsigned = writeMerged(plan.parts.map(toWrite), { facts, counts, factNames })
  const bytes = signReport(unsigned, signer)
  const { summary, contentHash } = readReport(bytes)
  requireFaithful(summary, plan, counts)
  return { bytes, contentHash, summary, parts: plan.parts }
}

function toWrite({ part, job, label, shared }: PlannedPart): PartToWrite {
  const ofJob = job === undefined ? '' : `[${job}] `
  const isShared = (classname: string, name: string) => shared.size > 0 && shared.has(caseKey(classname, name))
  const sharedSuites = new Set(
    part.cases.flatMap(({ suite, classname, name }) => (isShared(classname, name) ? [suite] : [])),
  )
  const added: Property[] = [
    { name: 'jux:part', value: part.contentHash },
    { name: 'jux:part_label', value: label },
    { name: 'jux:part_signer', value: part.fingerprint },
  ]
  return {
    name: part.name,
    bytes: part.bytes,
    runFacts: countRunFacts(part.summary),
    added,
    suitePrefix: (index) => (sharedSuites.has(index) ? `[${label}] ` : ofJob),
    casePrefix: (classname, name) => (isShared(classname, name) ? `[${label}] ` : ofJob),
  }
}

function sumOfCounts(parts: readonly MergePart[]): TestCounts {
  const sum = (key: keyof TestCounts) => parts.reduce((total, { summary }) => total + summary[key], 0)
  return { tests: sum('tests'), failures: sum('failures'), errors: sum('errors'), skipped: sum('skipped') }
}

// The report is read as everyone else will read it, before anyone relies on it.
function requireFaithful(summary: ReportSummary, { parts, outcome }: MergePlan, counts: TestCounts): void {
  const suites = parts.reduce((sum, { part }) => sum + part.summary.suites.length, 1)
  const expected: Readonly<Record<string, unknown>> = { ...counts, outcome, suites }
  const found: Readonly<Record<string, unknown>> = { ...summary, suites: summary.suites.length }
  const wrong = Object.keys(expected).find((key) => found[key] !== expected[key])
  if (wrong === undefined) return
  throw new JuxError('UNEXPECTED_ERROR', {
    message: `the merged report has ${wrong} ${String(found[wrong])} instead of ${String(expected[wrong])}; it is not used`,
  })
}
