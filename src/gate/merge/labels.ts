/**
 * What tells the jobs of a matrix apart: a label for each part, which the names of its tests begin with.
 *
 * @module
 */
import { isReservedName } from '../../reserved-names.js'
import { factOf, inspection, type MergePart, refusal, runFactsOf } from './part.js'

const SHARD_LABEL = 'jux:shard_label'

/** Facts that jobs of a matrix usually differ in. */
const USUAL = ['jux:node_version', 'jux:platform', 'jux:runtime', 'jux:runner_version', 'jux:environment', 'jux:tags']

/**
 * Groups the parts by the job of the matrix that they are of.
 *
 * @param label name of the property that tells the jobs apart; default: `jux:shard_label`, for shards
 * @returns one group with the label `undefined` if there is no such property
 * @throws {JuxError} `MERGE_REFUSED` with reason `label-missing`
 */
export function groupByLabel(
  parts: readonly MergePart[],
  label: string | undefined,
): ReadonlyMap<string | undefined, readonly MergePart[]> {
  const name = label ?? SHARD_LABEL
  const groups = new Map<string | undefined, MergePart[]>()
  for (const part of parts) {
    const value = factOf(name, part)
    if (value === undefined && label !== undefined) {
      throw refusal('label-missing', `${part.name} does not state ${label}, which tells the parts apart`, [
        inspection(part),
      ])
    }
    groups.set(value, [...(groups.get(value) ?? []), part])
  }
  return groups
}

/**
 * Finds labels for parts that are no shards: the first property that all of them state, and no two the same; otherwise all that
 * differ together.
 *
 * @throws {JuxError} `MERGE_REFUSED` with reason `not-told-apart`
 */
export function labelJobs(parts: readonly MergePart[]): ReadonlyMap<MergePart, string> {
  const custom = [...new Set(parts.flatMap((part) => runFactsOf(part).map(({ name }) => name)))]
    .filter((name) => !isReservedName(name))
    .sort()
  const differing = [...USUAL, ...custom].filter((name) => {
    const values = parts.map((part) => factOf(name, part))
    return !values.includes(undefined) && new Set(values).size > 1
  })
  const candidates = [...differing.map((name) => [name]), differing]
  for (const names of candidates) {
    const labels = new Map(parts.map((part) => [part, names.map((name) => factOf(name, part)).join(' ')]))
    if (new Set(labels.values()).size === parts.length) return labels
  }
  throw refusal('not-told-apart', `nothing that they state tells ${parts.map(({ name }) => name).join(', ')} apart`, [
    "give each job of the matrix a property, such as properties: { os: 'linux' }",
    'name the property with --label',
  ])
}
