/**
 * What a message says, before a vendor's form, and the words that all forms share.
 *
 * @module
 */
import { oneLine } from 'jux-reporter/internal'
import type { ChangedTest, ChangeKind, RunChanges } from '../compare/changes.js'
import type { RunRow } from '../database/schema.js'
import { failedOutsideTests, hasFailed, hasPassed, type RunEvent } from './event.js'

/** The columns of a run that messages show. */
export type NoticeRun = Pick<
  RunRow,
  'id' | 'project' | 'branch' | 'commit_sha' | 'tests' | 'failures' | 'errors' | 'skipped' | 'outcome' | 'inserted_at'
>

/** Everything that a message is made of. */
export interface Notice {
  readonly event: RunEvent
  readonly run: NoticeRun
  readonly changes: RunChanges
  /** Address of the run's page. */
  readonly runUrl: string
  /** Number of the pull (merge) request. */
  readonly pullRequest: number | undefined
  /** Failed runs of the same commit, for example with another version of Node. Only for the status of a commit and its comment. */
  readonly failedElsewhere: readonly FailedRun[]
  /** The decisions of gates about the run, the latest of each policy. Only for the comment on a pull request. */
  readonly gates?: readonly NoticeGate[] | undefined
}

/** A decision of a gate about the run. */
export interface NoticeGate {
  readonly policy: string
  readonly result: 'passed' | 'failed'
  readonly decisionUrl: string
}

/** Another run that failed. */
export interface FailedRun {
  readonly runUrl: string
  readonly failures: number
}

/** A test of a message, as plain text of one line. */
export interface NoticeTest {
  readonly name: string
  readonly file: string | undefined
  /** The first line of its failure. */
  readonly message: string | undefined
  /** Since when it fails, unless since this run, and whether it is quarantined. */
  readonly note: string | undefined
}

/** Maximum length of one text of a report, in UTF-16 code units. */
const MAX_TEXT = 200
const SHORT_SHA = 8
const KINDS_TO_COUNT = ['new', 'known', 'flaky', 'fixed'] as const

/**
 * The headline: `shop: 2 new failures on main`.
 *
 * @param format what becomes of the texts of the report in it, which are plain text of one line
 */
export function headline(notice: Notice, format: (text: string) => string = (text) => text): string {
  const others = notice.failedElsewhere.length
  const also = others === 0 ? '' : `; ${countOf(others, 'other run')} of this commit failed`
  return `${format(plain(notice.run.project))}: ${happened(notice)}${place(notice, format)}${also}`
}

/** How the commit stands: `failed` if this run or another one of the commit failed. */
export function commitResult({ run, failedElsewhere }: Notice): 'failed' | 'passed' | 'no-tests' {
  if (hasFailed(run) || failedElsewhere.length > 0) return 'failed'
  return hasPassed(run) ? 'passed' : 'no-tests'
}

/** The counts, as plain text: `2 new, 1 known, 0 flaky, 3 fixed of 120 tests`. */
export function countsLine({ run, changes: { lists } }: Notice): string {
  const counts = KINDS_TO_COUNT.map((kind) => `${lists[kind].count - lists[kind].quarantined} ${kind}`)
  const quarantined = quarantinedOf(lists)
  if (quarantined > 0) counts.push(`${quarantined} quarantined`)
  return `${counts.join(', ')} of ${countOf(run.tests, 'test')}`
}

/** What the run is compared with, as plain text; undefined if it is compared with nothing. */
export function baseLine({ changes: { base } }: Notice): string | undefined {
  if (base === undefined) return undefined
  return `compared with ${[commitText(base.commitSha), base.branch === null ? '' : `of ${plain(base.branch)}`, `(${dateOf(base.insertedAtMs)})`].filter(Boolean).join(' ')}`
}

/** The first tests of one kind. */
export function testsOf({ changes, run }: Notice, kind: ChangeKind, limit: number): readonly NoticeTest[] {
  return changes.lists[kind].tests.slice(0, limit).map((test) => noticeTest(test, run.id))
}

/** How many tests of one kind are not among the first `shown`: `and 5 more`; undefined if there is none. */
export function moreLine({ changes }: Notice, kind: ChangeKind, shown: number): string | undefined {
  const more = changes.lists[kind].count - shown
  return more > 0 ? `and ${more} more` : undefined
}

/** A text of a report as plain text of one line, cut. */
export function plain(text: string, limit = MAX_TEXT): string {
  return cutTo(oneLine(text.slice(0, limit * 2)), limit)
}

/** Cuts a text to a length in UTF-16 code units, with an ellipsis, and splits no surrogate pair. */
export function cutTo(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = /[\ud800-\udbff]/.test(text[limit - 2] ?? '') ? limit - 2 : limit - 1
  return `${text.slice(0, end)}…`
}

/** A count with its noun: `1 test`, `2 tests`. */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function happened({ event, run, changes }: Notice): string {
  const added = changes.lists.new.count - changes.lists.new.quarantined
  if (added > 0) return countOf(added, 'new failure')
  if (failedOutsideTests(run)) return 'failed outside its tests'
  if (event === 'recovered') return 'recovered'
  if (hasPassed(run)) return 'passed'
  const known = run.failures + run.errors
  if (known === 0) return 'ran no tests'
  const quarantined = quarantinedOf(changes.lists)
  const which =
    quarantined === 0 ? countOf(known, 'known failure') : `${countOf(known, 'failure')}, ${quarantined} quarantined`
  return `${which}, no new ones`
}

function quarantinedOf(lists: RunChanges['lists']): number {
  return KINDS_TO_COUNT.reduce((sum, kind) => sum + lists[kind].quarantined, 0)
}

function place({ run, pullRequest }: Notice, format: (text: string) => string): string {
  if (pullRequest !== undefined) return ` on pull request ${pullRequest}`
  return run.branch === null ? '' : ` on ${format(plain(run.branch))}`
}

function noticeTest(test: ChangedTest, runId: string): NoticeTest {
  const { name, classname, file, message, since, isQuarantined } = test
  const firstLine = message?.trimStart().split('\n', 1)[0] ?? ''
  const notes = [
    ...(since === undefined || since.id === runId
      ? []
      : [`since ${commitText(since.commitSha)} (${dateOf(since.insertedAtMs)})`]),
    ...(isQuarantined ? ['quarantined'] : []),
  ]
  return {
    name: plain(classname === '' || name.startsWith(classname) ? name : `${classname} › ${name}`),
    file: file === null || file === '' ? undefined : plain(file),
    message: firstLine === '' ? undefined : plain(firstLine),
    note: notes.length === 0 ? undefined : notes.join(', '),
  }
}

function commitText(sha: string | null): string {
  return sha === null ? 'a run' : `commit ${plain(sha.slice(0, SHORT_SHA))}`
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
