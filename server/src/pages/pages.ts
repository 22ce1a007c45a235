/**
 * The pages that people read.
 *
 * Pages are functions from rows to HTML; here is where they get their rows from.
 *
 * @module
 */
import type { Context } from 'hono'
import type { App, AppEnv, ServerContext } from '../context.js'
import { HttpError } from '../http-error.js'
import { splitTags } from '../ingest/facts.js'
import { testKey } from '../ingest/rows.js'
import { findCase } from '../queries/cases.js'
import { firstFailures, latestOfProjects, pageOfCases, pageOfSuites, suitesAt } from '../queries/pages.js'
import { findRun, type ListedRun, listBranches, listProjects, listRuns, runProperties } from '../queries/runs.js'
import { findTest, flakiestTests, slowestTests, type TrendPoint, testHistory, trend } from '../queries/trends.js'
import { addAssets, ICON_PATH, STYLESHEET_PATH } from './assets.js'
import { sendPage } from './layout.js'
import { testPath } from './links.js'
import { casesPageQuery, namesQuery, readQuery, runsPageQuery, spanQuery, suitesPageQuery } from './params.js'
import { projectPage } from './project-page.js'
import { projectsPage } from './projects-page.js'
import { casePage, casesPage, suitesPage } from './run-lists.js'
import { runPage } from './run-page.js'
import { runsPage } from './runs-page.js'
import { addSignIn, SIGN_IN_PATH, SIGN_OUT_PATH } from './sign-in.js'
import { testPage } from './test-page.js'

/** Paths that need no key: what a browser shows to somebody who has yet to sign in. */
export const PUBLIC_PAGES: readonly string[] = [SIGN_IN_PATH, SIGN_OUT_PATH, STYLESHEET_PATH, ICON_PATH]

const RUNS_PER_PAGE = 30
const CASES_PER_PAGE = 100
const SUITES_PER_PAGE = 200
/** How many of each are on the page of the run itself. */
const FIRST_FAILURES = 20
const FIRST_SUITES = 50
const LATEST_EACH = 24
const TOP_TESTS = 10
/** Test cases that are looked through for the flakiest and the slowest: more would keep others waiting. */
const MAX_CASES_COMPARED = 50_000

/** Adds the paths. */
export function addPages(app: App, server: ServerContext): void {
  addAssets(app)
  addSignIn(app, server)
  addRunPages(app, server)
  addProjectPages(app, server)
}

function addRunPages(app: App, { database, now }: ServerContext): void {
  const runOf = async (c: Context<AppEnv>): Promise<ListedRun> => {
    const id = c.req.param('id') ?? ''
    const run = await findRun(database, id, c.get('principal').project)
    if (run === undefined) throw missing('run', id)
    return run
  }

  app.get('/', async (c) => {
    const query = readQuery(runsPageQuery, c.req.query())
    const visible = c.get('principal').project
    const perPage = query.per_page ?? query.limit ?? RUNS_PER_PAGE
    const { date_from, date_to, sort_by, sort_order, tags, page = 1, ...same } = query
    const filter = {
      ...same,
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
    const branches = await branchesOf(visible ?? query.project)
    const parts = { query, runs, perPage, projects: projects.map(({ project }) => project), branches }
    return sendPage(c, runsPage({ ...parts, serverUrl: new URL(c.req.url).origin, nowMs: now().getTime() }))
  })

  app.get('/runs/:id', async (c) => {
    const run = await runOf(c)
    const failures = run.failures + run.errors === 0 ? [] : await firstFailures(database, run.seq, FIRST_FAILURES)
    const suites = await pageOfSuites(database, run.seq, { page: 1, perPage: FIRST_SUITES })
    const properties = await runProperties(database, run.seq)
    return sendPage(c, runPage({ run, failures, suites: suites.items, suiteCount: suites.totalCount, properties }))
  })

  app.get('/runs/:id/suites', async (c) => {
    const { page } = readQuery(suitesPageQuery, c.req.query())
    const run = await runOf(c)
    const suites = await pageOfSuites(database, run.seq, { page, perPage: SUITES_PER_PAGE })
    return sendPage(c, suitesPage({ run, suites, page, perPage: SUITES_PER_PAGE }))
  })

  app.get('/runs/:id/tests', async (c) => {
    const query = readQuery(casesPageQuery, c.req.query())
    const run = await runOf(c)
    const { status, suite, q: search, page } = query
    const cases = await pageOfCases(database, run, { status, suite, search, page, perPage: CASES_PER_PAGE })
    const positions = cases.items.map(({ suite_position }) => suite_position)
    const suites = await suitesAt(database, run.seq, suite === undefined ? positions : [...positions, suite])
    return sendPage(c, casesPage({ run, query, cases, perPage: CASES_PER_PAGE, suites }))
  })

  app.get('/runs/:id/tests/:position{[0-9]{1,9}}', async (c) => {
    const run = await runOf(c)
    const position = Number(c.req.param('position'))
    const row = await findCase(database, run.seq, position)
    if (row === undefined) throw missing('test in this run at place', String(position))
    const suites = await suitesAt(database, run.seq, [row.suite_position])
    return sendPage(c, casePage({ run, row, suite: suites.get(row.suite_position) }))
  })

  async function branchesOf(project: string | undefined): Promise<string[]> {
    return project === undefined ? [] : listBranches(database, project)
  }
}

function addProjectPages(app: App, { database, now }: ServerContext): void {
  app.get('/projects', async (c) => {
    const { project } = readQuery(namesQuery, c.req.query())
    if (project !== undefined) return showProject(c, project)
    const visible = c.get('principal').project
    const projects = await listProjects(database, visible)
    const latest = await latestOfProjects(database, LATEST_EACH, visible)
    const serverUrl = new URL(c.req.url).origin
    return sendPage(c, projectsPage({ projects, latest, serverUrl, nowMs: now().getTime() }))
  })

  app.get('/projects/:project', (c) => showProject(c, c.req.param('project')))

  app.get('/tests', (c) => {
    const { project = '', classname = '', name = '' } = readQuery(namesQuery, c.req.query())
    return c.redirect(testPath(testKey(project, classname, name)), 302)
  })

  app.get('/tests/:key', async (c) => {
    const { branch, runs: span } = readQuery(spanQuery, c.req.query())
    const key = c.req.param('key')
    const test = await findTest(database, key, c.get('principal').project)
    if (test === undefined) throw missing('test', key)
    const history = await testHistory(database, key, { branch, limit: span })
    const branches = await listBranches(database, test.project)
    return sendPage(c, testPage({ test, history, branches, branch, span, nowMs: now().getTime() }))
  })

  async function showProject(c: Context<AppEnv>, project: string): Promise<Response> {
    const { branch, runs: span } = readQuery(spanQuery, c.req.query())
    const visible = c.get('principal').project
    const branches = await listBranches(database, project)
    const points = await trend(database, { project, branch, runs: span })
    const known = (visible === undefined || visible === project) && (points.length > 0 || branches.length > 0)
    if (!known) throw missing('project', project)
    const testSpan = runsWithin(points, MAX_CASES_COMPARED)
    const scope = { project, branch, runs: testSpan }
    const slowest = await slowestTests(database, scope, TOP_TESTS)
    const flakiest = await flakiestTests(database, scope, TOP_TESTS)
    const parts = { project, branch, branches, span, trend: points, flakiest, slowest, testSpan }
    return sendPage(c, projectPage({ ...parts, nowMs: now().getTime() }))
  }
}

// How many of the latest runs have so many test cases together; one at least.
function runsWithin(points: readonly TrendPoint[], most: number): number {
  let cases = 0
  const over = [...points].reverse().findIndex(({ tests }) => {
    cases += tests
    return cases > most
  })
  return over < 0 ? points.length : Math.max(1, over)
}

function missing(what: string, name: string): HttpError {
  return new HttpError(404, `there is no ${what} ${name.slice(0, 80)}`, {
    suggestions: ['it may have been removed with the runs of its time', 'your key may be for another project'],
  })
}
