/**
 * Test cases of a run: in full where they failed, as a line elsewhere.
 *
 * @module
 */
import type { CaseRow, SuiteRow } from '../database/schema.js'
import { countOf, formatDuration, shorten } from './format.js'
import { runTestPath, testPath } from './links.js'
import { Block, caseVerdict, Foreign, VerdictMark } from './parts.js'

/** How much of a text is shown in a list of many. */
const LIST_LIMIT = 12_000
const LINE_LIMIT = 300

/** Where a test case is shown. */
export interface CasePlace {
  readonly runId: string
  /** By position. */
  readonly suites: ReadonlyMap<number, Pick<SuiteRow, 'name'>>
  /** Alone, and so in full. */
  readonly alone?: boolean
  /** Whether its parts are open at first. */
  readonly open?: boolean
}

/** One test case with what it has to say. */
export function CaseArticle({ row, place }: { row: CaseRow; place: CasePlace }) {
  const verdict = caseVerdict(row)
  const limit = place.alone ? Number.POSITIVE_INFINITY : LIST_LIMIT
  return (
    <article class={`case ${verdict}`} aria-label={row.name || 'a test without a name'}>
      <header>
        <VerdictMark verdict={verdict} />
        <h3>
          <a href={place.alone ? testPath(row.test_key) : runTestPath(place.runId, row.position)}>
            <Foreign>{row.name || '(no name)'}</Foreign>
          </a>
        </h3>
        <span class="muted">{formatDuration(row.time)}</span>
      </header>
      <p class="trail">
        <Origin row={row} suite={place.suites.get(row.suite_position)?.name} />
      </p>
      {row.message !== null && <Message text={row.message} type={row.type} limit={limit} />}
      {row.details !== null && row.details.trim() !== '' && (
        <Part title="Stack trace" text={row.details} limit={limit} open={place.open === true || place.alone === true} />
      )}
      {row.output !== null && (
        <Part
          title={`Output, ${countOf(row.output.trimEnd().split('\n').length, 'line')}`}
          text={row.output}
          limit={limit}
          open={place.alone === true}
        />
      )}
    </article>
  )
}

/** One test case as a row of a table. */
export function CaseLine({ row, runId, suite }: { row: CaseRow; runId: string; suite: string | undefined }) {
  const message = row.message === null ? undefined : shorten(row.message, LINE_LIMIT)
  return (
    <tr>
      <td>
        <VerdictMark verdict={caseVerdict(row)} />
      </td>
      <th scope="row" class="name">
        <a href={runTestPath(runId, row.position)}>
          <Foreign>{row.name || '(no name)'}</Foreign>
        </a>
        <small>
          <Origin row={row} suite={suite} />
        </small>
        {message !== undefined && (
          <small>
            <Foreign>{message.cut ? `${message.text} …` : message.text}</Foreign>
          </small>
        )}
      </th>
      <td class="number">{formatDuration(row.time)}</td>
      <td>
        <a href={testPath(row.test_key)}>History</a>
      </td>
    </tr>
  )
}

function Origin({ row, suite }: { row: CaseRow; suite: string | undefined }) {
  const file = row.file === null ? undefined : `${row.file}${row.line === null ? '' : `:${row.line}`}`
  const place = file ?? suite ?? ''
  // Class names are often the name of the file.
  const parts = place.startsWith(row.classname) ? [place] : [row.classname, place]
  return <Foreign>{parts.filter((text) => text !== '').join(' · ')}</Foreign>
}

function Message({ text, type, limit }: { text: string; type: string | null; limit: number }) {
  const shown = shorten(text, limit)
  return (
    <pre class="block message">
      {type !== null && (
        <strong>
          <Foreign>{type}</Foreign>
          {'\n'}
        </strong>
      )}
      <Foreign>{shown.text}</Foreign>
      {shown.cut && ' …'}
    </pre>
  )
}

function Part({ title, text, limit, open }: { title: string; text: string; limit: number; open: boolean }) {
  const shown = shorten(text, limit)
  return (
    <details open={open}>
      <summary>{title}</summary>
      <Block text={shown.text} />
      {shown.cut && <p class="muted">There is more of it on the page of this test.</p>}
    </details>
  )
}
