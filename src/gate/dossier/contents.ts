/**
 * What a dossier contains: the files, the page, and the instructions, from a decision and the files that it was made of.
 *
 * Pure, but for the signature of the list of files.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { digestFor, signBytes } from '../../attest/dsse.js'
import { keyFingerprint, keyKind } from '../../sign/algorithms.js'
import type { Signer } from '../../sign/keys.js'
import { sha256Of } from '../../xml/digest.js'
import type { Decision } from '../evaluate.js'
import { factOf, type GateReport, type GateTest, hasRun, isFailure, testName, testsOf } from '../report.js'
import type { GateInput } from '../rule.js'
import { waiversFor } from '../waivers.js'
import {
  type DossierKey,
  type Instructions,
  LIST_FILE,
  LIST_SIGNATURE_FILE,
  README_FILE,
  readmeText,
  SCRIPT_FILE,
  verifyScript,
} from './instructions.js'
import { type DossierPage, dossierPage, type PageReport, type PageTest } from './page.js'
import type { ZipFile } from './zip.js'

/** Facts of a report that the page shows: who, when, where and with what. */
const SHOWN_FACTS: readonly (readonly [label: string, name: string])[] = [
  ['Commit', 'git:commit'],
  ['Branch', 'git:branch'],
  ['Tag', 'git:tag'],
  ['State of the files', 'git:status'],
  ['Repository', 'git:remote'],
  ['Started', 'jux:timestamp'],
  ['Ended', 'jux:finished_at'],
  ['Runner', 'jux:runner'],
  ['Version of the runner', 'jux:runner_version'],
  ['Program that wrote the results', 'jux:source'],
  ['Reporter', 'jux:client_version'],
  ['Tester', 'jux:username'],
  ['Started by', 'ci:actor'],
  ['CI', 'ci:provider'],
  ['Build', 'ci:build_url'],
  ['Build id', 'ci:build_id'],
  ['Machine', 'jux:hostname'],
  ['Platform', 'jux:platform'],
  ['Node', 'jux:node_version'],
  ['Environment', 'jux:environment'],
  ['Shard', 'jux:shard'],
  ['Exit code of the command', 'jux:exit_code'],
]

/** A file with what signed it. */
export interface SignedEvidence extends ZipFile {
  readonly fingerprint: string
}

/** What a dossier is made of. */
export interface DossierParts {
  readonly title: string
  readonly input: GateInput
  readonly decision: Decision
  readonly policy: { readonly name: string; readonly bytes: Uint8Array; readonly sha256: string }
  /** By name of the report. */
  readonly reportBytes: ReadonlyMap<string, Uint8Array>
  /**
   * Envelopes: waivers, the decision, attestations, receipts; with their paths in the dossier. `about` is the path of the
   * report whose SHA-256 they name, or `all`.
   */
  readonly envelopes: readonly (SignedEvidence & { readonly role: string; readonly about?: string | undefined })[]
  /** Other files, such as baselines. */
  readonly others: readonly ZipFile[]
  /** Public keys of all signers. */
  readonly publicKeys: readonly KeyObject[]
  readonly signer: Signer
  /** By name of the report: which server has received it, when and as what. */
  readonly received: ReadonlyMap<string, string>
  /** The property of tests that names requirements. */
  readonly requirement?: string | undefined
}

/**
 * Makes the files of a dossier, in the order of the archive.
 *
 * @throws {RangeError} if the key of a signature is not among the public keys
 */
export function dossierFiles(parts: DossierParts): readonly ZipFile[] {
  const { input, policy, envelopes, others } = parts
  const names = reportNames(input.reports)
  const reports = input.reports.map((report): ZipFile => {
    const bytes = parts.reportBytes.get(report.name)
    if (bytes === undefined) throw new RangeError(`the bytes of ${report.name} are missing`)
    return { name: names.get(report) ?? '', bytes }
  })
  const keys = keysOf(parts)
  const keyOf = (fingerprint: string) => {
    const found = keys.find((key) => key.fingerprint === fingerprint)
    if (found === undefined) throw new RangeError(`the public key sha256:${fingerprint} is not known`)
    return found
  }
  const instructions: Instructions = {
    title: parts.title,
    keys,
    dossierKey: keyOf(parts.signer.fingerprint),
    reports: input.reports.map((report) => ({
      file: names.get(report) ?? '',
      key: keyOf(report.signed.fingerprint),
    })),
    envelopes: envelopes.map(({ name, fingerprint }) => ({ file: name, key: keyOf(fingerprint) })),
    named: envelopes.flatMap(({ name: envelope, about }) => {
      const named = about === 'all' ? [...names.values()] : about === undefined ? [] : [about]
      return named.map((report) => ({ envelope, report }))
    }),
  }
  const text = (name: string, content: string): ZipFile => ({ name, bytes: Buffer.from(content) })
  const listed = [
    text('index.html', dossierPage(pageOf(parts, names))),
    text(README_FILE, readmeText(instructions)),
    text(SCRIPT_FILE, verifyScript(instructions)),
    { name: 'policy.json', bytes: policy.bytes },
    ...reports,
    ...envelopes.map(({ name, bytes }) => ({ name, bytes })),
    ...others,
    ...keys.map(({ file, fingerprint }) => text(file, pemOf(parts.publicKeys, fingerprint))),
  ]
  const list = Buffer.from(listed.map(({ name, bytes }) => `${sha256Of(bytes)}  ${name}\n`).join(''))
  return [
    ...listed,
    { name: LIST_FILE, bytes: list },
    { name: LIST_SIGNATURE_FILE, bytes: signBytes(list, parts.signer) },
  ]
}

/** Paths of the reports in the dossier. */
function reportNames(reports: readonly GateReport[]): ReadonlyMap<GateReport, string> {
  return new Map(reports.map((report, index) => [report, `${reportStem(report, index, reports.length)}.xml`]))
}

/**
 * Path of a report in the dossier without its ending: its number, and the part of its name that is safe in every program.
 *
 * @param index from 0
 * @param count of all reports
 */
export function reportStem({ name }: GateReport, index: number, count: number): string {
  return `reports/${String(index + 1).padStart(String(count).length, '0')}-${plainName(name)}`
}

/** The last part of a path without its extension, with plain letters only. */
export function plainName(path: string): string {
  const last = path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '')
  return (
    last
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 80) || 'file'
  )
}

function keysOf({ publicKeys, input, envelopes, signer }: DossierParts): readonly DossierKey[] {
  const roles = new Map<string, Set<string>>()
  const add = (fingerprint: string, role: string) =>
    roles.set(fingerprint, (roles.get(fingerprint) ?? new Set<string>()).add(role))
  for (const { signed } of input.reports) add(signed.fingerprint, 'reports')
  for (const { fingerprint, role } of envelopes) add(fingerprint, role)
  add(signer.fingerprint, 'the dossier')
  return [...roles].map(([fingerprint, signs]) => {
    const key = publicKeys.find((one) => keyFingerprint(one) === fingerprint)
    const kind = key && keyKind(key)
    if (kind === undefined || kind.family === 'unsupported') {
      throw new RangeError(`the public key sha256:${fingerprint} is not known`)
    }
    return {
      file: `keys/${fingerprint.slice(0, 16)}.pub.pem`,
      fingerprint,
      description: kind.description,
      roles: [...signs],
      digest: digestFor(kind),
    }
  })
}

function pemOf(keys: readonly KeyObject[], fingerprint: string): string {
  const key = keys.find((one) => keyFingerprint(one) === fingerprint)
  if (key === undefined) throw new RangeError(`the public key sha256:${fingerprint} is not known`)
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

function pageOf(parts: DossierParts, names: ReadonlyMap<GateReport, string>): DossierPage {
  const { title, input, decision, policy, requirement } = parts
  const tests = testsOf(input.reports)
  const needed = new Set(tests.filter(isAnomaly).flatMap((test) => waiversFor(test, input.waivers)))
  return {
    title,
    createdAt: input.now.toISOString(),
    verdict: decision.verdict,
    policy: { name: policy.name, sha256: policy.sha256 },
    findings: decision.findings.map((finding) => ({ ...finding, report: shownName(finding.report, names) })),
    reports: input.reports.map((report) =>
      pageReport(report, names.get(report) ?? '', parts.received.get(report.name)),
    ),
    anomalies: tests.filter(isAnomaly).map(pageTest),
    waivers: input.waivers.map((waiver) => ({
      test: waiver.test,
      reason: waiver.reason,
      owner: waiver.owner,
      expires: waiver.expires,
      approver: waiver.approver,
      isNeeded: needed.has(waiver),
    })),
    skipped: tests.filter((test) => !hasRun(test)).map(pageTest),
    requirements: requirement === undefined ? undefined : { property: requirement, rows: matrixOf(input, requirement) },
  }
}

function shownName(name: string | undefined, names: ReadonlyMap<GateReport, string>): string | undefined {
  return [...names].find(([report]) => report.name === name)?.[1] ?? name
}

function pageReport(report: GateReport, file: string, received: string | undefined): PageReport {
  const { summary, signed } = report
  const { tests, failures, errors, skipped, outcome } = summary
  return {
    file,
    sha256: report.sha256,
    project: factOf('project', report),
    outcome,
    ...{ tests, failures, errors, skipped },
    signer: `${signed.subject ?? 'a key without a certificate'}, ${signed.keyDescription}, sha256:${signed.fingerprint}`,
    facts: [
      ...SHOWN_FACTS.map(([label, name]) => ({ label, value: factOf(name, report) ?? '' })),
      { label: 'Received by', value: received ?? '' },
    ].filter(({ value }) => value !== ''),
  }
}

function isAnomaly({ results }: GateTest): boolean {
  return results.some(({ item }) => isFailure(item) || item.isFlaky)
}

const RESULTS = { passed: 'passed', failed: 'failed', error: 'error', skipped: 'skipped' } as const
const SEVERITY = ['error', 'failed', 'passed', 'skipped'] as const

/** The worst result of a test, in words. */
function pageTest({ project, name, results }: GateTest): PageTest {
  const worst = SEVERITY.map((status) => results.find(({ item }) => item.status === status)).find(
    (found) => found !== undefined,
  )
  const flaky = results.some(({ item }) => item.isFlaky) ? ', flaky' : ''
  const item = worst?.item
  const kind = item?.status === 'skipped' && item.type !== '' ? item.type : RESULTS[item?.status ?? 'skipped']
  return { project, name, result: `${kind}${flaky}`, message: item?.message ?? '' }
}

function matrixOf({ reports }: GateInput, requirement: string): NonNullable<DossierPage['requirements']>['rows'] {
  const tests = new Map(testsOf(reports).map((test) => [JSON.stringify([test.project, test.name]), test]))
  const rows = new Map<string, Map<string, PageTest>>()
  for (const report of reports) {
    const project = factOf('project', report) ?? ''
    for (const item of report.cases) {
      const key = JSON.stringify([project, testName(item)])
      const test = tests.get(key)
      for (const { name, value } of item.properties ?? []) {
        if (name !== requirement || test === undefined) continue
        const row = rows.get(value) ?? new Map<string, PageTest>()
        rows.set(value, row.set(key, pageTest(test)))
      }
    }
  }
  return [...rows]
    .sort(([left], [right]) => left.localeCompare(right, 'en', { numeric: true }))
    .map(([id, found]) => ({ id, tests: [...found.values()] }))
}
