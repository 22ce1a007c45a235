/**
 * The page of a dossier: HTML to read and to print, without scripts and without requests.
 *
 * Pure. All texts from reports are escaped.
 *
 * @module
 */
import { printable } from '../../terminal.js'
import { legalText } from '../../xml/text.js'

/** A row of a table: texts that are not escaped yet. */
type Row = readonly (string | number | undefined)[]

/** A table of the page. */
interface Table {
  readonly headings: readonly string[]
  readonly rows: readonly Row[]
  /** What is said if there are no rows. */
  readonly empty: string
}

/** One report. */
export interface PageReport {
  readonly file: string
  readonly sha256: string
  readonly project: string | undefined
  readonly outcome: string
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
  /** Who signed it. */
  readonly signer: string
  /** Facts to show, in this order. */
  readonly facts: readonly { readonly label: string; readonly value: string }[]
}

/** One test with its result in words. */
export interface PageTest {
  readonly project: string
  readonly name: string
  readonly result: string
  readonly message: string
}

/** One requirement and its tests. */
export interface PageRequirement {
  readonly id: string
  readonly tests: readonly PageTest[]
}

/** Everything that the page shows. */
export interface DossierPage {
  readonly title: string
  readonly createdAt: string
  readonly verdict: string
  readonly policy: { readonly name: string; readonly sha256: string }
  readonly findings: readonly {
    readonly rule: string
    readonly result: string
    /** Path of a file of `reports`, or another name; `undefined` if it is about all. */
    readonly report?: string | undefined
    readonly found: string
    readonly wanted: string
  }[]
  readonly reports: readonly PageReport[]
  /** Tests that failed or were flaky, with a waiver or not. */
  readonly anomalies: readonly PageTest[]
  readonly waivers: readonly {
    readonly test: string
    readonly reason: string
    readonly owner: string
    readonly expires: string
    readonly approver: string
    readonly isNeeded: boolean
  }[]
  readonly skipped: readonly PageTest[]
  /** Absent if no property was named. */
  readonly requirements?: { readonly property: string; readonly rows: readonly PageRequirement[] } | undefined
}

/** Longest word that stays on one line, in characters. */
const MAX_UNBROKEN = 26

// Half of the border of a table is outside of it, and the edge of a printed page cuts it off.
const STYLE = `
  body { font: 10.5pt/1.4 system-ui, sans-serif; color: #111; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 1.6rem; margin-bottom: 0 } h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; break-after: avoid } h3 { font-size: 1rem; margin: 1rem 0 .3rem; break-after: avoid }
  table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #888; padding: .25rem .45rem; text-align: left; vertical-align: top }
  .long { overflow-wrap: anywhere }
  th { background: #eee } tr { break-inside: avoid } .verdict { font-size: 1.2rem; font-weight: 700 } code { font-size: .92em }
  .small { color: #444; font-size: .9em }
  @page { size: A4; margin: 18mm } @media print { body { font-size: 9pt; margin: 0; max-width: none; padding: 0 } table { width: calc(100% - 2px) } }
`

/** The page. */
export function dossierPage(page: DossierPage): string {
  const { title, createdAt, verdict, policy, reports, requirements } = page
  const numbers = new Map(reports.map(({ file }, index) => [file, index + 1]))
  const shortName = (file: string | undefined) => numbers.get(file ?? '') ?? file
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="small">Made ${escaped(createdAt)}</p>
<p class="verdict">Decision: ${escaped(verdict)}</p>
<p>Policy <code>${escaped(policy.name)}</code>, SHA-256 <code>${escaped(policy.sha256)}</code></p>

<h2>What was tested, and with which result</h2>
${tableOf({
  headings: ['Report', 'File', 'Project', 'Outcome', 'Tests', 'Failed', 'Errors', 'Skipped'],
  rows: reports.map((one, index) => [
    index + 1,
    one.file,
    one.project,
    one.outcome,
    one.tests,
    one.failures,
    one.errors,
    one.skipped,
  ]),
  empty: 'No reports.',
})}

<h2>Who tested, when and where</h2>
${reports.map(factsOf).join('\n')}

<h2>Rules of the policy</h2>
${tableOf({
  headings: ['Rule', 'Result', 'Report', 'Found', 'Wanted'],
  rows: page.findings.map(({ rule, result, report, found, wanted }) => [
    rule,
    result,
    shortName(report),
    found,
    wanted,
  ]),
  empty: 'No rules.',
})}

<h2>Anomalies: failed and flaky tests</h2>
${tableOf({
  headings: ['Project', 'Test', 'Result', 'Message'],
  rows: page.anomalies.map(testRow),
  empty: 'No test failed, and none was flaky.',
})}

<h2>Exceptions</h2>
${tableOf({
  headings: ['Test', 'Reason', 'Owner', 'Last day', 'Approver', 'Needed'],
  rows: page.waivers.map((one) => [
    one.test,
    one.reason,
    one.owner,
    one.expires,
    `sha256:${one.approver}`,
    one.isNeeded ? 'yes' : 'no',
  ]),
  empty: 'No test was excepted.',
})}

<h2>Tests that did not run</h2>
${tableOf({
  headings: ['Project', 'Test', 'Result', 'Reason'],
  rows: page.skipped.map(testRow),
  empty: 'Every test ran.',
})}
${requirements === undefined ? '' : requirementsOf(requirements)}
<p class="small">This page was made from the signed reports beside it. README.txt says how to verify them. It claims no
compliance with any standard.</p>
</body>
</html>
`
}

function factsOf({ sha256, signer, facts }: PageReport, index: number): string {
  const rows: Row[] = [
    ['Signed by', signer],
    ['SHA-256 of the file', sha256],
    ...facts.map(({ label, value }) => [label, value] as const),
  ]
  return `<h3>Report ${index + 1}</h3>\n${tableOf({ headings: [], rows, empty: '' })}`
}

function requirementsOf({ property, rows }: NonNullable<DossierPage['requirements']>): string {
  return `
<h2>Requirements</h2>
<p>Tests by their property <code>${escaped(property)}</code>.</p>
${tableOf({
  headings: ['Requirement', 'Project', 'Test', 'Result'],
  rows: rows.flatMap(({ id, tests }) => tests.map(({ project, name, result }) => [id, project, name, result])),
  empty: 'No test names a requirement.',
})}
`
}

function testRow({ project, name, result, message }: PageTest): Row {
  return [project, name, result, message]
}

function tableOf({ headings, rows, empty }: Table): string {
  if (rows.length === 0) return `<p>${escaped(empty)}</p>`
  const names = headings.map((text) => `<th>${escaped(text)}</th>`).join('')
  const head = headings.length === 0 ? '' : `<thead><tr>${names}</tr></thead>\n`
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`)
  return `<table>\n${head}<tbody>\n${body.join('\n')}\n</tbody>\n</table>`
}

// Only long words may be broken: a column of short ones would become as narrow as a letter.
function cell(value: Row[number]): string {
  const text = String(value ?? '')
  const isLong = text.split(/[\s-]/).some((word) => word.length > MAX_UNBROKEN)
  return `<td${isLong ? ' class="long"' : ''}>${escaped(text)}</td>`
}

function escaped(text: string): string {
  return printable(legalText(text)).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
