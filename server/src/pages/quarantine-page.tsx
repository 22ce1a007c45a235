/**
 * The page of the quarantined tests of a project, and the notes about them on other pages.
 *
 * @module
 */
import { shellWord } from 'jux-reporter/internal'
import type { QuarantineRow } from '../database/schema.js'
import { type Quarantine, quarantineState } from '../quarantine/decide.js'
import { type ListedEntry, NO_SUCH_TEST, type QuarantineCounts } from '../quarantine/entries.js'
import {
  CodeBlock,
  EmptyState,
  numberColumns,
  ProjectTrail,
  ReportText,
  Table,
  Time,
  textColumns,
} from './components.js'
import { countOf, formatCount } from './format.js'
import type { HtmlPage } from './layout.js'
import { quarantinePath, testPath } from './links.js'

/** The quarantine of the tests of a run. */
export interface RunQuarantine {
  /** Of all failures of the run. */
  readonly counts: QuarantineCounts
  /** By the key of the test. */
  readonly tests: ReadonlyMap<string, Quarantine<QuarantineRow>>
}

/** Contents of the page. */
export interface QuarantinePageParts {
  readonly project: string
  readonly entries: readonly ListedEntry[]
  /** For the commands. */
  readonly serverUrl: string
  /** A day that the server accepts. */
  readonly exampleDay: string
  readonly nowMs: number
}

/** Class and name of a test, as Vitest has them. */
const EXAMPLE_TEST = 'src/pay.test.ts > cart > pays'

const STATE_LABELS = { active: 'Active', expired: 'Expired', removed: 'Removed' } as const

/** Classes of the stylesheet. */
const STATE_TONES = { active: 'flaky', expired: 'failed', removed: 'skipped' } as const

/** The page of the quarantined tests of a project. */
export function quarantinePage({ project, entries, serverUrl, exampleDay, nowMs }: QuarantinePageParts): HtmlPage {
  const expired = entries.filter((entry) => quarantineState(entry, nowMs) === 'expired').length
  const url = `${serverUrl}/api/v1/projects/${encodeURIComponent(project)}/quarantine`
  const request = { test: EXAMPLE_TEST, owner: 'ann', reason: 'the bank is down', expires: exampleDay }
  const body = (
    <>
      <ProjectTrail project={project} />
      <h1>Quarantine</h1>
      <p>
        A quarantined test that fails has failed: its run is shown as failed, and the failure is shown and counted
        apart. Each entry has an owner, a reason and a last day.
      </p>
      {expired > 0 && (
        <p class="alert" role="alert">
          {expiredText(expired)} Mend these tests, or remove the entries.
        </p>
      )}
      {entries.length === 0 ? (
        <EmptyState>No test of this project is quarantined.</EmptyState>
      ) : (
        <EntryTable entries={entries} nowMs={nowMs} />
      )}
      <section aria-labelledby="add">
        <h2 id="add">Add and remove</h2>
        <p>
          These pages only show. To add an entry, use the command on the server, or send a request with an API key that
          may submit. Name the test by class and name, as in <code>{EXAMPLE_TEST}</code>, or with <code>--key</code> by
          the key in the address of its page:
        </p>
        <CodeBlock
          text={`npx jux-server quarantine add --project ${shellWord(project)} --test '${EXAMPLE_TEST}' --owner ann --reason 'the bank is down' --expires ${exampleDay}\nnpx jux-server quarantine remove ID`}
        />
        <CodeBlock
          text={`curl -X POST '${url}' \\\n  -H "Authorization: Bearer $JUX_API_KEY" -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(request)}'`}
        />
        <p class="muted">
          A gate honors only signed entries. Sign one with <code>jux waiver add</code>, and post the file as{' '}
          <code>{'{"waiver": …}'}</code>.
        </p>
      </section>
    </>
  )
  return { title: `Quarantine of ${project}`, section: 'projects', project, body }
}

/** How many tests of a project are quarantined, with an alert for expired entries. */
export function ProjectQuarantine({ project, counts }: { project: string; counts: QuarantineCounts }) {
  if (counts.expired === 0) return null
  return (
    <p class="alert" role="alert">
      {expiredText(counts.expired)} <a href={quarantinePath(project)}>Show the quarantine</a>
    </p>
  )
}

/** How many failures of a run are of quarantined tests, with an alert for those whose quarantine has expired. */
export function FailureCounts(props: { project: string; failed: number; quarantine: RunQuarantine | undefined }) {
  const { project, failed, quarantine } = props
  if (quarantine === undefined) return null
  const { active, expired } = quarantine.counts
  return (
    <>
      {active > 0 && (
        <p>
          {formatCount(failed)} failed, {formatCount(active)} of them <a href={quarantinePath(project)}>quarantined</a>.
        </p>
      )}
      {expired > 0 && (
        <p class="alert" role="alert">
          The quarantine of {countOf(expired, 'failing test')} has expired.{' '}
          <a href={quarantinePath(project)}>Show the quarantine</a>
        </p>
      )}
    </>
  )
}

/** The quarantine of one test: owner, reason and last day. */
export function QuarantineNote({ quarantine }: { quarantine: Quarantine<QuarantineRow> | undefined }) {
  if (quarantine === undefined || quarantine.state === 'none') return null
  const { owner, reason, expires, signer, project } = quarantine.entry
  const isExpired = quarantine.state === 'expired'
  return (
    <p class={isExpired ? 'alert' : 'quarantine'}>
      <strong>
        <a href={quarantinePath(project)}>{isExpired ? `Quarantine expired on ${expires}` : 'Quarantined'}</a>
      </strong>{' '}
      {!isExpired && <>until {expires}, </>}
      {signer === null ? 'not signed' : 'signed'}, owner <ReportText>{owner}</ReportText>:{' '}
      <ReportText>{reason}</ReportText>
    </p>
  )
}

/** How to quarantine a test that fails. */
export function QuarantineCommand({ project, testKey, day }: { project: string; testKey: string; day: string }) {
  return (
    <details>
      <summary>Quarantine this test</summary>
      <p class="muted">Its failures stay failures, and are counted apart until the last day. On the server:</p>
      <CodeBlock
        text={`npx jux-server quarantine add --project ${shellWord(project)} --key ${testKey} --owner NAME --reason WHY --expires ${day}`}
      />
    </details>
  )
}

function EntryTable({ entries, nowMs }: { entries: readonly ListedEntry[]; nowMs: number }) {
  const columns = [...textColumns('State', 'Test', 'Owner', 'Last day', 'Signed by'), ...numberColumns('Added')]
  return (
    <Table panel columns={columns}>
      {entries.map((entry) => {
        const state = quarantineState(entry, nowMs)
        return (
          <tr>
            <td>
              <span class={`mark ${STATE_TONES[state]}`}>{STATE_LABELS[state]}</span>
              {entry.removed_at !== null && (
                <small>
                  <Time ms={entry.removed_at} nowMs={nowMs} /> by {clientOf(entry.removed_by)}
                </small>
              )}
            </td>
            <th scope="row" class="name">
              {entry.test_key === null ? (
                <ReportText>{entry.test}</ReportText>
              ) : (
                <a href={testPath(entry.test_key)}>
                  <ReportText>{entry.test}</ReportText>
                </a>
              )}
              {entry.test_key === null && <small>{NO_SUCH_TEST}</small>}
              <small>
                <ReportText>{entry.reason}</ReportText>
              </small>
              <small class="mono">{entry.id}</small>
            </th>
            <td>
              <ReportText>{entry.owner}</ReportText>
            </td>
            <td>{entry.expires}</td>
            <td class="mono">{entry.signer === null ? 'nobody' : `${entry.signer.slice(0, 16)}…`}</td>
            <td class="time number">
              <Time ms={entry.created_at} nowMs={nowMs} />
              <small class="subline">by {clientOf(entry.created_by)}</small>
            </td>
          </tr>
        )
      })}
    </Table>
  )
}

function expiredText(count: number): string {
  return count === 1
    ? 'The quarantine of one test has expired.'
    : `The quarantine of ${formatCount(count)} tests has expired.`
}

function clientOf(keyId: string | null): string {
  return keyId === null ? 'the server' : `key ${keyId}`
}
