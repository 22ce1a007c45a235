/**
 * Messages to build.
 *
 * @module
 */
import type { ChangedTest, ChangeKind, ChangeList, RunChanges, RunReference } from '../../src/compare/changes.js'
import type { Notice, NoticeRun } from '../../src/notify/notice.js'

const NONE: ChangeList = { count: 0, quarantined: 0, tests: [] }

/** When the run of a message was received. */
export const RECEIVED_MS = Date.UTC(2026, 0, 15, 12)

/** The base of a message. */
export const BASE: RunReference = {
  id: 'base',
  branch: 'main',
  commitSha: 'b'.repeat(40),
  insertedAtMs: RECEIVED_MS - 86_400_000,
}

/** A test that changed. */
export function changed(parts: Partial<ChangedTest> = {}): ChangedTest {
  const place = { file: 'test/cart.test.ts', place: undefined }
  return { testKey: 'k', name: 'pays', classname: 'cart', ...place, isQuarantined: false, ...parts }
}

/** What changed; each list is the tests or their count. */
export function changes(
  lists: Partial<Record<ChangeKind, readonly ChangedTest[] | number>> = {},
  parts: Partial<RunChanges> = {},
): RunChanges {
  const listOf = (kind: ChangeKind): ChangeList => {
    const value = lists[kind]
    if (value === undefined) return NONE
    if (typeof value === 'number') return { count: value, quarantined: 0, tests: [] }
    return { count: value.length, quarantined: value.filter(({ isQuarantined }) => isQuarantined).length, tests: value }
  }
  return {
    base: BASE,
    reason: 'previous-run',
    isComplete: true,
    lists: {
      new: listOf('new'),
      known: listOf('known'),
      flaky: listOf('flaky'),
      fixed: listOf('fixed'),
      vanished: listOf('vanished'),
      skipped: listOf('skipped'),
      renamed: listOf('renamed'),
      added: listOf('added'),
    },
    ...parts,
  }
}

/** A message. */
export function notice(parts: Partial<Omit<Notice, 'run'>> & { readonly run?: Partial<NoticeRun> } = {}): Notice {
  const { run, ...rest } = parts
  return {
    event: 'failed',
    changes: changes({ new: [changed({ message: 'expected 1\nat cart.ts:3' })] }),
    runUrl: 'https://jux.example.com/runs/r1',
    pullRequest: undefined,
    failedElsewhere: [],
    ...rest,
    run: {
      id: 'r1',
      project: 'shop',
      branch: 'main',
      commit_sha: 'a'.repeat(40),
      tests: 4,
      failures: 1,
      errors: 0,
      skipped: 0,
      outcome: 'failed',
      inserted_at: RECEIVED_MS,
      ...run,
    },
  }
}
