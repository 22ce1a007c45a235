/**
 * What a merged run states: what all its parts agree on, and the worst of the rest.
 *
 * @module
 */
import type { Property, RunOutcome } from '../../model.js'
import { factOf, factValues, type MergePart, runFactsOf } from './part.js'

/** From best to worst. */
const OUTCOMES: readonly RunOutcome[] = ['passed', 'no-tests', 'failed', 'error', 'interrupted']

/** Facts about one part that say nothing about the whole, even if all parts have the same. */
const OF_ONE_PART: ReadonlySet<string> = new Set([
  'jux:outcome',
  'jux:run_id',
  'jux:client',
  'jux:client_version',
  'jux:timestamp',
  'jux:started_at',
  'jux:finished_at',
  'jux:duration_ms',
  'jux:shard',
  'jux:shard_label',
  'jux:merged',
  'jux:parts',
  'jux:part',
  'jux:part_label',
  'jux:part_signer',
  'jux:scrubbed',
  'jux:truncated',
  'jux:renamed',
  'jux:left_out',
  'jux:source_sha256',
])

/** Facts that weaken a run: what any part states, the merged run states. */
const WEAKENING: ReadonlySet<string> = new Set([
  'jux:partial',
  'jux:watch',
  'jux:changed_during_run',
  'jux:exit_code',
  'jux:signal',
  'jux:outcome_reason',
  'jux:properties_error',
  'jux:test_properties_error',
  'jux:task',
  'jux:task_hash',
  'git:detected_commit',
  'git:detected_branch',
])

/** The worst outcome of the parts. A merged run is never better than one of its parts. */
export function worstOutcome(parts: readonly MergePart[]): RunOutcome {
  const worst = Math.max(...parts.map(({ summary }) => OUTCOMES.indexOf(summary.outcome)))
  return OUTCOMES[worst] ?? 'interrupted'
}

/**
 * The facts of the merged run, in an order that does not depend on the order of the parts.
 *
 * @param parts sorted
 */
export function mergedFacts(parts: readonly MergePart[]): readonly Property[] {
  const [first] = parts
  const facts = first === undefined ? [] : runFactsOf(first)
  const names = [...new Set([...facts.map(({ name }) => name), ...WEAKENING])].filter((name) => !OF_ONE_PART.has(name))
  const hashes = parts.map(({ contentHash }) => contentHash).sort()
  return [
    ...names.flatMap((name) => factOfAll(name, parts)),
    { name: 'jux:outcome', value: worstOutcome(parts) },
    ...earliest('jux:timestamp', parts),
    ...earliest('jux:started_at', parts),
    ...latest('jux:finished_at', parts),
    { name: 'jux:merged', value: 'true' },
    { name: 'jux:parts', value: hashes.join(' ') },
  ]
}

function factOfAll(name: string, parts: readonly MergePart[]): readonly Property[] {
  const values = parts.map((part) => factValues(name, part))
  const all = [...new Set(values.flat())].sort()
  const isAgreed = all.length === 1 && values.every((own) => own.length === 1)
  return isAgreed || WEAKENING.has(name) ? all.map((value) => ({ name, value })) : []
}

function earliest(name: string, parts: readonly MergePart[]): readonly Property[] {
  return timesOf(name, parts).slice(0, 1)
}

function latest(name: string, parts: readonly MergePart[]): readonly Property[] {
  return timesOf(name, parts).slice(-1)
}

// Nothing if a part has no such time.
function timesOf(name: string, parts: readonly MergePart[]): readonly Property[] {
  const values = parts.map((part) => factOf(name, part))
  const times = values.filter((value) => value !== undefined && !Number.isNaN(Date.parse(value)))
  if (times.length < parts.length) return []
  return times
    .flatMap((value) => (value === undefined ? [] : [{ name, value }]))
    .sort((one, other) => Date.parse(one.value) - Date.parse(other.value) || (one.value < other.value ? -1 : 1))
}
