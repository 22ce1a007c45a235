/**
 * Where pages lead: paths of our own, and the few addresses from reports that may be followed.
 *
 * @module
 */

/** Parameters of a path; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

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

/** One test case of a run, by its place in the report. */
export function runTestPath(runId: string, position: number): string {
  return `${runPath(runId)}/tests/${position}`
}

/** The suites of a run. */
export function runSuitesPath(runId: string, query: Query = {}): string {
  return withQuery(`${runPath(runId)}/suites`, query)
}

/** The bytes of a run's report. */
export function reportPath(runId: string): string {
  return `/api/v1/test_runs/${encodeURIComponent(runId)}/report`
}

/** A test's history. */
export function testPath(testKey: string, query: Query = {}): string {
  return withQuery(`/tests/${encodeURIComponent(testKey)}`, query)
}

/** A project's trends. */
export function projectPath(project: string, query: Query = {}): string {
  // Browsers resolve a segment of dots, escaped or not (WHATWG URL, "double-dot path segment").
  if (/^\.{1,2}$/.test(project)) return withQuery('/projects', { project, ...query })
  return withQuery(`/projects/${encodeURIComponent(project)}`, query)
}

/** An address from a report as one that a browser may be sent to: http or https, without a password in it. */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.username === '' && url.password === '' ? url.href : undefined
}

/** Where to go after signing in: a path of this server, else the start page. */
export function ownPath(text: string | undefined): string {
  const base = 'http://own.invalid'
  if (text === undefined || !text.startsWith('/') || !URL.canParse(text, base)) return '/'
  const url = new URL(text, base)
  // `//host` and `/\host` name another host.
  if (url.origin !== base) return '/'
  const path = `${url.pathname}${url.search}`
  return path.startsWith('//') ? '/' : path
}
