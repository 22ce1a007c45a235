/**
 * The programs that read reports: how each is started, and which facts of a report it does not show.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../support/run-program.js'
import { hasTool } from '../support/tools.js'
import { installFromNpm, installFromPip, NPM_FOLDER, PYTHON } from './install.js'

/** A fact of a report that people look for. */
export type Fact = 'failure' | 'error' | 'skip reason' | 'flaky' | 'later attempt'

/** What a program has read. Errors count as failed. */
export interface Reading {
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number }
  /** All that it shows, one text or many. */
  readonly shown: string
  /** Number of suites, if it has one. */
  readonly suites?: number | undefined
}

/** A program that reads reports. */
export interface Consumer {
  readonly name: string
  /** Installs it; returns why that cannot be. */
  install(): Promise<string | undefined>
  /** @param folder an empty folder for what it writes */
  read(report: string, folder: string): Promise<Reading>
  /** What it does not show of any report. */
  readonly lacks: readonly Fact[]
}

/** Checkouts of programs that are in no registry: `ACTIONS=FOLDER`, with a folder for each repository, by its name. */
const ACTIONS = process.env.JUX_ACTIONS
const RESULT = /^(?:passed|failed|skipped)$/

export const CONSUMERS: readonly Consumer[] = [
  python('junitparser', 'junitparser==5.0.3', ['flaky', 'later attempt']),
  python('junit2html', 'junit2html==31.1.4', ['flaky', 'later attempt']),
  python('codecov', 'test-results-parser==0.6.1', ['error', 'skip reason', 'flaky', 'later attempt']),
  {
    ...python('enricomi', 'junitparser==5.0.3', ['flaky', 'later attempt'], 'publish-unit-test-result-action/python'),
    name: 'EnricoMi/publish-unit-test-result-action',
  },
  node('xunit-viewer', '10.6.1', []),
  node('test-results-parser', '0.4.6', ['skip reason', 'flaky', 'later attempt']),
  {
    name: 'junit-to-ctrf',
    install: () => installFromNpm('junit-to-ctrf@0.0.14'),
    lacks: ['skip reason'],
    read: async (report, folder) => {
      const file = join(folder, 'ctrf.json')
      await must(bin('junit-to-ctrf'), [report, '-o', file])
      const { results } = JSON.parse(readFileSync(file, 'utf8'))
      const { passed, failed, skipped } = results.summary
      return { counts: { passed, failed, skipped }, shown: JSON.stringify(results.tests) }
    },
  },
  allure({
    name: 'Allure 3',
    install: () => installFromNpm('allure@3.18.0'),
    script: 'allure/cli.js',
    cases: 'test-results',
    counts: (output) => output('summary.json').stats,
    lacks: ['flaky', 'later attempt'],
  }),
  allure({
    name: 'Allure 2',
    install: async () => (hasTool('java') ? installFromNpm('allure-commandline@2.46.1') : 'java not found'),
    script: 'allure-commandline/bin/allure',
    cases: 'test-cases',
    counts: (output) => output('widgets/summary.json').statistic,
    lacks: ['flaky'],
  }),
  {
    name: 'mikepenz/action-junit-report',
    install: () => installAction('action-junit-report'),
    lacks: ['skip reason', 'flaky', 'later attempt'],
    read: async (report, folder) => {
      const { log, outputs } = await runAction('action-junit-report', folder, {
        REPORT_PATHS: report,
        CHECK_NAME: 'tests',
        SKIP_ANNOTATIONS: 'true',
        FOLLOW_SYMLINK: 'false',
        TRUNCATE_STACK_TRACES: 'true',
        RESOLVE_IGNORE_CLASSNAME: 'false',
        INCLUDE_PASSED: 'true',
        INCLUDE_SKIPPED: 'true',
        CHECK_RETRIES: 'true',
        GROUP_REPORTS: 'true',
        DETAILED_SUMMARY: 'true',
      })
      return { counts: countsIn(outputs), shown: log + outputs.detailed_summary }
    },
  },
  {
    name: 'dorny/test-reporter',
    install: () => installAction('test-reporter'),
    lacks: ['skip reason', 'flaky', 'later attempt'],
    read: async (report, folder) => {
      const { log, outputs } = await runAction('test-reporter', folder, {
        NAME: 'tests',
        PATH: report,
        REPORTER: 'jest-junit',
        'LIST-SUITES': 'all',
        'LIST-TESTS': 'all',
        'LIST-FILES': 'all',
        'MAX-ANNOTATIONS': '50',
        'FAIL-ON-ERROR': 'false',
        'FAIL-ON-EMPTY': 'true',
        'USE-ACTIONS-SUMMARY': 'true',
        COLLAPSED: 'never',
      })
      return { counts: countsIn(outputs), shown: log }
    },
  },
]

// Programs of Python have their functions in read.py.
function python(name: string, requirement: string, lacks: readonly Fact[], checkout?: string): Consumer {
  const path = checkout === undefined ? undefined : join(ACTIONS ?? '', checkout)
  return {
    name,
    install: async () =>
      path === undefined || existsSync(path) ? installFromPip(requirement) : missing(checkout ?? ''),
    lacks,
    read: async (report) =>
      readingOf(await must(PYTHON, [beside('read.py'), name, report], path === undefined ? {} : { PYTHONPATH: path })),
  }
}

function node(name: string, version: string, lacks: readonly Fact[]): Consumer {
  return {
    name,
    install: () => installFromNpm(`${name}@${version}`),
    lacks,
    read: async (report) => readingOf(await must(process.execPath, [beside('read.mjs'), name, NPM_FOLDER, report])),
  }
}

interface Allure extends Pick<Consumer, 'name' | 'install' | 'lacks'> {
  readonly script: string
  /** The folder of the test cases in its data. */
  readonly cases: string
  /** Finds the counts in its data, of which `output` reads one file. */
  counts(output: (name: string) => Record<string, Record<string, number>>): Record<string, number> | undefined
}

// Allure takes a folder of reports, and calls errors broken tests.
function allure({ name, install, script, cases, counts, lacks }: Allure): Consumer {
  return {
    name,
    install,
    lacks,
    read: async (report, folder) => {
      const input = join(folder, 'input')
      const output = join(folder, 'output')
      mkdirSync(input)
      writeFileSync(join(input, basename(report)), readFileSync(report))
      await must(process.execPath, [join(NPM_FOLDER, 'node_modules', script), 'generate', input, '-o', output])
      const {
        passed = 0,
        failed = 0,
        broken = 0,
        skipped = 0,
      } = counts((file) => JSON.parse(readFileSync(join(output, file), 'utf8'))) ?? {}
      const all = join(output, 'data', cases)
      return {
        counts: { passed, failed: failed + broken, skipped },
        shown: readdirSync(all)
          .map((file) => readFileSync(join(all, file), 'utf8'))
          .join('\n'),
      }
    },
  }
}

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

function bin(name: string): string {
  return join(NPM_FOLDER, 'node_modules', '.bin', name)
}

function readingOf(text: string): Reading {
  const { results, texts, suites } = JSON.parse(text)
  return { counts: countsOf(results), shown: texts.join('\n'), suites }
}

function countsOf(results: readonly string[]): Reading['counts'] {
  const unknown = results.filter((result) => !RESULT.test(result))
  if (unknown.length > 0) throw new Error(`unknown results: ${unknown.join(', ')}`)
  const count = (wanted: string) => results.filter((result) => result === wanted).length
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') }
}

function countsIn(outputs: Readonly<Record<string, string | undefined>>): Reading['counts'] {
  return { passed: Number(outputs.passed), failed: Number(outputs.failed), skipped: Number(outputs.skipped) }
}

async function must(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = await runProgram(program, args, { env: { ...process.env, ...env } })
  if (status === 0) return stdout
  throw new Error(`${basename(program)} ${args.join(' ')}: ${status}\n${stdout}\n${stderr}`)
}

// The bundles of actions are written for Node 24.
async function installAction(name: string): Promise<string | undefined> {
  return existsSync(bundleOf(name)) ? installFromNpm('node@24.21.0') : missing(name)
}

function missing(name: string): string {
  return `it is in no registry; set JUX_ACTIONS to a folder with a checkout ${name}`
}

function bundleOf(name: string): string {
  return join(ACTIONS ?? '', name, 'dist', 'index.js')
}

/** Runs an action as GitHub does, without the network: it has no more to do than to read and to write a summary. */
async function runAction(name: string, folder: string, inputs: Readonly<Record<string, string>>) {
  const output = join(folder, 'output.txt')
  const summary = join(folder, 'summary.md')
  for (const file of [output, summary]) writeFileSync(file, '')
  // One of them lists the files of the repository.
  await must('git', ['init', '--quiet', folder])
  const node24 = join(NPM_FOLDER, 'node_modules', 'node', 'bin', 'node')
  const { status, stdout, stderr } = await runProgram(node24, [bundleOf(name)], {
    cwd: folder,
    env: {
      PATH: `${dirname(node24)}:${process.env.PATH ?? ''}`,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_REPOSITORY: 'owner/name',
      GITHUB_SHA: '0'.repeat(40),
      GITHUB_WORKSPACE: folder,
      RUNNER_TEMP: folder,
      INPUT_TOKEN: 'none',
      ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key}`, value])),
    },
  })
  if (status !== 0) throw new Error(`${name}: ${status}\n${stdout}\n${stderr}`)
  const written = readFileSync(output, 'utf8').matchAll(/^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm)
  return {
    log: stdout + readFileSync(summary, 'utf8'),
    outputs: Object.fromEntries([...written].map(([, key = '', , value = '']) => [key, value])),
  }
}
