/**
 * Decides whether reports belong together as the parts of one run, and how they are merged.
 *
 * Pure. What is not stated does not tie reports together: a report without a commit or a run is refused.
 *
 * @module
 */
import type { Property, RunOutcome } from '../../model.js'
import { mergedFacts, worstOutcome } from './facts.js'
import { groupByLabel, labelJobs } from './labels.js'
import { factOf, inspection, type MergePart, refusal } from './part.js'
import { readShards, type ShardPart } from './shards.js'

/** The property that ties reports to a run of the CI. */
const CI_RUN = 'ci:build_id'

/** What the user says about the parts. */
export interface MergeOptions {
  /** The property that ties the parts to one run, besides `ci:build_id` where it is stated. */
  readonly run?: string | undefined
  /** The property that tells the jobs of a matrix apart. */
  readonly label?: string | undefined
}

/** A part with what the names of its tests begin with. */
export interface PlannedPart {
  readonly part: MergePart
  /** The job of the matrix; `undefined` if there is one job. All its names begin with it. */
  readonly job: string | undefined
  /** What tells it from all others, such as `22.1.0`, `shard 2/3` or `linux shard 2/3`. */
  readonly label: string
  /** Keys of the tests that other parts of the job have too (see `caseKey`): their names begin with the label. */
  readonly shared: ReadonlySet<string>
}

/** How reports are merged. */
export interface MergePlan {
  /** In the order of the document, which does not depend on that of the arguments. */
  readonly parts: readonly PlannedPart[]
  readonly outcome: RunOutcome
  readonly facts: readonly Property[]
}

/**
 * Plans a merge.
 *
 * @throws {JuxError} `MERGE_REFUSED`
 */
export function planMerge(given: readonly MergePart[], options: MergeOptions = {}): MergePlan {
  const parts = [...given].sort(byHash)
  if (parts.length < 2) {
    throw refusal('too-few-parts', `there is ${parts.length === 0 ? 'no report' : 'only one report'} to merge`, [
      'name the reports of all shards, or the folder that has them',
    ])
  }
  for (const part of parts) requireUnmerged(part)
  requireDistinct(parts)
  requireSame(parts, 'another-project', ['project', 'jux:runner', 'jux:source', 'jux:task'], 'project')
  requireStated(parts, 'another-project', 'project')
  requireSame(parts, 'another-commit', ['git:commit', 'git:detected_commit'], 'commit')
  requireStated(parts, 'another-commit', 'git:commit')
  requireOneRun(parts, options.run)
  const planned = planParts(parts, options.label)
  return { parts: planned, outcome: worstOutcome(parts), facts: mergedFacts(planned.map(({ part }) => part)) }
}

/** The same for two test cases with the same names. */
export function caseKey(classname: string, name: string): string {
  return JSON.stringify([classname, name])
}

// A part that is hidden in another would count twice.
function requireUnmerged(part: MergePart): void {
  if (factOf('jux:merged', part) === undefined && factOf('jux:parts', part) === undefined) return
  throw refusal('merged-part', `${part.name} is itself a merged report`, ['merge the reports that it was made of'])
}

function requireDistinct(parts: readonly MergePart[]): void {
  requireDifferent(parts, 'same-content', ({ contentHash }) => contentHash, 'have the same content')
  requireDifferent(parts, 'same-run', (part) => factOf('jux:run_id', part), 'are reports of the same run (jux:run_id)')
}

function requireDifferent(
  parts: readonly MergePart[],
  reason: 'same-content' | 'same-run',
  factIn: (part: MergePart) => string | undefined,
  what: string,
): void {
  const known = new Map<string, MergePart>()
  for (const part of parts) {
    const value = factIn(part)
    if (value === undefined) continue
    const earlier = known.get(value)
    if (earlier !== undefined) {
      throw refusal(reason, `${earlier.name} and ${part.name} ${what}`, ['leave out one of the two'])
    }
    known.set(value, part)
  }
}

function requireSame(
  parts: readonly MergePart[],
  reason: 'another-project' | 'another-commit' | 'another-run',
  names: readonly string[],
  what: string,
): void {
  const [first] = parts
  if (first === undefined) return
  for (const name of names) {
    const value = factOf(name, first)
    const other = parts.find((part) => factOf(name, part) !== value)
    if (other === undefined) continue
    const found = `${name} is ${value ?? 'not stated'} in ${first.name}, and ${factOf(name, other) ?? 'not stated'} in ${other.name}`
    throw refusal(reason, `the reports are not of the same ${what}: ${found}`, [
      `leave out what is of another ${what}`,
      inspection(other),
    ])
  }
}

function requireStated(parts: readonly MergePart[], reason: 'another-project' | 'another-commit', name: string): void {
  const silent = parts.find((part) => factOf(name, part) === undefined)
  if (silent === undefined) return
  throw refusal(reason, `${silent.name} does not state ${name}, so nothing shows that it belongs to the others`, [
    `set ${name === 'project' ? 'JUX_PROJECT' : 'JUX_COMMIT_SHA'} where the tests run`,
  ])
}

function requireOneRun(parts: readonly MergePart[], run: string | undefined): void {
  requireSame(parts, 'another-run', ['ci:provider', CI_RUN], 'run')
  const name = run ?? CI_RUN
  requireSame(parts, 'another-run', [name], 'run')
  const silent = parts.find((part) => factOf(name, part) === undefined)
  if (silent === undefined) return
  throw refusal('run-unknown', `${silent.name} does not state ${name}, so nothing shows that it is of the same run`, [
    'give the reports of a run a property, such as properties: { pipeline: process.env.PIPELINE_ID }, and merge with --run pipeline',
  ])
}

function planParts(parts: readonly MergePart[], label: string | undefined): readonly PlannedPart[] {
  const jobs = groupByLabel(parts, label)
  const isShards = parts.some((part) => factOf('jux:shard', part) !== undefined)
  // Without labels of their own, the jobs of a matrix are told apart by what they ran on.
  if (!isShards && label === undefined && jobs.size < parts.length) {
    const labels = labelJobs(parts)
    return parts
      .map((part) => planJob(part, labels.get(part) ?? ''))
      .sort((one, other) => compare(one.label, other.label))
  }
  return [...jobs]
    .sort(([one = ''], [other = '']) => compare(one, other))
    .flatMap(([job, own]) => planGroup(own, job, jobs.size > 1))
}

// The shards of one job, or a job alone.
function planGroup(parts: readonly MergePart[], job: string | undefined, isMatrix: boolean): readonly PlannedPart[] {
  const shards = readShards(parts)
  const [first] = shards
  if (first?.shard === undefined && shards.length > 1) {
    throw refusal('not-told-apart', `${parts.map(({ name }) => name).join(' and ')} are both the job ${job ?? ''}`, [
      'name a property that tells them apart with --label',
    ])
  }
  const shared = sharedTests(parts)
  return [...shards]
    .sort((one, other) => (one.shard?.index ?? 0) - (other.shard?.index ?? 0))
    .map((one) => ({ part: one.part, job: isMatrix ? (job ?? '') : undefined, label: labelOf(one, job), shared }))
}

function labelOf({ shard }: ShardPart, job: string | undefined): string {
  const own = shard === undefined ? undefined : `shard ${shard.index}/${shard.count}`
  return [job, own].filter((text) => text !== undefined).join(' ')
}

function planJob(part: MergePart, label: string): PlannedPart {
  return { part, job: label, label, shared: new Set() }
}

// Tests that several shards have: those of a project that others depend on, or of a runner that ignores its shard.
function sharedTests(parts: readonly MergePart[]): ReadonlySet<string> {
  const known = new Set<string>()
  const shared = new Set<string>()
  if (parts.length < 2) return shared
  for (const { cases } of parts) {
    const own = new Set(cases.map(({ classname, name }) => caseKey(classname, name)))
    for (const key of own) (known.has(key) ? shared : known).add(key)
  }
  return shared
}

function byHash(one: MergePart, other: MergePart): number {
  return compare(one.contentHash, other.contentHash)
}

// The same on every machine.
function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
