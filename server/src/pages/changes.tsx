/**
 * What changed in a run: the section of its page, and of the comparison of two runs.
 *
 * @module
 */
import type { ChangedTest, ChangeKind, RunChanges, RunReference } from '../compare/changes.js'
import { EmptyState, ReportText, Time } from './components.js'
import { countOf, formatCount, shortCommit, shorten } from './format.js'
import { comparePath, runPath, runTestPath, testPath } from './links.js'

/** Kinds in the order of the page, with the name of one and of several tests. */
const SHOWN_KINDS = [
  ['new', 'failed', 'new failure', 'new failures'],
  ['flaky', 'flaky', 'flaky test', 'flaky tests'],
  ['known', 'error', 'known failure', 'known failures'],
  ['fixed', 'passed', 'fixed test', 'fixed tests'],
  ['skipped', 'skipped', 'newly skipped test', 'newly skipped tests'],
  ['vanished', 'skipped', 'test that vanished', 'tests that vanished'],
  ['renamed', 'skipped', 'renamed test', 'renamed tests'],
  ['added', 'skipped', 'added test', 'added tests'],
] as const satisfies readonly (readonly [ChangeKind, string, string, string])[]

/** Short names of kinds, beside a failure. */
const KIND_LABELS: Readonly<Partial<Record<ChangeKind, string>>> = { new: 'New', known: 'Known', flaky: 'Flaky' }
const MESSAGE_LIMIT = 300

/** The section. */
export function ChangesSection(props: { runId: string; changes: RunChanges; limit: number }) {
  const { runId, changes, limit } = props
  const { base, lists } = changes
  // Without a base every failure is new, which the list of failures says as well.
  const shown = base === undefined ? [] : SHOWN_KINDS.filter(([kind]) => lists[kind].count > 0)
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">
        Changes{' '}
        {base !== undefined && (
          <span class="count">
            since <RunLink run={base} />
            {changes.reason !== undefined && changes.reason !== 'chosen' && (
              <>
                {' '}
                ({BASE_REASONS[changes.reason]}), <a href={comparePath(base.id, runId)}>compare</a>
              </>
            )}
          </span>
        )}
      </h2>
      {base === undefined && (
        <EmptyState>There is no earlier run to compare with. The next run of this branch has one.</EmptyState>
      )}
      {base !== undefined && shown.length === 0 && <EmptyState>Every test has the same result as before.</EmptyState>}
      {shown.length > 0 && (
        <div class="panel changes">
          {shown.map(([kind, status, one, many]) => (
            <details open={OPEN_KINDS.includes(kind)} class={`change ${status}`}>
              <summary>
                <strong>{formatCount(lists[kind].count)}</strong> {lists[kind].count === 1 ? one : many}
                {lists[kind].quarantined > 0 && (
                  <span class="muted"> ({formatCount(lists[kind].quarantined)} quarantined)</span>
                )}
              </summary>
              <ul>
                {lists[kind].tests.map((test) => (
                  <ChangedTestItem test={test} kind={kind} />
                ))}
                {lists[kind].count > lists[kind].tests.length && (
                  <li class="muted">
                    {countOf(lists[kind].count - lists[kind].tests.length, 'more test')}
                    {lists[kind].tests.length >= limit && base !== undefined && (
                      <>
                        {': '}
                        <a href={comparePath(base.id, runId)}>compare the runs</a>
                      </>
                    )}
                  </li>
                )}
              </ul>
            </details>
          ))}
        </div>
      )}
      {base !== undefined && !changes.isComplete && (
        <p class="muted">
          The run does not have all tests of its base: it was interrupted or filtered, a shard is missing, or its
          environment is another one. So absent tests are not listed.
        </p>
      )}
    </section>
  )
}

const OPEN_KINDS: readonly ChangeKind[] = ['new', 'flaky', 'known', 'fixed']

const BASE_REASONS = {
  'previous-run': 'the run before',
  'merge-base': 'the run at the merge base',
  'base-branch': 'the latest run of the base branch',
} as const

/** A failure, and how it changed. */
export interface KindOfFailure {
  readonly kind: ChangeKind
  readonly test: ChangedTest
}

/** How the listed failures changed, by the keys of their tests. */
export function failureKinds({ base, lists }: RunChanges): Map<string, KindOfFailure> {
  if (base === undefined) return new Map()
  const kinds = (['new', 'known', 'flaky'] as const).flatMap((kind) =>
    lists[kind].tests.map((test): [string, KindOfFailure] => [test.testKey, { kind, test }]),
  )
  return new Map(kinds)
}

/** How a failure changed, beside it: new, flaky, or known since a run. */
export function ChangeMark({ kind, test }: KindOfFailure) {
  const label = KIND_LABELS[kind]
  if (label === undefined) return null
  return (
    <span class={`tag kind-${kind}`}>
      {label}
      {test.since !== undefined && kind === 'known' && (
        <>
          {' '}
          since <RunLink run={test.since} />
        </>
      )}
    </span>
  )
}

function ChangedTestItem({ test, kind }: { test: ChangedTest; kind: ChangeKind }) {
  const { place, since, message, formerName, file, classname, owner, isQuarantined } = test
  const text = message === null || message === undefined ? undefined : shorten(message, MESSAGE_LIMIT)
  return (
    <li>
      <a href={place === undefined ? testPath(test.testKey) : runTestPath(place.runId, place.position)}>
        <ReportText>{test.name || '(no name)'}</ReportText>
      </a>{' '}
      <small class="muted">
        <ReportText>{file ?? classname}</ReportText>
        {owner !== null && owner !== undefined && (
          <>
            {' '}
            · <ReportText>{owner}</ReportText>
          </>
        )}
        {formerName !== undefined && (
          <>
            {' '}
            · was <ReportText>{formerName}</ReportText>
          </>
        )}
        {isQuarantined && ' · quarantined'}
        {since !== undefined && kind !== 'new' && (
          <>
            {' '}
            · since <RunLink run={since} />
          </>
        )}
      </small>
      {text !== undefined && (
        <small class="subline">
          <ReportText>{text.isCut ? `${text.text} …` : text.text}</ReportText>
        </small>
      )}
    </li>
  )
}

/** A run as a link: its branch, commit and time. */
export function RunLink({ run }: { run: RunReference }) {
  const name = [run.branch, run.commitSha === null ? null : shortCommit(run.commitSha)].filter((part) => part !== null)
  return (
    <>
      <a href={runPath(run.id)}>
        <ReportText>{name.join(' ') || 'a run'}</ReportText>
      </a>{' '}
      of <Time ms={run.insertedAtMs} />
    </>
  )
}
