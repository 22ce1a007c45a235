/**
 * Pages as a test reads them, and reports to fill them with.
 *
 * @module
 */
import { expect } from 'vitest'
import { report, XML } from './reports.js'
import type { TestServer } from './server.js'

/** What a browser asks for. */
export const HTML = { accept: 'text/html' }

/** Where reports are sent. */
export const SUBMIT = '/api/v1/junit/submit'

/** Sends a report; the id of its run. */
export async function submit(server: TestServer, ...args: Parameters<typeof report>): Promise<string> {
  return (await server.post(SUBMIT, report(...args), XML)).at('test_run_id')
}

/** A page without its tags, white space folded. */
export async function textOf(server: TestServer, path: string): Promise<string> {
  const { status, text } = await server.get(path, HTML)
  expect(status, path).toBe(200)
  return text
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
}

/** A page as it is sent. */
export async function htmlOf(server: TestServer, path: string): Promise<string> {
  return (await server.get(path, HTML)).text
}

/** One test case, told apart by what came of it. */
export const FLAKY = '<testcase classname="cart" name="adds" time="0.5"><flakyFailure message="once"/></testcase>'
export const PASSED = '<testcase classname="cart" name="adds" time="0.25"/>'
export const FAILED =
  '<testcase classname="cart" name="adds" time="0.75"><failure message="no">at x</failure></testcase>'
export const SKIPPED = '<testcase classname="cart" name="adds"><skipped/></testcase>'
