/**
 * The message of `jux-server notify test`.
 *
 * @module
 */
import type { ChangeKind, ChangeList } from '../compare/changes.js'
import type { Notice } from './notice.js'

const NONE: ChangeList = { count: 0, quarantined: 0, tests: [] }

/** A message about a run that does not exist. */
export function sampleNotice(project: string, publicUrl: string, now: Date): Notice {
  const lists: Record<ChangeKind, ChangeList> = {
    new: {
      count: 1,
      quarantined: 0,
      tests: [
        {
          testKey: 'sample',
          name: 'this is a test of the subscription',
          classname: 'sample',
          file: 'test/sample.test.ts',
          place: undefined,
          message: 'nothing failed',
          isQuarantined: false,
        },
      ],
    },
    known: NONE,
    flaky: NONE,
    fixed: NONE,
    vanished: NONE,
    skipped: NONE,
    renamed: NONE,
    added: NONE,
  }
  return {
    event: 'failed',
    run: {
      id: 'sample',
      project,
      branch: 'sample',
      commit_sha: null,
      tests: 1,
      failures: 1,
      errors: 0,
      skipped: 0,
      outcome: 'failed',
      inserted_at: now.getTime(),
    },
    changes: { base: undefined, reason: undefined, isComplete: true, lists },
    runUrl: publicUrl.replace(/\/+$/, ''),
    pullRequest: undefined,
    failedElsewhere: [],
  }
}
