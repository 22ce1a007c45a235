/**
 * The page of the search, and the field for it on other pages.
 *
 * @module
 */
import type { Found, FoundError, FoundTest } from '../queries/search.js'
import {
  EmptyState,
  numberColumns,
  ProjectTrail,
  ReportText,
  StatusMark,
  Table,
  Time,
  textColumns,
} from './components.js'
import { formatCount, shorten } from './format.js'
import type { HtmlPage } from './layout.js'
import { runPath, runTestPath, SEARCH_PATH, testPath } from './links.js'

/** Contents of the page. */
export interface SearchPageParts {
  readonly query: string
  readonly project: string | undefined
  /** Undefined before a search. */
  readonly found: Found | undefined
  /** Why the query cannot be searched. */
  readonly problem: string | undefined
  readonly nowMs: number
}

const MESSAGE_LIMIT = 300

/** The page of the search. */
export function searchPage({ query, project, found, problem, nowMs }: SearchPageParts): HtmlPage {
  const body = (
    <>
      {project !== undefined && <ProjectTrail project={project} />}
      <h1>Search</h1>
      <SearchForm project={project} query={query} />
      {problem !== undefined && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {found === undefined ? (
        <EmptyState>
          Finds tests by name, file and owner, and failures by their error text. All words must match; words in quotes
          follow each other.
        </EmptyState>
      ) : (
        <Results found={found} hasProject={project !== undefined} nowMs={nowMs} />
      )}
    </>
  )
  return { title: query === '' ? 'Search' : `Search: ${query}`, section: 'projects', project, body }
}

/** The field for a search in a project, or in all. */
export function SearchForm({ project, query }: { project: string | undefined; query?: string }) {
  return (
    <search aria-label="Tests and errors">
      <form class="filters panel" method="get" action={SEARCH_PATH}>
        {project !== undefined && <input type="hidden" name="project" value={project} />}
        <label>
          Test, file, owner or error text
          <input type="search" name="q" value={query} maxlength={200} autocomplete="off" />
        </label>
        <span class="actions">
          <button type="submit">Search</button>
        </span>
      </form>
    </search>
  )
}

function Results({ found, hasProject, nowMs }: { found: Found; hasProject: boolean; nowMs: number }) {
  const { tests, errors, hasMore } = found
  return (
    <>
      {tests.length + errors.length === 0 && (
        <p>Nothing matches. Search for fewer words, or for the beginning of one: the last word may go on.</p>
      )}
      {hasMore && <p>There are more. Add a word to find fewer.</p>}
      <section aria-labelledby="tests">
        <h2 id="tests">
          Tests <span class="count">{formatCount(tests.length)}</span>
        </h2>
        {tests.length === 0 ? (
          <EmptyState>No test matches.</EmptyState>
        ) : (
          <Table panel columns={[...textColumns('Test', 'File', 'Owner'), ...numberColumns('Seen')]}>
            {tests.map((test) => (
              <TestRow test={test} hasProject={hasProject} nowMs={nowMs} />
            ))}
          </Table>
        )}
      </section>
      <section aria-labelledby="errors">
        <h2 id="errors">
          Errors <span class="count">{formatCount(errors.length)}</span>
        </h2>
        {errors.length === 0 ? (
          <EmptyState>No error text matches.</EmptyState>
        ) : (
          <Table panel columns={[...textColumns('Status', 'Error', 'Run'), ...numberColumns('Latest')]}>
            {errors.map((error) => (
              <ErrorRow error={error} hasProject={hasProject} nowMs={nowMs} />
            ))}
          </Table>
        )}
      </section>
    </>
  )
}

function TestRow({ test, hasProject, nowMs }: { test: FoundTest; hasProject: boolean; nowMs: number }) {
  return (
    <tr>
      <th scope="row" class="name">
        <a href={testPath(test.test_key)}>
          <ReportText>{test.name || '(no name)'}</ReportText>
        </a>
        <small>
          {!hasProject && (
            <>
              <ReportText>{test.project}</ReportText> ·{' '}
            </>
          )}
          <ReportText>{test.classname}</ReportText>
        </small>
      </th>
      <td>
        <ReportText>{test.file ?? ''}</ReportText>
      </td>
      <td>
        <ReportText>{test.owner ?? ''}</ReportText>
      </td>
      <td class="time number">
        <Time ms={test.seen_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}

function ErrorRow({ error, hasProject, nowMs }: { error: FoundError; hasProject: boolean; nowMs: number }) {
  const text = [error.type, error.message].filter((part) => part !== null && part !== '').join(': ')
  const shown = shorten(text, MESSAGE_LIMIT)
  return (
    <tr>
      <td>
        <StatusMark status={error.status} />
      </td>
      <th scope="row" class="name">
        <a href={runTestPath(error.run_id, error.position)}>
          <ReportText>{shown.isCut ? `${shown.text} …` : shown.text}</ReportText>
        </a>
        <small>
          <a href={testPath(error.test_key)}>
            <ReportText>{error.name || '(no name)'}</ReportText>
          </a>{' '}
          <ReportText>{error.classname}</ReportText>
        </small>
      </th>
      <td>
        <a href={runPath(error.run_id)}>
          <ReportText>{error.branch ?? '(no branch)'}</ReportText>
        </a>
        {!hasProject && (
          <small>
            <ReportText>{error.project}</ReportText>
          </small>
        )}
      </td>
      <td class="time number">
        <Time ms={error.inserted_at} nowMs={nowMs} />
      </td>
    </tr>
  )
}
