/**
 * Projects in the layouts that people have, installed from a registry by the package manager of the layout.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { makeProject, type Project } from '../packed/project.js'
import { type Registry, startRegistry } from '../support/registry.js'
import { type Finished, runProgram } from '../support/run-program.js'

/** Exact versions, so that only a change of ours can turn a cell red; raise them on purpose. */
export const JEST = { jest: '30.5.2', 'jux-reporter': '^0.1.0' } as const
export const VITEST = { vitest: '4.1.12', 'jux-reporter': '^0.1.0' } as const

export const VITEST_TEST = `import { expect, it } from 'vitest'
it('adds', () => expect(1 + 1).toBe(2))
it('fails', () => expect(1).toBe(2))
`
export const JEST_TEST = `test('adds', () => expect(1 + 1).toBe(2))
test('fails', () => expect(1).toBe(2))
`
export const VITEST_CONFIG = "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n"
export const JEST_CONFIG = "module.exports = { reporters: ['default', 'jux-reporter/jest'] }\n"

/** What a stored report says. */
export interface Stored {
  readonly project: string | undefined
  /** Files of the test cases, sorted. */
  readonly files: readonly string[]
  /** Names and classes of the test cases, sorted. */
  readonly cases: readonly string[]
  readonly counts: string
  readonly facts: Readonly<Record<string, string>>
}

let registry: Registry | undefined
let programs = ''
const projects: Project[] = []

/** Starts the registry before the tests of a file, and removes its projects after them. */
export function useLayouts(): void {
  beforeAll(async () => {
    programs = mkdtempSync(join(tmpdir(), 'jux-programs-'))
    registry = await startRegistry()
  })
  afterAll(async () => {
    for (const project of projects) project.remove()
    await registry?.close()
    rmSync(programs, { recursive: true, force: true, maxRetries: 5 })
  })
}

/** A project with a key, in a repository of its own. */
export async function layout(files: Readonly<Record<string, unknown>>): Promise<Project> {
  if (registry === undefined) throw new Error('call useLayouts first')
  const project = makeProject(registry, files)
  projects.push(project)
  await project.must('git', ['init', '--quiet'])
  return project
}

/**
 * Installs a program of npm beside the projects.
 *
 * @returns the folder of its commands
 */
export async function program(name: string): Promise<string> {
  const flags = ['--prefix', programs, '--no-audit', '--no-fund']
  const { status, stderr } = await runProgram('npm', ['install', ...flags, name], {})
  if (status !== 0) throw new Error(`${name} could not be installed: ${stderr}`)
  return join(programs, 'node_modules', '.bin')
}

/** Installs with npm, and makes a key. */
export async function npmInstall(project: Project): Promise<void> {
  await project.must('npm', ['install', '--no-audit', '--no-fund'])
  await project.must('npx', ['--no-install', 'jux', 'keygen', '--output', keyOf(project)])
}

/** Path of the key, outside of the project. */
export function keyOf(project: Project): string {
  return join(project.home, 'key.pem')
}

/** Runs a command with the key, and removes reports that were stored before. */
export async function run(
  project: Project,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return await project.run(command, args, { JUX_KEY_PATH: keyOf(project), ...env })
}

/** The reports of the project, sorted by their files. Each is signed, and verifies. */
export async function stored(project: Project): Promise<readonly Stored[]> {
  const paths = reportsOf(project)
  if (paths.length > 0) {
    const key = keyOf(project).replace('.pem', '.pub.pem')
    const jux = join(process.cwd(), 'dist', 'cli', 'bin.js')
    await project.must(process.execPath, [jux, 'verify', '--public-key', key, ...paths])
  }
  const read = paths.map((path) => {
    const { summary, cases } = readReport(readFileSync(path), { cases: true })
    const facts = Object.fromEntries(summary.properties.map(({ name, value }) => [name, value]))
    return {
      project: facts.project,
      files: [...new Set(cases.flatMap(({ file }) => file ?? []))].sort(),
      cases: cases.map(({ classname, name }) => `${classname} > ${name}`).sort(),
      counts: `${summary.passed} passed, ${summary.failures} failed, ${summary.errors} errors, ${summary.skipped} skipped`,
      facts,
    }
  })
  return read.sort((one, other) => (one.files.join() < other.files.join() ? -1 : 1))
}

/** Removes the reports, so that those of the next run are known. */
export function forgetReports(project: Project): void {
  for (const path of reportsOf(project)) rmSync(path)
}

function reportsOf(project: Project): readonly string[] {
  try {
    return project.reports()
  } catch {
    // There is no store yet.
    return []
  }
}

/** Expects one report with one test that passed and one that failed. */
export async function expectOne(project: Project, wanted: Partial<Stored>): Promise<void> {
  expect(await stored(project)).toMatchObject([{ counts: '1 passed, 1 failed, 0 errors, 0 skipped', ...wanted }])
}
