/**
 * Which shards of which runs there are, and which are missing.
 *
 * @module
 */
import { factOf, type GateReport, listed, valuesOf } from './report.js'

/** The shards of one project in one runner. */
export interface ShardGroup {
  readonly project: string
  /** How many shards the reports state; the first one's number, if they differ. */
  readonly count: number
  /** Empty if every shard is there exactly once, of one run and one commit. */
  readonly problems: readonly string[]
}

/** Most missing shards that are listed. A report can state any number, so that they are not counted one by one. */
const MAX_LISTED = 5

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
    // `jux merge` has checked its parts. Those of a matrix are no shards.
    const shards = mergedShards(report)
    if (shards.length > 0) merged.push(describeMerged(report, shards))
    const stated = valuesOf('jux:shard', report.summary)
    if (stated.length === 0) continue
    const [, index = '0', count = '0'] = /^(\d{1,9})\/(\d{1,9})$/.exec(factOf('jux:shard', report) ?? '') ?? []
    const key = JSON.stringify(['project', 'jux:runner', 'jux:task'].map((name) => factOf(name, report) ?? ''))
    const shard = { report, index: Number(index), count: Number(count) }
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [shard])
    else known.push(shard)
  }
  return [...merged, ...[...groups.values()].map((shards) => describeGroup(shards, sameRun))]
}

function describeGroup(shards: readonly Shard[], sameRun: string): ShardGroup {
  const [first] = shards
  const count = first?.count ?? 0
  const problems: string[] = []
  const present = new Map<number, number>()
  for (const { index } of shards) present.set(index, (present.get(index) ?? 0) + 1)
  const { missing, more } = missingNumbers(count, present)
  const repeated = [...present].flatMap(([index, times]) => (times > 1 && isBetween(index, count) ? [index] : []))
  const counts = new Set(shards.map((shard) => shard.count))
  if (shards.some(({ index }) => !isBetween(index, count))) problems.push('a number of a shard is out of range')
  if (missing.length > 0) problems.push(`shard ${missing.join(', ')}${more} of ${count} is missing`)
  if (repeated.length > 0) problems.push(`shard ${listed(repeated.map(String))} of ${count} is there more than once`)
  if (counts.size > 1)
    problems.push(
      `the reports state ${counts.size > 5 ? `${counts.size} different numbers of` : [...counts].join(' and ')} shards`,
    )
  for (const name of [sameRun, 'git:commit']) {
    const values = shards.map(({ report }) => factOf(name, report))
    if (values.includes(undefined)) problems.push(`${name} is not stated in every shard`)
    else if (new Set(values).size > 1) problems.push(`${name} differs: ${listed([...new Set(values)].map(String))}`)
  }
  return { project: first === undefined ? '' : projectOf(first.report), count, problems }
}

function missingNumbers(count: number, present: ReadonlyMap<number, number>) {
  const missing: number[] = []
  // Ends after as many numbers as there are reports, and a few more.
  for (let number = 1; number <= count && missing.length < MAX_LISTED; number++) {
    if (!present.has(number)) missing.push(number)
  }
  const found = [...present.keys()].filter((index) => isBetween(index, count)).length
  const others = count - found - missing.length
  return { missing, more: others > 0 ? ` and ${others} more` : '' }
}

function isBetween(index: number, count: number): boolean {
  return index >= 1 && index <= count
}

// What the parts of a merged report stated, each in its own first suite.
function mergedShards({ summary }: GateReport): readonly string[] {
  if (valuesOf('jux:parts', summary).length === 0) return []
  return summary.suites.flatMap(({ properties }) =>
    properties.flatMap(({ name, value }) => (name === 'part:jux:shard' ? [value] : [])),
  )
}

// A merged report names each of its parts by the content hash.
function describeMerged(report: GateReport, shards: readonly string[]): ShardGroup {
  const parts = (factOf('jux:parts', report) ?? '').split(' ')
  const areHashes = parts.every((part) => /^[0-9a-f]{64}$/.test(part)) && new Set(parts).size === parts.length
  const counts = new Set(shards.map((shard) => /^\d{1,9}\/(\d{1,9})$/.exec(shard)?.[1] ?? '0'))
  const problems = [
    ...(areHashes ? [] : ['jux:parts is no list of different content hashes']),
    ...(counts.size === 1 ? [] : ['the parts state different numbers of shards']),
  ]
  return { project: projectOf(report), count: Number([...counts][0]), problems }
}

function projectOf(report: GateReport): string {
  return factOf('project', report) ?? 'no project'
}
