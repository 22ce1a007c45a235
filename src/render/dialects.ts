/**
 * The elements of a report, and what each JUnit dialect has room for.
 *
 * No document satisfies every public schema. `common` has the most attributes and is valid against
 * `schema/jux-junit.xsd`; `jenkins` is valid against the Jenkins xUnit plugin's junit-10.xsd; `ant` against the
 * windyroad schema of Ant's format. If a dialect has no attribute or element for a fact, the fact is written as text,
 * so that every dialect has every fact.
 *
 * @module
 */
import type { SettingDefaults } from '../config/table.js'
import type { Property } from '../model.js'
import { type ElementForm, elementForm } from './writer.js'

/** Names of the dialects. */
export type DialectName = 'common' | 'jenkins' | 'ant'

const SUITES = ['errors', 'failures', 'name', 'skipped', 'tests', 'time', 'timestamp'] as const
const SUITE = [...SUITES, 'file', 'hostname', 'id', 'package'] as const
const CASE = ['classname', 'column', 'file', 'id', 'line', 'name', 'time', 'timestamp'] as const

type SuiteAttribute = (typeof SUITE)[number]
type CaseAttribute = (typeof CASE)[number]

/** What a schema has room for. An attribute that it does not know is not written. */
export interface Dialect {
  readonly testsuites: ElementForm<(typeof SUITES)[number]>
  readonly testsuite: ElementForm<SuiteAttribute>
  readonly testcase: ElementForm<CaseAttribute>
  /** Whether test cases have attributes for place, id and start; otherwise these are facts of the test. */
  readonly caseAttributes: boolean
  /** Whether test cases have `properties`; otherwise they are lines of `system-out`. */
  readonly caseProperties: boolean
  /** Whether test cases have output and failed attempts of their own; otherwise these are in the suite's output. */
  readonly caseOutput: boolean
  /** Whether `skipped` has a `type`. */
  readonly skippedType: boolean
  /**
   * Whether every suite must have properties, system-out, system-err, package, id, hostname and a time without zone.
   */
  readonly completeSuites: boolean
}

const CASE_IN_PUBLIC_SCHEMAS: readonly CaseAttribute[] = ['classname', 'name', 'time']

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  common: {
    testsuites: elementForm('testsuites', SUITES),
    testsuite: elementForm('testsuite', SUITE),
    testcase: elementForm('testcase', CASE),
    caseAttributes: true,
    caseProperties: true,
    caseOutput: true,
    skippedType: true,
    completeSuites: false,
  },
  jenkins: {
    testsuites: elementForm('testsuites', ['errors', 'failures', 'name', 'tests', 'time']),
    testsuite: elementForm('testsuite', SUITE),
    testcase: elementForm('testcase', CASE_IN_PUBLIC_SCHEMAS),
    caseAttributes: false,
    caseProperties: false,
    caseOutput: true,
    skippedType: true,
    completeSuites: false,
  },
  ant: {
    testsuites: elementForm('testsuites'),
    testsuite: elementForm(
      'testsuite',
      SUITE.filter((name) => name !== 'file'),
    ),
    testcase: elementForm('testcase', CASE_IN_PUBLIC_SCHEMAS),
    caseAttributes: false,
    caseProperties: false,
    caseOutput: false,
    skippedType: false,
    completeSuites: true,
  },
}

export const DEFAULT_DIALECT: SettingDefaults['dialect'] = 'common'

/** Returns the dialect with this name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name]
}

export const PROPERTIES = elementForm('properties')
export const PROPERTY = elementForm('property', ['name', 'value'])
export const SYSTEM_OUT = elementForm('system-out')
export const SYSTEM_ERR = elementForm('system-err')
export const STACK_TRACE = elementForm('stackTrace')

/** The elements of a test case for its status. A test case that passed has no such element. */
export const STATUS_ELEMENTS = {
  failed: elementForm('failure', ['message', 'type']),
  error: elementForm('error', ['message', 'type']),
  skipped: elementForm('skipped', ['message', 'type']),
} as const

/** The elements for failed attempts, with the names that Maven Surefire gave them. */
export const ATTEMPT_ELEMENTS = {
  flakyFailure: elementForm('flakyFailure', ['message', 'type']),
  rerunFailure: elementForm('rerunFailure', ['message', 'type']),
} as const

/** A property as text, in the form that test management tools read from `system-out`. */
export function propertyLine({ name, value }: Property): string {
  return value.includes('\n') ? `[[PROPERTY|${name}\n${value}\n]]` : `[[PROPERTY|${name}=${value}]]`
}
