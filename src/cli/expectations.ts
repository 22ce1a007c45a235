/**
 * `jux verify --expect`: what a report must have besides a valid signature, such as a commit and passed tests.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'
import { JuxError, shellWord } from '../errors.js'
import type { Property } from '../model.js'
import type { ReportSummary } from '../report/read.js'

/** Computed from the test cases, because a property of this name could contradict them. */
const OUTCOME = 'jux:outcome'

/**
 * Parses one expectation, such as `git:commit=1a2b…`, and appends it to the previous ones.
 *
 * @throws {InvalidArgumentError} without a name or a value: an unset variable in a script must not make every report
 *   pass
 */
export function collectExpectation(text: string, previous: readonly Property[] = []): Property[] {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('It must be NAME=VALUE, such as jux:outcome=passed.')
  }
  return [...previous, { name, value }]
}

/**
 * Checks a report against the expectations.
 *
 * @param summary of the signed content only
 * @param file the report's name, for messages
 * @throws {JuxError} `OPERATION_FAILED` with reason `not-as-expected`
 */
export function checkExpectations(summary: ReportSummary, expectations: readonly Property[], file: string): void {
  for (const { name, value } of expectations) {
    const found = factsNamed(name, summary)
    if (found.length > 0 && found.every((fact) => fact === value)) continue
    const actual = found.length === 0 ? 'not set' : found.join(' and ')
    throw new JuxError('OPERATION_FAILED', {
      message: `${name} is ${actual}, expected ${value}`,
      suggestions: [`npx jux inspect ${shellWord(file)}  (shows its properties)`],
      reason: 'not-as-expected',
    })
  }
}

function factsNamed(name: string, { outcome, properties }: ReportSummary): string[] {
  if (name === OUTCOME) return [outcome]
  return properties.flatMap((property) => (property.name === name ? [property.value] : []))
}
