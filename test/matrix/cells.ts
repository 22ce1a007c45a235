/**
 * What the matrix is made of: runners and Node versions, restricted by the command line.
 */
import { join } from 'node:path'
import { type Install, ROOT } from '../support/lab.js'

/** Everything that is installed for the matrix lies here; ignored by git, kept between runs. */
export const CACHE = join(ROOT, '.matrix')

/** Exact versions, so that a cell that turns red was turned by us; raise them on purpose. */
export const RUNNERS = [
  { runner: 'vitest', version: '3.2.7', beside: ['@vitest/coverage-v8@3.2.7'] },
  { runner: 'vitest', version: '4.1.12', beside: ['@vitest/coverage-v8@4.1.12'] },
  { runner: 'vitest', version: '5.1.1', beside: ['@vitest/coverage-v8@5.1.1'] },
  { runner: 'jest', version: '29.7.0', beside: [] },
  { runner: 'jest', version: '30.5.2', beside: [] },
] as const

/** Majors of Node, installed from the npm package `node`. */
export const NODES = ['20', '22', '24', '26'] as const

/** One column of the matrix. */
export type Row = (typeof RUNNERS)[number]

/** What was asked for: `MATRIX_RUNNERS=vitest4,jest` and `MATRIX_NODES=20,22`, everything where nothing is said. */
export function selected(): { rows: Row[]; nodes: string[] } {
  const runners = listOf('MATRIX_RUNNERS')
  const nodes = listOf('MATRIX_NODES')
  return {
    rows: RUNNERS.filter(
      ({ runner, version }) => runners.length === 0 || runners.some((name) => `${runner}${version}`.startsWith(name)),
    ),
    nodes: NODES.filter((node) => nodes.length === 0 || nodes.includes(node)),
  }
}

/** Where a runner is installed. */
export function runnerFolder({ runner, version }: Row): string {
  return join(CACHE, `${runner}-${version}`)
}

/** Where the packed package is installed. */
export const PACKAGE_FOLDER = join(CACHE, 'package')

/** A runner on a Node, with the packed reporter. */
export function installOf(row: Row, node: string): Install {
  return {
    runner: row.runner,
    version: row.version,
    modules: join(runnerFolder(row), 'node_modules'),
    node: nodeBinary(node),
    reporter: join(PACKAGE_FOLDER, 'node_modules', 'jux-reporter'),
  }
}

/** The Node that runs this where it is of that major, else the installed one. */
export function nodeBinary(major: string): string {
  if (process.versions.node.split('.', 1)[0] === major) return process.execPath
  return join(CACHE, `node-${major}`, 'node_modules', 'node', 'bin', 'node')
}

function listOf(variable: string): string[] {
  return (process.env[variable] ?? '').split(',').filter(Boolean)
}
