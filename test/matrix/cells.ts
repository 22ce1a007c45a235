/**
 * The runners and Node versions of the matrix, and which of them the command line selects.
 */
import { join } from 'node:path'
import { type Install, ROOT } from '../support/lab.js'

/** The folder of everything that is installed for the matrix; ignored by git, kept between runs. */
export const CACHE = join(ROOT, '.matrix')

/** Exact versions, so that only a change of ours can turn a cell red; raise them on purpose. */
export const RUNNERS = [
  {
    runner: 'vitest',
    version: '3.2.7',
    beside: ['@vitest/coverage-v8@3.2.7', '@vitest/browser@3.2.7', 'playwright@1.65.1'],
  },
  {
    runner: 'vitest',
    version: '4.1.12',
    beside: ['@vitest/coverage-v8@4.1.12', '@vitest/browser-playwright@4.1.12', 'playwright@1.65.1'],
  },
  {
    runner: 'vitest',
    version: '5.1.1',
    beside: ['@vitest/coverage-v8@5.1.1', '@vitest/browser-playwright@5.1.1', 'playwright@1.65.1'],
  },
  { runner: 'jest', version: '29.7.0', beside: [] },
  { runner: 'jest', version: '30.5.2', beside: [] },
  { runner: 'playwright', version: '1.63.0', beside: [] },
  { runner: 'playwright', version: '1.64.1', beside: [] },
  { runner: 'playwright', version: '1.65.1', beside: [] },
] as const

/** Majors of Node, installed from the npm package `node`. */
export const NODES = ['20', '22', '24', '26'] as const

/** One column of the matrix. */
export type Row = (typeof RUNNERS)[number]

/** The selection: `MATRIX_RUNNERS=vitest4,jest` and `MATRIX_NODES=20,22`. Default: everything. */
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

/** The folder of a runner. */
export function runnerFolder({ runner, version }: Row): string {
  return join(CACHE, `${runner}-${version}`)
}

/** The folder of the packed package. */
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

/** The Node that runs this process if it has that major version, else the installed one. */
export function nodeBinary(major: string): string {
  if (process.versions.node.split('.', 1)[0] === major) return process.execPath
  return join(CACHE, `node-${major}`, 'node_modules', 'node', 'bin', 'node')
}

function listOf(variable: string): string[] {
  return (process.env[variable] ?? '').split(',').filter(Boolean)
}
