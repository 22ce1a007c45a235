/**
 * What was asked of a Jest run: which tests, whether `.only` has left out some, and bail. Retries are not configured in Jest:
 * tests ask for them while they run.
 *
 * @module
 */
import type { OnlyEffect, RunRequest, Selection } from '../model.js'
import type { JestConfig, JestFileResult, JestResults } from './jest-types.js'
import { effectOfOnly } from './only.js'
import { countOf, select, selectFiles } from './request.js'
import { readField } from './values.js'

/** What a request is read from. */
export interface JestRequestInput {
  /** Of the process; it is only read if it is that of Jest's own command. */
  readonly argv: readonly string[]
  /** Number of projects that had tests; absent if the run has not ended. */
  readonly usedProjects?: number | undefined
  readonly readSource: (path: string) => string | undefined
}

const OWN_COMMAND = /[\\/](?:jest(?:-cli)?[\\/]bin[\\/]jest(?:\.js)?|\.bin[\\/]jest)$/

/** Reads a request. */
export function gatherJestRequest(
  input: JestRequestInput,
  config: JestConfig,
  results: Pick<JestResults, 'testResults'>,
  rootDir: string,
): RunRequest {
  return {
    selection: selectionOf(config, input, rootDir),
    only: onlyOf(config, results, input.readSource),
    bail: countOf(typeof config.bail === 'number' ? config.bail : Number(config.bail ?? 0)),
  }
}

function selectionOf(config: JestConfig, input: JestRequestInput, rootDir: string): readonly Selection[] | undefined {
  // The reruns of watch mode have the files that changed.
  if (config.watch || config.watchAll) return undefined
  const isOwn = OWN_COMMAND.test(input.argv[1] ?? '')
  const projects = config.projects?.length ?? 0
  // A project without tests looks like one that was not selected, and only the command line tells them apart.
  if (!isOwn && projects > 1 && input.usedProjects !== projects) return undefined
  const flags = isOwn ? input.argv.slice(2) : []
  const namesFiles = config.findRelatedTests === true || config.runTestsByPath === true
  return [
    ...selectFiles('files', namesFiles ? config.nonFlagArgs : patternsOf(config), rootDir),
    ...select('changed', changedOf(config)),
    ...select('failed', config.onlyFailures ? 'last run' : undefined),
    ...selectFiles('list', config.skipFilter ? undefined : config.filter, rootDir),
    ...select('exclude', valuesOf(flags, 'testPathIgnorePatterns')),
    ...select('projects', valuesOf(flags, 'selectProjects')),
    ...select(
      'projects',
      valuesOf(flags, 'ignoreProjects').map((name) => `!${name}`),
    ),
    ...select('name', config.testNamePattern),
  ]
}

function patternsOf({ testPathPatterns, testPathPattern }: JestConfig): unknown {
  return readField(testPathPatterns, 'patterns') ?? testPathPattern
}

function changedOf({ onlyChanged, lastCommit, changedSince }: JestConfig): string | undefined {
  if (!onlyChanged) return undefined
  return changedSince || (lastCommit ? 'last commit' : 'uncommitted')
}

// A flag with several values: `--name=a`, `--name a b`, also written with hyphens.
function valuesOf(flags: readonly string[], name: string): readonly string[] {
  const hyphenated = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const values: string[] = []
  let isInside = false
  for (const word of flags) {
    if (word.startsWith('-')) {
      const [flag = '', ...rest] = word.split('=')
      isInside = flag === `--${name}` || flag === `--${hyphenated}`
      if (isInside && rest.length > 0) values.push(rest.join('='))
    } else if (isInside) values.push(word)
  }
  return values
}

function onlyOf(
  { testNamePattern }: JestConfig,
  { testResults }: Pick<JestResults, 'testResults'>,
  readSource: JestRequestInput['readSource'],
): OnlyEffect {
  const paths = new Set(testResults.filter(hasSkippedTests).map(({ testFilePath }) => testFilePath))
  return effectOfOnly({ paths, isFiltered: Boolean(testNamePattern), readSource })
}

function hasSkippedTests({ numPendingTests, testResults }: JestFileResult): boolean {
  if (numPendingTests !== undefined) return numPendingTests > 0
  return testResults.some((test) => test?.status !== 'passed' && test?.status !== 'failed')
}
