/**
 * The routes of the pages. Pages are functions from rows to HTML; the routes here query the rows.
 *
 * @module
 */
import { setImmediate } from 'node:timers/promises'
import type { Context } from 'hono'
import { isPublicBadge } from '../badges/public-badges.js'
import { changesOf } from '../compare/compare.js'
import type { App, AppEnv, ServerContext } from '../context.js'
import type { CaseRow, RunRow } from '../database/schema.js'
import {
  decidedProjects,
  decisionsOfRun,
  findDecision,
  hasDecisions,
  latestAfter,
  latestDecisions,
  reportsOf,
} from '../decisions/queries.js'
import { HttpError } from '../http-error.js'
import { splitTags } from '../ingest/facts.js'
import { testKey } from '../ingest/test-key.js'
import { dayOf, quarantineOf } from '../quarantine/decide.js'
import { countEntries, countQuarantined, entriesOfTests, listEntries, signsReports } from '../quarantine/entries.js'
import { failuresByOwner, findCase, firstFailures, pageOfCases, pageOfSuites, suitesAt } from '../queries/cases.js'
import { durationChanges, MAX_COMPARED_DURATIONS } from '../queries/durations.js'
import {
  findRun,
  listBranches,
  listProjects,
  listRuns,
  type RunProperty,
  recentRunsByProject,
  runProperties,
  type TaggedRun,
} from '../queries/runs.js'
import { search } from '../queries/search.js'
import {
  findTest,
  flakiestTests,
  type HistoryEntry,
  slowestTests,
  type TrendPoint,
  testHistory,
  trend,
} from '../queries/trends.js'
import { otherProject } from '../routes/changes.js'
import { searchFields } from '../routes/search.js'
import { readQuery } from '../search/words.js'
import type { Settings } from '../settings.js'
import { addAssets, ICON_PATH, STYLESHEET_PATH } from './assets.js'
import { comparePage } from './compare-page.js'
import { decisionPage, PROJECT_DECISIONS, RUN_DECISIONS } from './decision-pages.js'
import { sendPage } from './layout.js'
import { comparePath, SEARCH_PATH, SIGN_IN_PATH, SIGN_OUT_PATH, testPath } from './links.js'
import {
  casesPageQuery,
  compareQuery,
  namesQuery,
  parseQuery,
  rangeQuery,
  runsPageQuery,
  searchQuery,
  suitesPageQuery,
} from './params.js'
import { projectPage, projectsPage } from './project-pages.js'
import { quarantinePage, type RunQuarantine } from './quarantine-page.js'
import { casePage, casesPage, runPage, suitesPage } from './run-pages.js'
import { runsPage } from './runs-page.js'
import { searchPage } from './search-page.js'
import { addSignIn } from './sign-in.js'
import { sourceLink } from './source-link.js'
import { type TestPlace, testPage } from './test-page.js'

/** Paths that need no API key. */
export const PUBLIC_PAGES: readonly string[] = [SIGN_IN_PATH, SIGN_OUT_PATH, STYLESHEET_PATH, ICON_PATH]

const RUNS_PER_PAGE = 30
const CASES_PER_PAGE = 100
const SUITES_PER_PAGE = 200
/** Number of failures and suites on the page of a run. */
const FIRST_FAILURES = 20
const FIRST_SUITES = 50
/** Number of tests in each list of changes: on the page of a run, and on that of two runs. */
const FIRST_CHANGES = 20
const COMPARED_CHANGES = 200
const COMPARED_DURATIONS = 20
/** Number of owners of failures. */
const MAX_OWNERS = 50
const RECENT_RUNS_PER_PROJECT = 24
/** Length of the lists of the flakiest and slowest tests. */
const TOP_TESTS = 10
/** Number of test cases that these lists compare. A larger query would block other requests for too long. */
const MAX_COMPARED_CASES = 50_000

/** Number of tests, and of failures, that the search shows. */
const FOUND_PER_PAGE = 50
/** Number of entries on the page of the quarantine. */
const MAX_ENTRIES = 1_000
/** How far ahead the last day in commands is. */
const EXAMPLE_DAYS = 30

/** Adds the routes. */
export function addPages(app: App, server: ServerContext): void {
  addAssets(app)
  addSignIn(app, server)
  addRunPages(app, server)
  addProjectPages(app, server)
  addSearchPage(app, server)
}

function addRunPages(app: App, server: ServerContext): void {
  const { database, settings, now } = server
  const runOf = async (c: Context<AppEnv>): Promise<TaggedRun> => {
    const id = c.req.param('id') ?? ''
    const run = await findRun(database, id, c.get('principal').project)
    if (run === undefined) throw notFound('run', id)
    return run
  }

  app.get('/', async (c) => {
    const query = parseQuery(runsPageQuery, c.req.query())
    const visible = c.get('principal').project
    const perPage = query.per_page ?? query.limit ?? RUNS_PER_PAGE
    const { date_from, date_to, sort_by, sort_order, tags, page = 1, ...rest } = query
    const filter = {
      ...rest,
      fromMs: date_from,
      toMs: date_to,
      tags: splitTags(tags),
      sortBy: sort_by === 'created_at' ? ('inserted_at' as const) : sort_by,
      sortOrder: sort_order,
      page,
      perPage,
    }
    const runs = await listRuns(database, filter, visible)
    const projects = await listProjects(database, visible)
    const chosen = visible ?? query.project
    const branches = chosen === undefined ? [] : await listBranches(database, chosen)
    const parts = { query, runs, perPage, projects: projects.map(({ project }) => project), branches }
    return sendPage(c, runsPage({ ...parts, serverUrl: serverUrlOf(c, settings), nowMs: now().getTime() }))
  })

  app.get('/runs/:id', async (c) => {
    const run = await runOf(c)
    const failures = run.failures + run.errors === 0 ? [] : await firstFailures(database, run.seq, FIRST_FAILURES)
    const suites = await pageOfSuites(database, run.seq, { page: 1, perPage: FIRST_SUITES })
    const properties = await runProperties(database, run.seq)
    const changes = await changesOf(database, run, { limit: FIRST_CHANGES, nowMs: now().getTime() })
    const quarantine = await quarantineOfRun(server, run, failures)
    const owners = failures.length === 0 ? [] : await failuresByOwner(database, run.seq, MAX_OWNERS)
    const decisions = await decisionsOfRun(database, run, RUN_DECISIONS + 1)
    const sourceOf = linksTo(settings, run, properties)
    const parts = {
      run,
      quarantine,
      changes,
      changesLimit: FIRST_CHANGES,
      owners,
      sourceOf,
      failures,
      suites: suites.items,
      decisions,
      properties,
    }
    return sendPage(c, runPage({ ...parts, suiteCount: suites.totalCount }))
  })

  app.get('/compare', async (c) => {
    const query = parseQuery(compareQuery, c.req.query())
    const find = async (id: string) => {
      const run = await findRun(database, id, c.get('principal').project)
      if (run === undefined) throw notFound('run', id)
      return run
    }
    if (query.head === undefined)
      throw noRunsToCompare('the comparison needs the id of a run: /compare?base=ID&head=ID')
    const head = await find(query.head)
    if (query.base === undefined) {
      const { base: ownBase } = await changesOf(database, head, { limit: 1, nowMs: now().getTime() })
      if (ownBase === undefined) throw noRunsToCompare('this run has no earlier run to compare with')
      return c.redirect(comparePath(ownBase.id, head.id), 302)
    }
    const base = await find(query.base)
    if (base.project !== head.project) throw otherProject()
    const changes = await changesOf(database, head, { limit: COMPARED_CHANGES, base, nowMs: now().getTime() })
    const isLarge = Math.max(base.tests, head.tests) > MAX_COMPARED_DURATIONS
    const durations = isLarge ? undefined : await durationChanges(database, base, head, COMPARED_DURATIONS)
    return sendPage(c, comparePage({ base, head, changes, limit: COMPARED_CHANGES, durations }))
  })

  app.get('/runs/:id/suites', async (c) => {
    const { page } = parseQuery(suitesPageQuery, c.req.query())
    const run = await runOf(c)
    const suites = await pageOfSuites(database, run.seq, { page, perPage: SUITES_PER_PAGE })
    return sendPage(c, suitesPage({ run, suites, page, perPage: SUITES_PER_PAGE }))
  })

  app.get('/runs/:id/tests', async (c) => {
    const query = parseQuery(casesPageQuery, c.req.query())
    const run = await runOf(c)
    const { status, suite, owner, q: search, page } = query
    const cases = await pageOfCases(database, run, { status, suite, owner, search, page, perPage: CASES_PER_PAGE })
    const positions = cases.items.map(({ suite_position }) => suite_position)
    const suites = await suitesAt(database, run.seq, suite === undefined ? positions : [...positions, suite])
    const quarantine = await quarantineOfTests(server, run.project, cases.items)
    const sourceOf = linksTo(settings, run, await runProperties(database, run.seq))
    return sendPage(c, casesPage({ run, query, cases, perPage: CASES_PER_PAGE, suites, sourceOf, quarantine }))
  })

  app.get('/runs/:id/tests/:position{[0-9]{1,9}}', async (c) => {
    const run = await runOf(c)
    const position = Number(c.req.param('position'))
    const row = await findCase(database, run.seq, position)
    if (row === undefined) throw notFound('test in this run at position', String(position))
    const suites = await suitesAt(database, run.seq, [row.suite_position])
    const sourceOf = linksTo(settings, run, await runProperties(database, run.seq))
    const quarantine = await quarantineOfTests(server, run.project, [row])
    const suite = suites.get(row.suite_position)
    const exampleDay = exampleDayOf(server.now().getTime())
    return sendPage(c, casePage({ run, row, suite, sourceOf, quarantine, exampleDay }))
  })
}

function addProjectPages(app: App, { database, settings, now }: ServerContext): void {
  app.get('/projects', async (c) => {
    const { project } = parseQuery(namesQuery, c.req.query())
    if (project !== undefined) return showProject(c, project)
    const visible = c.get('principal').project
    const withRuns = await listProjects(database, visible)
    // The reports of a project may never be sent here.
    const known = new Set(withRuns.map(({ project }) => project))
    const decided = (await decidedProjects(database, visible)).filter((project) => !known.has(project))
    const projects = [...withRuns, ...decided.map((project) => ({ project, runs: 0 }))]
    const recentRuns = await recentRunsByProject(database, RECENT_RUNS_PER_PROJECT, visible)
    const serverUrl = serverUrlOf(c, settings)
    return sendPage(c, projectsPage({ projects, recentRuns, serverUrl, nowMs: now().getTime() }))
  })

  app.get('/quarantine', (c) => showQuarantine(c, parseQuery(namesQuery, c.req.query()).project ?? ''))

  app.get('/projects/:project/quarantine', (c) => showQuarantine(c, c.req.param('project')))

  app.get('/projects/:project', (c) => showProject(c, c.req.param('project')))

  app.get('/decisions/:id', async (c) => {
    const id = c.req.param('id')
    const { project: visible } = c.get('principal')
    const decision = await findDecision(database, id, visible)
    if (decision === undefined) throw notFound('decision', id)
    const reports = await reportsOf(database, decision, visible)
    const serverUrl = serverUrlOf(c, settings)
    const later = await latestAfter(database, decision)
    const keyOfReports = await signsReports(database, decision.project, decision.signer)
    const isRestricted = visible !== undefined
    return sendPage(c, decisionPage({ decision, reports, later, signsReports: keyOfReports, isRestricted, serverUrl }))
  })

  app.get('/tests', (c) => {
    const { project = '', classname = '', name = '' } = parseQuery(namesQuery, c.req.query())
    return c.redirect(testPath(testKey(project, classname, name)), 302)
  })

  app.get('/tests/:key', async (c) => {
    const { branch, runs } = parseQuery(rangeQuery, c.req.query())
    const key = c.req.param('key')
    const test = await findTest(database, key, c.get('principal').project)
    if (test === undefined) throw notFound('test', key)
    const history = await testHistory(database, key, { branch, limit: runs })
    const branches = await listBranches(database, test.project)
    const place = await placeOf(history[0])
    return sendPage(c, testPage({ test, history, place, branches, branch, runs, nowMs: now().getTime() }))
  })

  // Where the test was in its latest run.
  async function placeOf(latest: HistoryEntry | undefined): Promise<TestPlace | undefined> {
    if (latest === undefined) return undefined
    const run = await findRun(database, latest.run_id)
    const row = run === undefined ? undefined : await findCase(database, run.seq, latest.position)
    if (run === undefined || row === undefined) return undefined
    return {
      file: row.file,
      owner: row.owner,
      source: linksTo(settings, run, await runProperties(database, run.seq))(row),
    }
  }

  async function showQuarantine(c: Context<AppEnv>, project: string): Promise<Response> {
    const visible = c.get('principal').project
    const isKnown = (await trend(database, { project, runs: 1 })).length > 0 || (await hasDecisions(database, project))
    const nowMs = now().getTime()
    const entries = await listEntries(database, { project, limit: MAX_ENTRIES }, nowMs)
    const isVisible = visible === undefined || visible === project
    if (!isVisible || (!isKnown && entries.length === 0)) throw notFound('project', project)
    const exampleDay = exampleDayOf(nowMs)
    const serverUrl = serverUrlOf(c, settings)
    return sendPage(c, quarantinePage({ project, entries, serverUrl, exampleDay, nowMs }))
  }

  async function showProject(c: Context<AppEnv>, project: string): Promise<Response> {
    const { branch, runs } = parseQuery(rangeQuery, c.req.query())
    const visible = c.get('principal').project
    const branches = await listBranches(database, project)
    const points = await trend(database, { project, branch, runs })
    const isVisible = visible === undefined || visible === project
    if (!isVisible || (points.length === 0 && branches.length === 0 && !(await hasDecisions(database, project))))
      throw notFound('project', project)
    const comparedRuns = runsWithin(points, MAX_COMPARED_CASES)
    const range = { project, branch, runs: comparedRuns }
    const slowest = await slowestTests(database, range, TOP_TESTS)
    // A query of an SQLite file blocks this thread. Between the two, other requests are answered.
    await setImmediate()
    const flakiest = await flakiestTests(database, range, TOP_TESTS)
    const quarantine = await countEntries(database, project, now().getTime())
    const decisions = await latestDecisions(database, { project, branch, limit: PROJECT_DECISIONS + 1 })
    const lists = { flakiest, slowest, quarantine, decisions }
    const parts = { project, branch, branches, runs, trend: points, comparedRuns, ...lists }
    const isBadgePublic = await isPublicBadge(database, project)
    const serverUrl = serverUrlOf(c, settings)
    return sendPage(c, projectPage({ ...parts, serverUrl, isBadgePublic, nowMs: now().getTime() }))
  }
}

function addSearchPage(app: App, server: ServerContext): void {
  app.get(SEARCH_PATH, async (c) => {
    const { project: wanted, q, in: fields } = parseQuery(searchQuery, c.req.query())
    const visible = c.get('principal').project
    const project = visible ?? wanted
    if (wanted !== undefined && wanted !== project) throw notFound('project', wanted)
    const nowMs = server.now().getTime()
    const parts = { query: q, project, found: undefined, problem: undefined, nowMs }
    if (q === '') return sendPage(c, searchPage(parts))
    try {
      const terms = readQuery(q)
      const request = { terms, project, fields: searchFields(fields), limit: FOUND_PER_PAGE }
      return sendPage(c, searchPage({ ...parts, found: await search(server, request) }))
    } catch (thrown) {
      if (!(thrown instanceof HttpError)) throw thrown
      return sendPage(c, searchPage({ ...parts, problem: thrown.message }), 400)
    }
  })
}

/** The addresses of the source lines of a run's tests. */
function linksTo(
  { sourceUrls }: ServerContext['settings'],
  run: RunRow,
  properties: readonly RunProperty[],
): (row: CaseRow) => string | undefined {
  const remote = properties.find(({ name }) => name === 'git:remote')?.value
  const facts = { remote, commit: run.commit_sha ?? undefined }
  return (row) => sourceLink(facts, row, sourceUrls)
}

/** The quarantine of the failures of a run; `failures` are those on the page. */
async function quarantineOfRun(
  server: ServerContext,
  run: TaggedRun,
  failures: readonly CaseRow[],
): Promise<RunQuarantine | undefined> {
  if (run.failures + run.errors === 0) return undefined
  const counts = await countQuarantined(server.database, run, server.now().getTime())
  return { counts, tests: await quarantineOfTests(server, run.project, failures) }
}

/** The quarantine of the tests that failed, by the key of the test. */
async function quarantineOfTests(
  { database, now }: ServerContext,
  project: string,
  rows: readonly CaseRow[],
): Promise<RunQuarantine['tests']> {
  const failed = rows.filter(({ status }) => status === 'failed' || status === 'error')
  const entries = await entriesOfTests(
    database,
    failed.map(({ test_key }) => test_key),
  )
  const nowMs = now().getTime()
  return new Map(failed.map((row) => [row.test_key, quarantineOf(entries, { ...row, project }, nowMs)]))
}

function exampleDayOf(nowMs: number): string {
  return dayOf(nowMs + EXAMPLE_DAYS * 86_400_000)
}

// The number of latest runs that have up to `maxCases` test cases together; at least 1.
function runsWithin(points: readonly TrendPoint[], maxCases: number): number {
  let cases = 0
  const exceeding = [...points].reverse().findIndex(({ tests }) => {
    cases += tests
    return cases > maxCases
  })
  return exceeding < 0 ? points.length : Math.max(1, exceeding)
}

/** The address of the server for commands and links on a page: behind a proxy, a request names another one. */
function serverUrlOf(c: Context<AppEnv>, { publicUrl }: Settings): string {
  return (publicUrl ?? new URL(c.req.url).origin).replace(/\/+$/, '')
}

function noRunsToCompare(message: string): HttpError {
  return new HttpError(400, message, {
    suggestions: ['open a run, and choose "compare" beside its changes', 'add &base=ID with the id of another run'],
  })
}

function notFound(what: string, name: string): HttpError {
  return new HttpError(404, `there is no ${what} ${name.slice(0, 80)}`, {
    suggestions: ['it may have been deleted with old runs', 'your API key may be for another project'],
  })
}
