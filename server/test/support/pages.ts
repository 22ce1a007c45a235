/**
 * Reads pages for tests, and submits reports to fill them.
 *
 * @module
 */
import { expect } from 'vitest'
import { testKey } from '../../src/ingest/test-key.js'
import { report, XML } from './reports.js'
import type { TestServer } from './server.js'

/** The `Accept` header of a browser. */
export const HTML = { accept: 'text/html' }

/** Where reports are submitted. */
export const SUBMIT = '/api/v1/junit/submit'

/** One test case in each status. */
export const FLAKY = '<testcase classname="cart" name="adds" time="0.5"><flakyFailure message="once"/></testcase>'
export const PASSED = '<testcase classname="cart" name="adds" time="0.25"/>'
export const FAILED =
  '<testcase classname="cart" name="adds" time="0.75"><failure message="no">at x</failure></testcase>'
export const SKIPPED = '<testcase classname="cart" name="adds"><skipped/></testcase>'

/** Paths of all pages about one run. */
export const pagesOf = (id: string, project = 'shop') => [
  `/runs/${id}`,
  `/runs/${id}/tests`,
  `/runs/${id}/tests/1`,
  `/runs/${id}/suites`,
  `/projects/${project}`,
  `/tests/${testKey(project, 'cart', 'adds')}`,
]

/** Submits a report and returns the id of its run. */
export async function submit(server: TestServer, ...args: Parameters<typeof report>): Promise<string> {
  return (await server.post(SUBMIT, report(...args), XML)).at('test_run_id')
}

/** The text of a page, with white space collapsed. */
export async function textOf(server: TestServer, path: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, text } = await server.get(path, { ...HTML, ...headers })
  expect(status, path).toBe(200)
  return text
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
}

/** The HTML of a page. */
export async function htmlOf(server: TestServer, path: string): Promise<string> {
  return (await server.get(path, HTML)).text
}
