/**
 * `jux verify --expect`: what a report must have besides a valid signature, such as a commit and passed tests.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander'
import { JuxError, shellWord } from '../errors.js'
import { contradictions, valuesOf } from '../gate/report.js'
import type { Property } from '../model.js'
import type { ReportSummary } from '../report/read.js'

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
 * Checks a report against the expectations. A property that occurs several times must have the value each time.
 *
 * @param summary of the signed content only
 * @param file the report's name, for messages
 * @throws {JuxError} `OPERATION_FAILED` with reason `not-as-expected`
 */
export function checkExpectations(summary: ReportSummary, expectations: readonly Property[], file: string): void {
  for (const { name, value } of expectations) {
    const wrong = contradictions(name, (found) => found === value, summary)
    const isSet = valuesOf(name, summary).length > 0
    if (isSet && wrong.length === 0) continue
    const actual = isSet ? wrong.map((fact) => `${fact.name} is ${fact.values.join(' and ')}`) : [`${name} is not set`]
    throw new JuxError('OPERATION_FAILED', {
      message: `${actual.join(', ')}, expected ${value}`,
      suggestions: [
        ...(isSet ? [] : fullNames(name, summary).map((full) => `write --expect ${shellWord(`${full}=${value}`)}`)),
        `npx jux inspect ${shellWord(file)}  # shows its properties`,
      ],
      reason: 'not-as-expected',
    })
  }
}

// The names of facts in the report that someone who wrote only the last part may mean.
function fullNames(name: string, { properties }: ReportSummary): readonly string[] {
  const names = new Set([OUTCOME, ...properties.map((property) => property.name)])
  return [...names].filter((full) => /^(?:git|ci|jux|env):/.test(full) && full.endsWith(`:${name}`))
}
