/**
 * Reports to submit.
 *
 * @module
 */

/** Contents of a report. */
export interface ReportParts {
  readonly project?: string | undefined
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** Elements of the only suite. */
  readonly cases?: string | undefined
  readonly name?: string | undefined
}

const CASES =
  '<testcase classname="cart" name="adds" time="0.5"/>' +
  '<testcase classname="cart" name="removes" time="0.25"><failure message="expected 1" type="AssertionError">at cart.ts:3</failure></testcase>' +
  '<testcase classname="cart" name="ships"><skipped message="later"/></testcase>' +
  '<testcase classname="cart" name="pays"><error message="no bank" type="TypeError">at pay.ts:9</error></testcase>'

/** Creates a report; by default it has four test cases, one of each status. */
export function report({ project = 'shop', properties = {}, cases = CASES, name = 'unit' }: ReportParts = {}): string {
  const facts = Object.entries({ ...(project === '' ? {} : { project }), ...properties })
  const elements = facts.map(([key, value]) => `<property name="${escapeValue(key)}" value="${escapeValue(value)}"/>`)
  return `<testsuites name="${escapeValue(name)}"><testsuite name="${escapeValue(name)}"><properties>${elements.join('')}</properties>${cases}</testsuite></testsuites>`
}

/** Headers of a report that is sent as XML. */
export const XML = { 'content-type': 'application/xml' }
/** Headers of a report that is sent in JSON. */
export const JSON_HEADERS = { 'content-type': 'application/json' }

/** Escapes a text for an attribute value. */
export function escapeValue(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
