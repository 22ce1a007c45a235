/**
 * The links of the pages: paths of this server, and addresses from reports.
 *
 * @module
 */

/** Parameters of a path; undefined and empty values are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

/** Path of the search. */
export const SEARCH_PATH = '/search'
/** Path of the sign-in page. */
export const SIGN_IN_PATH = '/sign-in'
/** Path that the form for signing out posts to. */
export const SIGN_OUT_PATH = '/sign-out'

/** A path with parameters. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value))
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`
}

/** The list of runs. */
export function runsPath(query: Query = {}): string {
  return withQuery('/', query)
}

/** One run. */
export function runPath(runId: string): string {
  return `/runs/${encodeURIComponent(runId)}`
}

/** The test cases of a run. */
export function runTestsPath(runId: string, query: Query = {}): string {
  return withQuery(`${runPath(runId)}/tests`, query)
}

/** One test case of a run, by its position in the report. */
export function runTestPath(runId: string, position: number): string {
  return `${runPath(runId)}/tests/${position}`
}

/** The comparison of two runs. */
export function comparePath(baseId: string, headId: string): string {
  return withQuery('/compare', { base: baseId, head: headId })
}

/** The suites of a run. */
export function runSuitesPath(runId: string, query: Query = {}): string {
  return withQuery(`${runPath(runId)}/suites`, query)
}

/** The report of a run. */
export function reportPath(runId: string): string {
  return `/api/v1/test_runs/${encodeURIComponent(runId)}/report`
}

/** The history of a test. */
export function testPath(testKey: string, query: Query = {}): string {
  return withQuery(`/tests/${encodeURIComponent(testKey)}`, query)
}

/** The trends of a project. */
export function projectPath(project: string, query: Query = {}): string {
  // Browsers remove the segments `.` and `..`, also when they are escaped (WHATWG URL, "double-dot path segment").
  if (/^\.{1,2}$/.test(project)) return withQuery('/projects', { project, ...query })
  return withQuery(`/projects/${encodeURIComponent(project)}`, query)
}

/** The decision of a gate. */
export function decisionPath(id: string): string {
  return `/decisions/${encodeURIComponent(id)}`
}

/** The bytes of a decision. */
export function envelopePath(id: string): string {
  return `/api/v1/decisions/${encodeURIComponent(id)}/envelope`
}

/** The quarantined tests of a project. */
export function quarantinePath(project: string): string {
  const path = projectPath(project)
  return path.includes('?') ? withQuery('/quarantine', { project }) : `${path}/quarantine`
}

/** An address from a report if it is safe to link to: http or https, without a user name or password. */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.username === '' && url.password === '' ? url.href : undefined
}

/** Path of the sign-in page that returns to the path `from`. */
export function signInPath(from: string): string {
  return withQuery(SIGN_IN_PATH, { next: from === '/' ? undefined : from })
}

/** The page to show after signing in: a path of this server, else the start page. */
export function localPath(text: string | undefined): string {
  const base = 'http://own.invalid'
  if (text === undefined || !text.startsWith('/') || !URL.canParse(text, base)) return '/'
  const url = new URL(text, base)
  // `//host` and `/\host` lead to another host.
  if (url.origin !== base) return '/'
  const path = `${url.pathname}${url.search}`
  return path.startsWith('//') ? '/' : path
}
