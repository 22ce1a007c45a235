/**
 * Which shards of which runs there are, and which are missing.
 *
 * @module
 */
import { factOf, type GateReport, valuesOf } from './report.js'

/** The shards of one project in one runner. */
export interface ShardGroup {
  readonly project: string
  /** How many shards the reports state; the first one's number, if they differ. */
  readonly count: number
  /** Empty if every shard is there exactly once, of one run and one commit. */
  readonly problems: readonly string[]
}

interface Shard {
  readonly report: GateReport
  readonly index: number
  readonly count: number
}

/**
 * Groups the reports that are shards. Those of different projects, runners and tasks belong to different groups.
 *
 * @param sameRun the property that all shards of a run share
 */
export function groupShards(reports: readonly GateReport[], sameRun: string): readonly ShardGroup[] {
  const groups = new Map<string, Shard[]>()
  const merged: ShardGroup[] = []
  for (const report of reports) {
    // `jux merge` has checked its parts.
    const parts = factOf('jux:parts', report)?.split(' ')
    if (parts !== undefined) merged.push({ project: projectOf(report), count: parts.length, problems: [] })
    const stated = valuesOf('jux:shard', report.summary)
    if (stated.length === 0) continue
    const [, index = '0', count = '0'] = /^(\d+)\/(\d+)$/.exec(factOf('jux:shard', report) ?? '') ?? []
    const key = JSON.stringify(['project', 'jux:runner', 'jux:task'].map((name) => factOf(name, report) ?? ''))
    const shard = { report, index: Number(index), count: Number(count) }
    groups.set(key, [...(groups.get(key) ?? []), shard])
  }
  return [...merged, ...[...groups.values()].map((shards) => describeGroup(shards, sameRun))]
}

function describeGroup(shards: readonly Shard[], sameRun: string): ShardGroup {
  const [first] = shards
  const count = first?.count ?? 0
  const problems: string[] = []
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const missing = numbers.filter((number) => !shards.some(({ index }) => index === number))
  const repeated = numbers.filter((number) => shards.filter(({ index }) => index === number).length > 1)
  const counts = new Set(shards.map((shard) => shard.count))
  if (shards.some(({ index }) => index < 1 || index > count)) problems.push('a number of a shard is out of range')
  if (missing.length > 0) problems.push(`shard ${missing.join(', ')} of ${count} is missing`)
  if (repeated.length > 0) problems.push(`shard ${repeated.join(', ')} of ${count} is there more than once`)
  if (counts.size > 1) problems.push(`the reports state ${[...counts].join(' and ')} shards`)
  for (const name of [sameRun, 'git:commit']) {
    const values = shards.map(({ report }) => factOf(name, report))
    if (values.includes(undefined)) problems.push(`${name} is not stated in every shard`)
    else if (new Set(values).size > 1) problems.push(`${name} differs: ${[...new Set(values)].join(', ')}`)
  }
  return { project: first === undefined ? '' : projectOf(first.report), count, problems }
}

function projectOf(report: GateReport): string {
  return factOf('project', report) ?? 'no project'
}
