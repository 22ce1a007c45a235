/**
 * Which shard each part is, and whether they are all there.
 *
 * @module
 */
import { listed } from '../report.js'
import { factOf, inspection, type MergePart, refusal } from './part.js'

/** A part with its place among the shards. */
export interface ShardPart {
  readonly part: MergePart
  /** Absent if no part is a shard. */
  readonly shard: { readonly index: number; readonly count: number } | undefined
}

/**
 * Checks that the parts are all shards of one run, each once, or that none is a shard.
 *
 * @throws {JuxError} `MERGE_REFUSED` with reason `shard-unclear`, `shard-count`, `shard-doubled` or `shard-missing`
 */
export function readShards(parts: readonly MergePart[]): readonly ShardPart[] {
  const read = parts.map((part): ShardPart => ({ part, shard: shardOf(part) }))
  const [first] = read
  const other = read.find(({ shard }) => (shard === undefined) !== (first?.shard === undefined))
  if (first === undefined || other !== undefined) {
    const [with_, without] = first?.shard === undefined ? [other, first] : [first, other]
    throw refusal('shard-unclear', `${nameOf(with_)} is a shard, and ${nameOf(without)} states none (jux:shard)`, [
      'merge the shards of one run, and nothing else',
    ])
  }
  if (first.shard === undefined) return read
  requireSameCount(read, first, first.shard.count)
  requireEachOnce(read, first.shard.count)
  return read
}

function requireSameCount(parts: readonly ShardPart[], first: ShardPart, count: number): void {
  const other = parts.find(({ shard }) => shard?.count !== count)
  if (other === undefined) return
  throw refusal(
    'shard-count',
    `${nameOf(first)} is one of ${count} shards, and ${nameOf(other)} is one of ${other.shard?.count ?? 0}`,
    ['run all shards with the same number, such as --shard 1/3, 2/3 and 3/3'],
  )
}

function requireEachOnce(parts: readonly ShardPart[], count: number): void {
  const known = new Map<number, ShardPart>()
  for (const one of parts) {
    const index = one.shard?.index ?? 0
    const earlier = known.get(index)
    if (earlier !== undefined) {
      throw refusal('shard-doubled', `${nameOf(earlier)} and ${nameOf(one)} are both shard ${index} of ${count}`, [
        'leave out one of the two; jobs of a matrix are told apart by jux:shard_label, or by the property of --label',
      ])
    }
    known.set(index, one)
  }
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((index) => !known.has(index))
  if (missing.length === 0) return
  const names = parts.map(nameOf).join(', ')
  throw refusal(
    'shard-missing',
    `shard ${listed(missing.map(String))} of ${count} is missing: there are only ${names}`,
    [`add the report of the shard, such as: npx vitest run --shard=${missing[0]}/${count}`],
  )
}

function shardOf(part: MergePart): ShardPart['shard'] {
  const text = factOf('jux:shard', part)
  if (text === undefined) return undefined
  const [, index = '', count = ''] = /^([1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text) ?? []
  if (Number(index) >= 1 && Number(index) <= Number(count)) return { index: Number(index), count: Number(count) }
  throw refusal('shard-unclear', `${part.name} states the shard ${text}, which is none`, [inspection(part)])
}

function nameOf(one: ShardPart | undefined): string {
  return one?.part.name ?? ''
}
