/**
 * Whose JUnit is written: one row a dialect.
 *
 * No document satisfies every public schema. `common` says most and is valid against `schema/jux-junit.xsd`; `jenkins` is valid
 * against the Jenkins xUnit plugin's junit-10.xsd; `ant` against the windyroad schema of Ant's format. What a dialect has no attribute
 * or element for is written as text, so that every dialect keeps every fact.
 *
 * @module
 */
import type { Property } from '../model.js'

/** Names of the dialects. */
export type DialectName = 'common' | 'jenkins' | 'ant'

/** What a schema has room for. */
export interface Dialect {
  /** Attributes that the schema knows, by element; all of ours when absent. */
  readonly attributes: Readonly<Partial<Record<'testsuites' | 'testsuite' | 'testcase', ReadonlySet<string>>>>
  /** Whether test cases have `properties`; else they are lines of `system-out`. */
  readonly caseProperties: boolean
  /** Whether test cases have output and failed attempts of their own; else the suite's `system-out` tells of them. */
  readonly caseOutput: boolean
  /** Whether `skipped` has a `type`. */
  readonly skippedType: boolean
  /** Whether every suite must have properties, system-out, system-err, package, id, hostname and a time without zone. */
  readonly completeSuites: boolean
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  common: { attributes: {}, caseProperties: true, caseOutput: true, skippedType: true, completeSuites: false },
  jenkins: {
    attributes: {
      testsuites: new Set(['errors', 'failures', 'name', 'tests', 'time']),
      testcase: new Set(['classname', 'name', 'time']),
    },
    caseProperties: false,
    caseOutput: true,
    skippedType: true,
    completeSuites: false,
  },
  ant: {
    attributes: {
      testsuites: new Set(),
      testsuite: new Set([
        'errors',
        'failures',
        'hostname',
        'id',
        'name',
        'package',
        'skipped',
        'tests',
        'time',
        'timestamp',
      ]),
      testcase: new Set(['classname', 'name', 'time']),
    },
    caseProperties: false,
    caseOutput: false,
    skippedType: false,
    completeSuites: true,
  },
}

/** The row of a dialect. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name]
}

/** A property as text, in the form that test management tools read from `system-out`. */
export function propertyLine({ name, value }: Property): string {
  return value.includes('\n') ? `[[PROPERTY|${name}\n${value}\n]]` : `[[PROPERTY|${name}=${value}]]`
}
