/**
 * What changed in a run as one line of text.
 *
 * @module
 */
import type { ChangeKind, RunChanges } from './changes.js'

/** Kinds that are worth a line, with the name of one and of several tests. */
const NAMED = [
  ['new', 'new failure', 'new failures'],
  ['known', 'known failure', 'known failures'],
  ['flaky', 'flaky test', 'flaky tests'],
  ['fixed', 'fixed test', 'fixed tests'],
  ['skipped', 'newly skipped test', 'newly skipped tests'],
  ['vanished', 'test that vanished', 'tests that vanished'],
] as const satisfies readonly (readonly [ChangeKind, string, string])[]

const MAX_NAME_LENGTH = 80
const COMMIT_LENGTH = 10

/**
 * Writes the line: counts, the names of new failures, and the base. Quarantined failures are counted apart. Only new failures are
 * named, because they are in the report itself: a client that may submit need not be one that may read.
 *
 * @returns undefined without a base
 */
export function changesText({ base, lists }: RunChanges): string | undefined {
  if (base === undefined) return undefined
  const parts = NAMED.flatMap(([kind, one, many]) => {
    const { tests } = lists[kind]
    const count = lists[kind].count - lists[kind].quarantined
    if (count === 0) return []
    const text = `${count} ${count === 1 ? one : many}`
    if (kind !== 'new') return [text]
    const names = tests.filter(({ isQuarantined }) => !isQuarantined).map(({ name }) => cut(name))
    if (count > names.length) names.push('…')
    return [`${text} (${names.join(', ')})`]
  })
  const quarantined = NAMED.reduce((sum, [kind]) => sum + lists[kind].quarantined, 0)
  if (quarantined > 0) parts.push(`${quarantined} quarantined`)
  const commit = base.commitSha === null ? '' : ` ${base.commitSha.slice(0, COMMIT_LENGTH)}`
  return `${parts.join(', ') || 'none'}, since ${base.branch ?? 'an earlier run'}${commit}`
}

function cut(name: string): string {
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name
}
