/**
 * Histories of a project, written by hand, and how the tests of their last run changed.
 *
 * A run is `BRANCH COMMIT [fact=value …] | test=result …`. Results are `ok`, `bad`, `skip` and `retry` (passed at its second attempt). A test
 * is `file/name`, or only a name. Expected is what the last run has: `test kind` or `test kind since N`, where N is the run, from 1.
 *
 * @module
 */

/** One history. */
export interface History {
  readonly name: string
  readonly runs: readonly string[]
  readonly changes: readonly string[]
  /** Number of the run that is the base, from 1. */
  readonly base?: number
}

export const HISTORIES: readonly History[] = [
  {
    name: 'a test that passed before and fails now is new',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad'],
    changes: ['pay new since 2'],
    base: 1,
  },
  {
    name: 'a test that still fails is known since the first failure',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad', 'main a3 | pay=bad', 'main a4 | pay=bad'],
    changes: ['pay known since 2'],
    base: 3,
  },
  {
    name: 'a test that failed before and passes now is fixed',
    runs: ['main a1 | pay=bad', 'main a2 | pay=ok'],
    changes: ['pay fixed'],
  },
  { name: 'a test that passes as before did not change', runs: ['main a1 | pay=ok', 'main a2 | pay=ok'], changes: [] },
  {
    name: 'in the first run of a project every failure is new',
    runs: ['main a1 | pay=bad cart=ok'],
    changes: ['pay new since 1'],
  },
  {
    name: 'a test that came and fails is new',
    runs: ['main a1 | pay=ok', 'main a2 | pay=ok refund=bad'],
    changes: ['refund new since 2'],
  },
  {
    name: 'a test that came and passes is added',
    runs: ['main a1 | pay=ok', 'main a2 | pay=ok refund=ok'],
    changes: ['refund added'],
  },
  {
    name: 'a test that is gone vanished',
    runs: ['main a1 | pay=ok refund=ok', 'main a2 | pay=ok'],
    changes: ['refund vanished'],
  },
  {
    name: 'a test that failed and is gone vanished, and is not fixed',
    runs: ['main a1 | pay=ok refund=bad', 'main a2 | pay=ok'],
    changes: ['refund vanished'],
  },
  {
    name: 'a test that passed and is skipped now is skipped',
    runs: ['main a1 | pay=ok', 'main a2 | pay=skip'],
    changes: ['pay skipped'],
  },
  {
    name: 'a test that failed and is skipped now is skipped, and not fixed',
    runs: ['main a1 | pay=bad cart=ok', 'main a2 | pay=skip cart=ok'],
    changes: ['pay skipped'],
  },
  {
    name: 'a test that was skipped before is no change',
    runs: ['main a1 | pay=skip a=ok', 'main a2 | pay=skip a=ok'],
    changes: [],
  },
  {
    name: 'a test that was skipped before and fails now is new',
    runs: ['main a1 | pay=skip', 'main a2 | pay=bad'],
    changes: ['pay new since 2'],
  },
  {
    name: 'a failure that was skipped in between is known since before',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad', 'main a3 | pay=skip', 'main a4 | pay=bad', 'main a5 | pay=bad'],
    changes: ['pay known since 2'],
  },
  { name: 'a retry within a run is flaky', runs: ['main a1 | pay=ok', 'main a2 | pay=retry'], changes: ['pay flaky'] },
  {
    name: 'a test that failed and passes at its second attempt is flaky',
    runs: ['main a1 | pay=bad', 'main a2 | pay=retry'],
    changes: ['pay flaky'],
  },
  {
    name: 'a rerun of the same commit that passes is flaky, and not fixed',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad', 'main a2 | pay=ok'],
    changes: ['pay flaky'],
    base: 1,
  },
  {
    name: 'a rerun of the same commit that fails is flaky',
    runs: ['main a1 | pay=ok', 'main a2 | pay=ok', 'main a2 | pay=bad'],
    changes: ['pay flaky since 3'],
    base: 1,
  },
  {
    name: 'a rerun that fails again is new compared with the commit before',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad', 'main a2 | pay=bad'],
    changes: ['pay new since 2'],
    base: 1,
  },
  {
    name: 'a test that fails in one project of the runner only is new, and not flaky, in a rerun too',
    runs: ['main a1 | pay=ok pay=ok', 'main a2 | pay=ok pay=bad', 'main a2 | pay=ok pay=bad'],
    changes: ['pay new since 2'],
    base: 1,
  },
  {
    name: 'a test that somebody edited is fixed, and not flaky',
    runs: ['main a1 | pay=ok', 'main a2 | pay=bad', 'main a3 | pay=ok', 'main a4 | pay=bad', 'main a5 | pay=ok'],
    changes: ['pay fixed'],
  },
  {
    name: 'the same commit with changed files is another source',
    runs: ['main a1 | pay=ok', 'main a2 git:status=dirty | pay=bad', 'main a2 git:status=dirty | pay=ok'],
    changes: ['pay fixed'],
    base: 2,
  },
  {
    name: 'another operating system is no other attempt',
    runs: [
      'main a1 jux:platform=Linux-6-x64 | pay=ok',
      'main a1 jux:platform=Windows-10-x64 | pay=ok',
      'main a2 jux:platform=Linux-6-x64 | pay=ok',
      'main a2 jux:platform=Windows-10-x64 | pay=bad',
    ],
    changes: ['pay new since 4'],
    base: 2,
  },
  {
    name: 'a test with a new name in its file is renamed',
    runs: ['main a1 | shop.test.js/pay=ok shop.test.js/cart=ok', 'main a2 | shop.test.js/pays=ok shop.test.js/cart=ok'],
    changes: ['pays renamed from pay'],
  },
  {
    name: 'a test with a new name that still fails is known',
    runs: [
      'main a1 | shop.test.js/pay=bad shop.test.js/cart=ok',
      'main a2 | shop.test.js/pays=bad shop.test.js/cart=ok',
    ],
    changes: ['pays known since 1 from pay'],
  },
  {
    name: 'of several new names in a file none is said to be renamed',
    runs: ['main a1 | s.test.js/a=ok s.test.js/b=ok', 'main a2 | s.test.js/c=ok s.test.js/d=ok'],
    changes: ['c added', 'd added', 'a vanished', 'b vanished'],
  },
  {
    name: 'a branch is compared with the base branch',
    runs: ['main a1 | pay=bad cart=ok', 'feature b1 | pay=bad cart=ok', 'feature b2 | pay=bad cart=bad'],
    changes: ['pay known since 1', 'cart new since 3'],
    base: 1,
  },
  {
    name: 'a pull request is compared with the run at its merge base',
    runs: [
      'main a1 | pay=ok',
      'main a2 | pay=bad',
      'feature b1 ci:pull_request=7 ci:base_branch=main git:merge_base=a1 | pay=bad',
    ],
    changes: ['pay new since 3'],
    base: 1,
  },
  {
    name: 'a pull request from the main branch of a fork is no base',
    runs: ['main a1 | pay=ok', 'main f1 ci:pull_request=8 ci:base_branch=main | pay=bad', 'main a2 | pay=bad'],
    changes: ['pay new since 3'],
    base: 1,
  },
  {
    name: 'a branch of a pull request for another branch is compared with that one',
    runs: ['main a1 | pay=bad', 'release a2 | pay=ok', 'fix b1 ci:pull_request=9 ci:base_branch=release | pay=bad'],
    changes: ['pay new since 3'],
    base: 2,
  },
  {
    name: 'an interrupted run is no base, and its absent tests are not gone',
    runs: [
      'main a1 | pay=ok cart=ok',
      'main a2 jux:outcome=interrupted jux:partial=true | pay=bad',
      'main a3 jux:outcome=interrupted jux:partial=true | pay=bad',
    ],
    changes: ['pay new since 2'],
    base: 1,
  },
  {
    name: 'tests of changed files only are no base, and the others are not gone',
    runs: [
      'main a1 jux:selection=all | pay=ok cart=ok',
      'main a2 jux:selection=changed | cart=bad',
      'main a3 jux:selection=all | pay=ok cart=bad',
    ],
    changes: ['cart new since 3'],
    base: 1,
  },
  {
    name: 'a run that always has the same selection is compared with its like',
    runs: [
      'main a1 jux:selection=projects jux:selection:projects=unit | pay=ok',
      'main a1 jux:selection=projects jux:selection:projects=e2e | buy=ok',
      'main a2 jux:selection=projects jux:selection:projects=unit | pay=bad',
    ],
    changes: ['pay new since 3'],
    base: 1,
  },
  {
    name: 'the shards of a build are compared as one run',
    runs: [
      'main a1 ci:build_id=1 jux:shard=1/2 | pay=ok cart=bad',
      'main a1 ci:build_id=1 jux:shard=2/2 | buy=ok',
      'main a2 ci:build_id=2 jux:shard=1/2 | pay=ok buy=bad',
      'main a2 ci:build_id=2 jux:shard=2/2 | cart=bad',
    ],
    changes: ['buy new since 3', 'cart known since 1'],
    base: 2,
  },
  {
    name: 'while a shard is missing its tests are not gone, and its build is no base',
    runs: [
      'main a1 ci:build_id=1 jux:shard=1/2 | pay=ok',
      'main a1 ci:build_id=1 jux:shard=2/2 | cart=ok',
      'main a2 ci:build_id=2 jux:shard=1/2 | pay=bad',
      'main a3 ci:build_id=3 jux:shard=1/2 | pay=bad',
    ],
    changes: ['pay new since 3'],
    base: 2,
  },
  {
    name: 'a shard that ran again replaces its first run',
    runs: [
      'main a1 ci:build_id=1 jux:shard=1/2 | pay=ok',
      'main a1 ci:build_id=1 jux:shard=2/2 | cart=ok',
      'main a2 ci:build_id=2 jux:shard=1/2 | pay=bad',
      'main a2 ci:build_id=2 jux:shard=2/2 | cart=ok',
      'main a2 ci:build_id=2 jux:shard=1/2 | pay=ok',
    ],
    changes: ['pay flaky'],
    base: 2,
  },
  {
    name: 'a test case that several projects of the runner have counts with its worst result',
    runs: ['main a1 | pay=ok pay=ok', 'main a2 | pay=ok pay=bad'],
    changes: ['pay new since 2'],
  },
  {
    name: 'a run without branch and commit is compared with the one before',
    runs: ['- - | pay=ok cart=bad', '- - | pay=bad cart=bad'],
    changes: ['pay new since 2', 'cart known since 1'],
    base: 1,
  },
]
