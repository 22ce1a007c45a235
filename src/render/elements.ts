/**
 * The elements of a report and their attributes.
 *
 * @module
 */
import type { Dialect } from './dialects.js'
import { type ElementForm, elementForm } from './writer.js'

const SUITES = ['errors', 'failures', 'name', 'skipped', 'tests', 'time', 'timestamp'] as const
const SUITE = [...SUITES, 'file', 'hostname', 'id', 'package'] as const
const CASE = ['classname', 'column', 'file', 'id', 'line', 'name', 'time', 'timestamp'] as const

/** The elements whose attributes differ from dialect to dialect. */
export interface DialectElements {
  readonly testsuites: ElementForm<(typeof SUITES)[number]>
  readonly testsuite: ElementForm<(typeof SUITE)[number]>
  readonly testcase: ElementForm<(typeof CASE)[number]>
}

/** These elements with the attributes that the dialect's schema has; others are not written. */
export function elementsOf({ attributes }: Dialect): DialectElements {
  const known = <Name extends string>(names: readonly Name[], those: ReadonlySet<string> | undefined) =>
    names.filter((name) => those === undefined || those.has(name))
  return {
    testsuites: elementForm('testsuites', known(SUITES, attributes.testsuites)),
    testsuite: elementForm('testsuite', known(SUITE, attributes.testsuite)),
    testcase: elementForm('testcase', known(CASE, attributes.testcase)),
  }
}

export const PROPERTIES = elementForm('properties')
export const PROPERTY = elementForm('property', ['name', 'value'])
export const SYSTEM_OUT = elementForm('system-out')
export const SYSTEM_ERR = elementForm('system-err')
export const STACK_TRACE = elementForm('stackTrace')

/** What tells that a test did not simply pass, by name. */
export const VERDICT_ELEMENTS = {
  failure: elementForm('failure', ['message', 'type']),
  error: elementForm('error', ['message', 'type']),
  skipped: elementForm('skipped', ['message', 'type']),
  flakyFailure: elementForm('flakyFailure', ['message', 'type']),
  rerunFailure: elementForm('rerunFailure', ['message', 'type']),
} as const
