/**
 * What `jux run` says when no reporter of this package has started: why, and what to write where.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunMark } from '../../run-mark.js'
import type { Runner } from './runner-arguments.js'
import { VITEST_CONFIG_FILES } from './vitest.js'

const JEST_CONFIG_FILES = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json'].map(
  (extension) => `jest.config.${extension}`,
)

const PLAYWRIGHT_CONFIG_FILES = ['ts', 'js', 'mts', 'mjs', 'cts', 'cjs'].map(
  (extension) => `playwright.config.${extension}`,
)

/**
 * One sentence, or `undefined` if there is nothing to say.
 *
 * @param marks what the processes of the command have left
 * @param runner the runner that the command starts, as far as it is known
 */
export function missingReporter(
  marks: ReadonlySet<RunMark>,
  runner: Runner | undefined,
  cwd: string,
): string | undefined {
  if (marks.has('started') || marks.has('idle')) return undefined
  if (marks.has('load')) return 'no report: the test runner ended before it started its reporters'
  const likely = runner ?? likelyRunner(cwd)
  const cure =
    likely === undefined
      ? "add 'jux-reporter/vitest', 'jux-reporter/jest' or 'jux-reporter/playwright' to the reporters of the test runner"
      : cureFor(likely, cwd)
  return `no report: no reporter of jux-reporter has started; ${cure}`
}

function cureFor(runner: Runner, cwd: string): string {
  if (runner === 'playwright') {
    const file = firstOf(PLAYWRIGHT_CONFIG_FILES, cwd)
    const entry = "reporter: [['list'], ['jux-reporter/playwright']]"
    return file === undefined
      ? `write export default { ${entry} } in playwright.config.mjs`
      : `write ${entry} in ${file}`
  }
  const list = `['default', 'jux-reporter/${runner}']`
  if (runner === 'vitest') {
    const file = firstOf(VITEST_CONFIG_FILES, cwd)
    if (file !== undefined) return `write test: { reporters: ${list} } in ${file}`
    return `write export default { test: { reporters: ${list} } } in vitest.config.mjs`
  }
  const file = firstOf(JEST_CONFIG_FILES, cwd)
  const json = list.replaceAll("'", '"')
  if (file?.endsWith('.json')) return `write "reporters": ${json} in ${file}`
  return file === undefined
    ? `write "jest": { "reporters": ${json} } in package.json`
    : `write reporters: ${list} in ${file}`
}

function likelyRunner(cwd: string): Runner | undefined {
  if (firstOf(JEST_CONFIG_FILES, cwd) !== undefined) return 'jest'
  if (VITEST_CONFIG_FILES.some((name) => name.startsWith('vitest') && existsSync(join(cwd, name)))) return 'vitest'
  if (firstOf(PLAYWRIGHT_CONFIG_FILES, cwd) !== undefined) return 'playwright'
  try {
    const text = readFileSync(join(cwd, 'package.json'), 'utf8')
    if (/"vitest"\s*:/.test(text)) return 'vitest'
    if (/"jest"\s*:/.test(text)) return 'jest'
    return /"@playwright\/test"\s*:/.test(text) ? 'playwright' : undefined
  } catch {
    return undefined
  }
}

function firstOf(names: readonly string[], cwd: string): string | undefined {
  return names.find((name) => existsSync(join(cwd, name)))
}
