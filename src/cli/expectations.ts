/**
 * What a gate expects of a report beyond its signature: that it is of this commit, that its tests passed.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'
import { JuxError, shellWord } from '../errors.js'
import type { Property } from '../model.js'
import type { ReportSummary } from '../report/read.js'

/** Read from the test cases too, so that no property can say better than they do. */
const OUTCOME = 'jux:outcome'

/**
 * One more expectation of a command line: `git:commit=1a2b…`.
 *
 * @throws {InvalidArgumentError} without a name or a value: an unset variable must not make a gate that lets everything pass
 */
export function collectExpectation(text: string, before: readonly Property[] = []): Property[] {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It is NAME=VALUE with both, such as jux:outcome=passed.')
  }
  return [...before, { name, value }]
}

/**
 * Holds a report against expectations.
 *
 * @param summary of what was signed, and nothing else
 * @param file the report's name, for messages
 * @throws {JuxError} `OPERATION_FAILED` with reason `not-as-expected`
 */
export function checkExpectations(summary: ReportSummary, expectations: readonly Property[], file: string): void {
  for (const { name, value } of expectations) {
    const found = factsNamed(name, summary)
    if (found.length > 0 && found.every((fact) => fact === value)) continue
    const said = found.length === 0 ? 'not stated' : found.join(' and ')
    throw new JuxError('OPERATION_FAILED', {
      message: `${name} is ${said}, expected ${value}`,
      suggestions: [`jux inspect ${shellWord(file)}  (shows what it says)`],
      reason: 'not-as-expected',
    })
  }
}

function factsNamed(name: string, { outcome, properties }: ReportSummary): string[] {
  if (name === OUTCOME) return [outcome]
  return properties.flatMap((property) => (property.name === name ? [property.value] : []))
}
