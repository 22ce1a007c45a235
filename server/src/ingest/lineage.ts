/**
 * The facts that say which runs a run can be compared with.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Property, ReportSummary } from 'jux-reporter'

/** Where a run belongs. */
export interface Lineage {
  /**
   * A digest of what results may depend on besides the source: environment, runner, operating system, architecture, runtime, and which
   * tests were selected. Runs of different lanes can differ without a test being flaky.
   */
  readonly lane: string
  /** Whether all tests of the run, or of its shard, had the chance to run: it may be the base of others, and its absent tests are gone. */
  readonly isWhole: boolean
  /** Whether files of the working tree differed from the commit. */
  readonly isDirty: boolean
  readonly pullRequest: string | null
  /** The branch that the pull request is for. */
  readonly baseBranch: string | null
  /** The commit of the base branch that the run was built on. */
  readonly mergeBase: string | null
  /** From 1; null if the run is no shard. */
  readonly shardIndex: number | null
  readonly shardCount: number | null
  /** The same for all shards of a build. Null if the run is no shard, or does not say which build and commit it is from. */
  readonly build: string | null
}

const MAX_SHARDS = 1_000
const MAX_LENGTH = 500

/** Words of `jux:selection` that choose other tests each time. With the others, the same command has the same tests. */
const CHANGING_SELECTIONS = ['changed', 'failed', 'list']
/** Properties of a run that did not have all of its tests. */
const PARTIAL = ['jux:partial', 'jux:watch']

/** Reads the facts from the properties of a report. A fact with several values has none. */
export function lineageOf(
  summary: Pick<ReportSummary, 'properties' | 'facts' | 'tests' | 'failures' | 'errors' | 'outcome'>,
  run: { readonly project: string; readonly commitSha: string | null; readonly environment: string },
): Lineage {
  const properties = [...summary.properties, ...summary.facts]
  const fact = (name: string) => only(properties, name)
  const shard = shardOf(fact('jux:shard'))
  const lane = digest([
    run.environment,
    fact('jux:runner') ?? fact('jux:source'),
    platform(fact('jux:platform')),
    major(fact('jux:node_version') ?? fact('jux:python_version')),
    fact('jux:runtime')?.split(' ')[0],
    fact('jux:shard_label'),
    ...selection(properties),
  ])
  const buildId = fact('ci:build_id') ?? fact('jux.ci_build_id')
  const isKnownBuild = shard !== undefined && (buildId !== undefined || run.commitSha !== null)
  return {
    lane,
    isWhole: isWhole(properties, summary),
    isDirty: fact('git:status') === 'dirty',
    pullRequest: fact('ci:pull_request') ?? null,
    baseBranch: fact('ci:base_branch') ?? null,
    mergeBase: fact('git:merge_base') ?? null,
    shardIndex: shard?.index ?? null,
    shardCount: shard?.count ?? null,
    build: isKnownBuild ? digest([run.project, run.commitSha, lane, String(shard.count), buildId]) : null,
  }
}

function isWhole(
  properties: readonly Property[],
  { tests, failures, errors, outcome }: Pick<ReportSummary, 'tests' | 'failures' | 'errors' | 'outcome'>,
): boolean {
  if (tests === 0 || outcome === 'interrupted' || outcome === 'no-tests') return false
  const bail = Number(only(properties, 'jux:bail') ?? 0)
  if (bail > 0 && failures + errors >= bail) return false
  return properties.every(({ name, value }) => {
    if (name === 'jux:selection') return !value.split(',').some((word) => CHANGING_SELECTIONS.includes(word.trim()))
    return !PARTIAL.includes(name) || value === 'false'
  })
}

function selection(properties: readonly Property[]): string[] {
  return properties
    .filter(({ name, value }) => /^jux:selection(?::|$)/.test(name) && value !== 'all')
    .map(({ name, value }) => `${name}=${value}`)
    .sort()
}

// `2/3`, as the runners write it.
function shardOf(text: string | undefined): { index: number; count: number } | undefined {
  const match = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text ?? '')
  const [index, count] = [Number(match?.[1]), Number(match?.[2])]
  return index <= count && count > 1 && count <= MAX_SHARDS ? { index, count } : undefined
}

// `Linux-6.1.0-x64`, without the release.
function platform(text: string | undefined): string | undefined {
  const parts = text?.split('-') ?? []
  return text === undefined ? undefined : `${parts[0]}-${parts.at(-1)}`
}

function major(version: string | undefined): string | undefined {
  return /\d+/.exec(version ?? '')?.[0]
}

function only(properties: readonly Property[], name: string): string | undefined {
  const values = new Set(properties.flatMap((property) => (property.name === name ? [property.value.trim()] : [])))
  const [value] = values
  return values.size === 1 && value !== undefined && value !== '' && value.length <= MAX_LENGTH ? value : undefined
}

function digest(parts: readonly (string | null | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts.map((part) => part ?? null)), 'base64url').slice(0, 16)
}
