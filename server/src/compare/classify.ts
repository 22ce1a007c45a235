/**
 * Says how each test of a run changed since its base. Pure: results of tests in, kinds out.
 *
 * @module
 */
import type { ChangeKind } from './changes.js'

/** The result of a test in a run, or in all shards of one. */
export interface TestState {
  /** `bad`: failed or had an error. */
  readonly result: 'bad' | 'passed' | 'skipped'
  /** Passed, but not at the first attempt. */
  readonly isFlaky: boolean
}

/** What a test did in other runs of the same commit, where nothing but the test itself can be the reason. */
export interface OtherAttempts {
  readonly passed: boolean
  readonly failed: boolean
}

/** What is known about two runs. The keys are those of the tests. */
export interface Comparison<Key> {
  readonly head: ReadonlyMap<Key, TestState>
  /** Undefined without a run to compare with. */
  readonly base: ReadonlyMap<Key, TestState> | undefined
  readonly otherAttempts: ReadonlyMap<Key, OtherAttempts>
  /** Whether tests that are not in the head are gone, rather than not run. */
  readonly isComplete: boolean
  /** The file of a test, else its class. A renamed test stays there. */
  placeOf(key: Key): string
}

/** How the tests changed. */
export interface Classified<Key> {
  /** In the order of the head; vanished tests come last, in the order of the base. */
  readonly kinds: ReadonlyMap<Key, ChangeKind>
  /** The tests that renamed ones replace. They are not in `kinds`. */
  readonly formerKeys: ReadonlyMap<Key, Key>
}

/** Classifies the tests. A test that did not change has no kind. */
export function classify<Key>(comparison: Comparison<Key>): Classified<Key> {
  const { head, base, otherAttempts, isComplete } = comparison
  const kinds = new Map<Key, ChangeKind>()
  for (const [key, state] of head) {
    const kind = kindOf(state, base === undefined ? 'no-base' : base.get(key), otherAttempts.get(key))
    if (kind !== undefined) kinds.set(key, kind)
  }
  if (base === undefined || !isComplete) return { kinds, formerKeys: new Map() }
  const vanished = [...base.keys()].filter((key) => !head.has(key))
  const formerKeys = renames(comparison, base, vanished)
  const replaced = new Set(formerKeys.values())
  for (const [key, former] of formerKeys) {
    const kind = kindOf(head.get(key), base.get(former), otherAttempts.get(key))
    // A result that changed says more than the name that changed.
    kinds.set(key, kind ?? 'renamed')
  }
  for (const key of vanished) if (!replaced.has(key)) kinds.set(key, 'vanished')
  return { kinds, formerKeys }
}

function kindOf(
  head: TestState | undefined,
  base: TestState | 'no-base' | undefined,
  other: OtherAttempts | undefined,
): ChangeKind | undefined {
  if (head === undefined) return undefined
  const before = base === 'no-base' ? undefined : base
  if (head.result === 'bad') return other?.passed ? 'flaky' : before?.result === 'bad' ? 'known' : 'new'
  if (head.result === 'passed' && (head.isFlaky || other?.failed)) return 'flaky'
  if (base === 'no-base') return undefined
  if (before === undefined) return 'added'
  if (head.result === 'skipped') return before.result === 'skipped' ? undefined : 'skipped'
  return before.result === 'bad' ? 'fixed' : undefined
}

// Where exactly one test vanished and exactly one came, the one replaces the other. With more of them, nothing says which.
function renames<Key>(
  { head, placeOf }: Comparison<Key>,
  base: ReadonlyMap<Key, TestState>,
  vanished: readonly Key[],
): Map<Key, Key> {
  const formerIn = onlyPerPlace(vanished, placeOf)
  const added = [...head.keys()].filter((key) => !base.has(key))
  const found = new Map<Key, Key>()
  for (const [place, key] of onlyPerPlace(added, placeOf)) {
    const former = formerIn.get(place)
    if (key !== undefined && former !== undefined) found.set(key, former)
  }
  return found
}

function onlyPerPlace<Key>(keys: readonly Key[], placeOf: (key: Key) => string): Map<string, Key | undefined> {
  const places = new Map<string, Key | undefined>()
  for (const key of keys) {
    const place = placeOf(key)
    places.set(place, places.has(place) ? undefined : key)
  }
  return places
}
