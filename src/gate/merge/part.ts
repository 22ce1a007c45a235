/**
 * A part of a merged report: a verified report, and the facts that it states about its run.
 *
 * @module
 */
import { JuxError, shellWord } from '../../errors.js'
import type { Property } from '../../model.js'
import type { Reason } from '../../reasons.js'
import type { ReportCase, ReportSummary } from '../../report/read.js'

/** A report whose signature was verified. */
export interface MergePart {
  /** As named on the command line. */
  readonly name: string
  /** The bytes that were verified. */
  readonly bytes: Uint8Array
  readonly contentHash: string
  /** Of its signer. */
  readonly fingerprint: string
  readonly summary: ReportSummary
  readonly cases: readonly ReportCase[]
}

/** What the reporters write last of the facts about a run, before those about its first file. */
const LAST_FACTS: ReadonlySet<string> = new Set([
  'jux:duration_ms',
  'jux:shard',
  'jux:merged',
  'jux:watch',
  'jux:partial',
  'jux:seed',
])

/** How many properties of the first suite are facts about the run; the others are about the first file. */
export function countRunFacts({ properties }: Pick<ReportSummary, 'properties'>): number {
  const start = properties.findIndex(({ name }) => name === 'jux:duration_ms')
  if (start === -1) return properties.length
  const end = properties.findIndex(({ name }, index) => index > start && !LAST_FACTS.has(name))
  return end === -1 ? properties.length : end
}

/** The facts about the run. */
export function runFactsOf({ summary }: MergePart): readonly Property[] {
  return summary.properties.slice(0, countRunFacts(summary))
}

/** Every value of a fact; `jux:outcome` is the outcome that the reader decided. */
export function factValues(name: string, part: MergePart): readonly string[] {
  if (name === 'jux:outcome') return [part.summary.outcome]
  return [...new Set(runFactsOf(part).flatMap((fact) => (fact.name === name ? [fact.value] : [])))]
}

/**
 * The value of a fact; `undefined` if the part states none.
 *
 * @throws {JuxError} `MERGE_REFUSED` if it states several
 */
export function factOf(name: string, part: MergePart): string | undefined {
  const values = factValues(name, part)
  if (values.length > 1) {
    throw refusal('ambiguous-fact', `${part.name} states several values of ${name}: ${values.join(', ')}`, [
      inspection(part),
    ])
  }
  return values[0]
}

/** A refusal to merge. */
export function refusal(reason: Reason, message: string, suggestions: readonly string[]): JuxError {
  return new JuxError('MERGE_REFUSED', { message, suggestions, reason })
}

/** The command that shows the facts of a part. */
export function inspection({ name }: Pick<MergePart, 'name'>): string {
  return `npx jux inspect ${name === '-' ? '' : shellWord(name)}`.trimEnd()
}
