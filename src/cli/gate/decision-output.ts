/**
 * How a decision is shown: as text, as JSON, and as a summary for the page of a CI job.
 *
 * @module
 */
import { type Decision, usedRules, type Verdict } from '../../gate/evaluate.js'
import { factOf, type GateReport } from '../../gate/report.js'
import type { Finding, FindingResult } from '../../gate/rule.js'
import { codeOf, tableOf } from '../../render/job-summary-parts.js'
import type { Paint } from '../../terminal.js'
import type { PolicyDecisionJson } from '../json.js'
import { oneLine } from '../output.js'
import type { LoadedPolicy } from './files.js'

/** Most characters of a text in a summary. */
const MAX_CELL = 300
/** Most findings that a summary lists. */
const MAX_ROWS = 100

const LABELS: Readonly<Record<FindingResult, string>> = {
  fulfilled: 'ok',
  violated: 'VIOLATED',
  undecided: 'UNDECIDED',
}
const LABEL_WIDTH = Math.max(...Object.values(LABELS).map(({ length }) => length))

/** A decision and what it is about. */
export interface ShownDecision {
  readonly loaded: LoadedPolicy
  readonly reports: readonly GateReport[]
  readonly decision: Decision
}

/** The decision as text: a line for each rule that holds, and one for each finding that does not. */
export function formatDecision({ loaded, reports, decision }: ShownDecision, paint: Paint): string {
  const rules = usedRules(loaded.policy)
  const width = Math.max(...rules.map(({ rule }) => rule.id.length))
  const line = (label: string, id: string, text: string) => `${label}  ${id.padEnd(width)}  ${oneLine(text)}\n`
  const lines = rules.flatMap(({ rule, demand }) => {
    const findings = decision.findings.filter((finding) => finding.rule === rule.id)
    const wrong = findings.filter(({ result }) => result !== 'fulfilled')
    if (wrong.length === 0) return [line(paint.good(labelOf('fulfilled')), rule.id, shownText(findings) ?? demand)]
    return wrong.map((finding) =>
      line(
        paint.bad(labelOf(finding.result)),
        rule.id,
        `${aboutText(finding)}${finding.found} (wanted: ${finding.wanted})`,
      ),
    )
  })
  return `${lines.join('')}${paint.strong(decision.verdict)}: ${verdictText(decision, reports.length, loaded.file)}\n`
}

// What is waived is always shown; of other rules that hold, what they demand is enough.
function shownText(findings: readonly Finding[]): string | undefined {
  const waived = findings.filter((finding) => finding.waived)
  return waived.length === 0 ? undefined : waived.map((finding) => `${aboutText(finding)}${finding.found}`).join('; ')
}

function labelOf(result: FindingResult): string {
  return LABELS[result].padEnd(LABEL_WIDTH)
}

function aboutText({ report }: Finding): string {
  return report === undefined ? '' : `${report}: `
}

/** The verdict as a sentence without a beginning. */
function verdictText({ findings }: Decision, reports: number, policy: string): string {
  const count = (result: FindingResult) =>
    new Set(findings.filter((finding) => finding.result === result).map(({ rule }) => rule)).size
  const rules = new Set(findings.map(({ rule }) => rule)).size
  const parts = [
    `${reports} ${reports === 1 ? 'report' : 'reports'}, ${rules} rules of ${oneLine(policy)}`,
    ...(count('violated') > 0 ? [`${count('violated')} violated`] : []),
    ...(count('undecided') > 0 ? [`${count('undecided')} undecided`] : []),
  ]
  return parts.join(', ')
}

/** The decision as JSON. */
export function decisionJson({ loaded, reports, decision }: ShownDecision): PolicyDecisionJson {
  return {
    passed: decision.verdict === 'passed',
    verdict: decision.verdict,
    policy: { file: loaded.file, sha256: loaded.sha256, name: loaded.policy.name },
    reports: reports.map((report) => ({
      file: report.name,
      sha256: report.sha256,
      content_hash: report.signed.contentHash,
      key: report.signed.fingerprint,
      project: factOf('project', report),
      commit: factOf('git:commit', report),
      tests: report.summary.tests,
      outcome: report.summary.outcome,
    })),
    findings: decision.findings,
  }
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  passed: '✅ passed',
  failed: '❌ failed',
  undecided: '❔ undecided',
}

/** The decision as Markdown for the page of a job. */
export function renderDecisionSummary({ loaded, reports, decision }: ShownDecision): string {
  const wrong = decision.findings.filter(({ result }) => result !== 'fulfilled')
  const waived = decision.findings.filter((finding) => finding.rule === 'results.waivers' && finding.waived)
  const rows = [...wrong, ...waived]
  const cells = rows
    .slice(0, MAX_ROWS)
    .map(({ rule, report = '', result, found, wanted }) =>
      [LABELS[result], rule, report, found, wanted].map((text) => (text === '' ? '' : codeOf(text, MAX_CELL))),
    )
  const more = rows.length > MAX_ROWS ? `<p>and ${rows.length - MAX_ROWS} more</p>\n\n` : ''
  return [
    `\n\n<h3>Gate ${codeOf(loaded.policy.name ?? loaded.file, MAX_CELL)}: ${VERDICTS[decision.verdict]}</h3>\n\n`,
    `<p>${codeOf(verdictText(decision, reports.length, loaded.file), MAX_CELL)}</p>\n\n`,
    cells.length === 0 ? '' : tableOf(cells, ['', 'Rule', 'Report', 'Found', 'Wanted']) + more,
  ].join('')
}
