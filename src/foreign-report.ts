/**
 * Turns the JUnit file of any other program into a report: read -> enrich -> scrub -> render -> sign.
 *
 * Everything of the file is kept, in canonical form: elements, attributes, namespaces and texts. Only comments and processing
 * instructions are left out, because a signature does not cover the former and the verifier refuses both. The facts are in a
 * suite of their own, the first one. `deliverReport` stores and submits the result.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { enrich } from './enrich/facts.js'
import { type NamedFileOwners, namedFileOwners } from './enrich/file-owners.js'
import { JuxError } from './errors.js'
import { JunitClaims, type JunitOutcome } from './gather/junit.js'
import { type Property, type RunOutcome, SCHEMA_VERSION, type TestRun } from './model.js'
import type { ComposedReport, Materials } from './pipeline.js'
import { type Alterations, ForeignWriter, ORIGINAL_PREFIX, type TextScrubber } from './render/foreign.js'
import { sizeNotice } from './render/size.js'
import { type ReportSummary, readReport } from './report/read.js'
import { ResultsReader } from './report/results.js'
import { reportScrubber } from './scrub/scrub.js'
import { signReport } from './sign/sign-report.js'
import type { CommandEnd } from './witness/reconcile.js'
import { EnvelopedFilter, VisitorPair } from './xml/canonical.js'
import { DSIG_NAMESPACE } from './xml/names.js'
import { DEFAULT_LIMITS, requireBytes, type StartTag, scanXml, type XmlLimits, type XmlVisitor } from './xml/scan.js'

/** A file of another program. */
export interface ForeignFile {
  /** Must not change while the report is made. */
  readonly bytes: Uint8Array
  /** Its name for people, such as its path in the project; absent for standard input. */
  readonly name?: string | undefined
  /** The program that wrote it. Default: the program that the file names, else the last part of `name`. */
  readonly source?: string | undefined
  /** Removes its signature; without it, a signed file is refused. */
  readonly replace?: boolean | undefined
  /** How the command ended that wrote the file, if that is known: a file cannot have passed if its command failed. */
  readonly commandEnd?: CommandEnd | undefined
}

/** A report that was made from a file of another program. */
export interface ForeignReport extends ComposedReport {
  /** The value of `jux:source`. */
  readonly source: string
  readonly outcome: RunOutcome
  /** What the user should know: what was renamed or left out, why the outcome is not that of the test cases. One line each. */
  readonly notices: readonly string[]
}

// The facts are one element deeper than the original root, and a signature has names of its own.
const LIMITS: Partial<XmlLimits> = {
  maxDepth: DEFAULT_LIMITS.maxDepth - 1,
  maxNames: DEFAULT_LIMITS.maxNames - 64,
}

/** Most names in a notice. */
const MAX_NAMES = 5
/** Longest value of `jux:source` and `jux:source_file`. */
const MAX_SOURCE = 500
const UNNAMED = 'standard input'

/**
 * Makes a report of the JUnit file of another program. Nothing is stored or sent.
 *
 * @throws {JuxError} `XML_PARSE_ERROR` for a file that is not well-formed; `XML_INVALID_STRUCTURE` for one that is not JUnit, or
 *   that cannot be signed; `OPERATION_FAILED` with reason `already-signed`
 */
export function composeForeignReport(file: ForeignFile, materials: Materials): ForeignReport {
  const { settings, facts, signer, system, time = (_, action) => action() } = materials
  const { bytes } = file
  requireBytes(bytes)
  const scrubber = reportScrubber(settings, system.env)
  const { ownersOf } = facts
  const owners = settings.owners === false || ownersOf === undefined ? undefined : namedFileOwners(system.cwd, ownersOf)
  const read = time('gather', () => scanFile(bytes, scrubber, owners))
  if (read.isSigned && file.replace !== true) throw alreadySigned()
  const { outcome, reason } = reconcile(read.claims.outcome(read.summary), file.commandEnd)
  const source = (file.source ?? read.claims.program ?? sourceName(file.name)).slice(0, MAX_SOURCE)
  const enriched = time('enrich', () => enrich(runOf(outcome, system.now(), system.uuid()), facts))
  const properties = [
    ...enriched.run.properties,
    ...ownFacts({ ...read, source, reason, file, hasSecrets: scrubber.facts().length > 0 }, enriched.run.runId),
  ].map(({ name, value }): Property => ({ name: scrubber.text(name), value: scrubber.text(value) }))
  const { tests, failures, errors, skipped } = read.summary
  const counts = { tests, failures, errors, skipped }
  const { declaration, root } = time('render', () =>
    read.writer.document({ properties: [...properties, ...scrubber.facts()], counts }),
  )
  const unsigned = Buffer.concat([declaration, ...root])
  const signed = signer === undefined ? unsigned : time('sign', () => signReport(unsigned, signer))
  const report = time('check', () => readReport(signed))
  requireFaithful(report.summary, { ...counts, outcome }, report.contentHash === hashOf(root))
  return {
    chunks: [signed],
    contentHash: report.contentHash,
    run: { ...enriched.run, properties: report.summary.properties },
    properties: report.summary.properties,
    counts,
    signer,
    problems: enriched.problems,
    sizeNotice: sizeNotice({ sizeBytes: signed.length, tests, runner: source }),
    source,
    outcome,
    notices: noticesOf(read, reason, outcome),
  }
}

interface ReadFile {
  readonly summary: ReportSummary
  readonly claims: JunitClaims
  readonly writer: ForeignWriter
  readonly isSigned: boolean
}

// One scan reads the results and writes everything but the facts.
function scanFile(bytes: Uint8Array, scrubber: TextScrubber, owners: NamedFileOwners | undefined): ReadFile {
  const results = new ResultsReader(bytes, {})
  const claims = new JunitClaims(bytes)
  const writer = new ForeignWriter(bytes, scrubber, owners)
  const readers = [results, claims, writer]
  const all = readers.reduce<XmlVisitor>((first, next) => new VisitorPair(first, next), new Guard())
  const signatures = new SignatureCounter()
  scanXml(bytes, new EnvelopedFilter(all, signatures), { limits: LIMITS })
  return { summary: results.results(false).summary, claims, writer, isSigned: signatures.count > 0 }
}

/** Refuses what has no meaning as JUnit, or what could not be signed. */
class Guard implements XmlVisitor {
  #isRoot = true

  startTag({ uri, name }: StartTag): void {
    if (name.local === 'Signature' && uri === DSIG_NAMESPACE) {
      throw new JuxError('XML_INVALID_STRUCTURE', {
        message:
          'the file has a Signature that is not a child of its root: it does not sign the file, and readers could take it for one that does',
        suggestions: ['remove the element ds:Signature'],
      })
    }
    if (this.#isRoot && uri !== '') {
      throw new JuxError('XML_INVALID_STRUCTURE', {
        message: `the root element ${name.text} is in the namespace ${JSON.stringify(uri.slice(0, 100))}; JUnit XML is in none, so readers would find no results`,
        suggestions: ['remove the declaration of the namespace from the root element'],
        reason: 'not-junit',
      })
    }
    this.#isRoot = false
  }

  endTag(): void {}
  text(): void {}
  cdata(): void {}
  comment(): void {}
  instruction(): void {}
}

/** Receives the signatures that are removed. */
class SignatureCounter implements XmlVisitor {
  count = 0
  #depth = 0

  startTag(): void {
    if (this.#depth++ === 0) this.count++
  }

  endTag(): void {
    this.#depth--
  }

  text(): void {}
  cdata(): void {}
  comment(): void {}
  instruction(): void {}
}

// What the facts about a run are added to: the results stay in the file.
function runOf(outcome: RunOutcome, now: Date, runId: string): TestRun {
  const at = now.toISOString()
  return {
    schemaVersion: SCHEMA_VERSION,
    runId,
    outcome,
    runner: { name: '', version: '' },
    rootDir: '',
    startedAt: at,
    finishedAt: at,
    durationMs: 0,
    properties: [],
    modules: [],
    errors: [],
    output: [],
  }
}

interface Findings extends ReadFile {
  readonly file: ForeignFile
  readonly source: string
  readonly reason: string | undefined
  readonly hasSecrets: boolean
}

function ownFacts(
  { writer, file, source, reason, isSigned, hasSecrets }: Findings,
  runId: string,
): readonly Property[] {
  // Who has all of a file but its secret can find out a short secret with the digest of the file.
  const digest = hasSecrets ? '' : createHash('sha256').update(file.bytes).digest('hex')
  const { renamed } = writer.alterations
  const leftOut = leftOutOf(writer.alterations, isSigned).map(([what, count]) => `${what}=${count}`)
  return [
    { name: 'jux:run_id', value: runId },
    { name: 'jux:source', value: source },
    { name: 'jux:source_file', value: (file.name ?? '').slice(0, MAX_SOURCE) },
    { name: 'jux:source_sha256', value: digest },
    { name: 'jux:exit_code', value: String(file.commandEnd?.exitCode ?? '') },
    { name: 'jux:signal', value: file.commandEnd?.signal ?? '' },
    { name: 'jux:outcome_reason', value: reason ?? '' },
    { name: 'jux:renamed', value: renamed.length === 0 ? '' : String(renamed.length) },
    { name: 'jux:left_out', value: leftOut.join(' ') },
  ].filter(({ value }) => value !== '')
}

// A command can fail after its last test, or before it wrote all of them: a file that says otherwise does not count.
function reconcile(found: JunitOutcome, end: CommandEnd | undefined): JunitOutcome {
  const failure = end === undefined ? undefined : commandFailure(end)
  return failure === undefined || found.outcome !== 'passed' ? found : { outcome: 'error', reason: failure }
}

function commandFailure({ exitCode, signal }: CommandEnd): string | undefined {
  if (signal !== undefined) return `the command that wrote the file was ended by ${signal}`
  return exitCode === 0 ? undefined : `the command that wrote the file ended with exit code ${exitCode ?? 'unknown'}`
}

function leftOutOf({ comments, instructions }: Alterations, isSigned: boolean): readonly (readonly [string, number])[] {
  const all = [
    ['comments', comments] as const,
    ['instructions', instructions] as const,
    ['signature', Number(isSigned)] as const,
  ]
  return all.filter(([, count]) => count > 0)
}

function noticesOf({ writer, isSigned }: ReadFile, reason: string | undefined, outcome: RunOutcome): readonly string[] {
  const { comments, instructions, renamed } = writer.alterations
  const names = renamed.slice(0, MAX_NAMES).join(', ')
  const more = renamed.length > MAX_NAMES ? ` and ${renamed.length - MAX_NAMES} more` : ''
  return [
    ...(reason === undefined ? [] : [`the outcome is ${outcome}: ${reason}`]),
    ...(renamed.length === 0
      ? []
      : [
          `the file has properties with the names of facts, which are written with ${ORIGINAL_PREFIX} before them: ${names}${more}`,
        ]),
    ...(renamed.includes('jux:client')
      ? ['the file is a report of a Jux tool already: jux sign signs it as it is']
      : []),
    ...(comments > 0 ? [`left out: ${counted(comments, 'comment')}, which a signature would not cover`] : []),
    ...(instructions > 0
      ? [`left out: ${counted(instructions, 'processing instruction')}, which jux verify refuses`]
      : []),
    ...(isSigned ? ['left out: the signature that the file had, as --replace says'] : []),
  ]
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function sourceName(name: string | undefined): string {
  return name?.split(/[\\/]/).at(-1) || UNNAMED
}

function alreadySigned(): JuxError {
  return new JuxError('OPERATION_FAILED', {
    message: 'the file is already signed, and a report of it would be without that signature',
    suggestions: ['npx jux report --replace makes a report of it nevertheless'],
    reason: 'already-signed',
  })
}

function hashOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

// The report is read as everyone else will read it, before anyone relies on it.
function requireFaithful(
  summary: ReportSummary,
  expected: Pick<ReportSummary, 'tests' | 'failures' | 'errors' | 'skipped' | 'outcome'>,
  isSameHash: boolean,
): void {
  const wrong = (['tests', 'failures', 'errors', 'skipped', 'outcome'] as const).find(
    (key) => summary[key] !== expected[key],
  )
  if (wrong === undefined && isSameHash) return
  const what = wrong === undefined ? 'another content hash' : `${wrong} ${summary[wrong]} instead of ${expected[wrong]}`
  throw new JuxError('UNEXPECTED_ERROR', { message: `the report of the file has ${what}; it is not used` })
}
