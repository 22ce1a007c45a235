/**
 * `npm run test:foreign -- CHECKOUT…`: runs the tests of other projects once, with the runner's JSON reporter and with the
 * packed reporter of this repository, and compares what the two say: tests, names and results, as multisets.
 *
 *   npm run test:foreign -- ../zod ../redux -- --typecheck
 *
 * Prints a row for each project. Exits with 1 if a report lacks a test, has one too many, has another result, or does not
 * verify. The tests of the project may fail.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
const TIMEOUT_MS = 30 * 60_000
const MAX_SHOWN = 10
const MAX_NAME_LENGTH = 120

const USAGE = `Usage: npm run test:foreign -- CHECKOUT… [-- ARGUMENT…]

  CHECKOUT  the folder of a project with Vitest, Jest or Playwright, or of a package in it. Its dependencies are installed with its
            own package manager, without their scripts, if it has no node_modules
  ARGUMENT  is passed to the test runner of every project

Runs the code of the project.`

const COLUMNS = ['project', 'runner', 'tests', 'failed', 'lost', 'invented', 'renamed', 'outside tests', 'verified']

/** The words of the runners for a test that was skipped, or did not run. */
const RUNNER_STATUS = { pending: 'skipped', disabled: 'skipped' }
const REPORT_STATUS = { error: 'failed' }
/** What a report has for an empty name. */
const NO_NAME = '(no name)'
/** Test cases of a report that are no tests. */
const OUTSIDE = /^\((?:load|file|run|unhandled|interrupted|no tests|before|after|setup|teardown)/

const [checkouts, runnerArguments] = splitArguments(process.argv.slice(2))
if (checkouts.length === 0) {
  console.log(USAGE)
  process.exitCode = 64
} else {
  // Not below the folder of this repository: its node_modules must not be found.
  const folder = mkdtempSync(join(tmpdir(), 'jux-foreign-'))
  try {
    const reporter = installPackage(folder)
    const rows = []
    for (const checkout of checkouts) rows.push(await compare(realpathSync(resolve(checkout)), reporter, folder))
    printTable(rows)
    if (rows.some(({ isEqual }) => !isEqual)) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function splitArguments(words) {
  const end = words.indexOf('--')
  return end === -1 ? [words, []] : [words.slice(0, end), words.slice(end + 1)]
}

/** Installs this package from its tarball, and returns its folder. */
function installPackage(folder) {
  must('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT })
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const place = join(folder, 'package')
  mkdirSync(place)
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps', '--omit=peer']
  must('npm', ['install', ...flags, '--prefix', place, join(folder, tarball)], { cwd: place })
  return join(place, 'node_modules', 'jux-reporter')
}

async function compare(checkout, reporter, folder) {
  const project = basename(checkout)
  console.log(`\n=== ${project}`)
  if (!hasModules(checkout)) installProject(checkout)
  const { runner, version, script } = runnerOf(checkout)
  const place = mkdtempSync(join(folder, 'run-'))
  const json = join(place, 'runner.json')
  const key = join(place, 'key.pem')
  const cli = join(reporter, 'dist', 'cli', 'bin.js')
  must(process.execPath, [cli, 'keygen', '--output', key], { cwd: place, stdio: 'ignore' })

  const entry = join(reporter, 'dist', runner === 'jest' ? 'jest.mjs' : `${runner}.js`)
  const args = {
    vitest: ['run', '--reporter=json', `--outputFile.json=${json}`, `--reporter=${entry}`],
    jest: ['--json', `--outputFile=${json}`, `--reporters=${entry}`],
    playwright: ['test', `--reporter=json,${entry}`],
  }[runner]
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args, ...runnerArguments], {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      PLAYWRIGHT_JSON_OUTPUT_FILE: json,
      JUX_STORAGE_PATH: place,
      JUX_KEY_PATH: key,
      // The paths of the runner's own reporter are compared with.
      JUX_FILE_PATHS: 'project',
      JUX_JOB_SUMMARY: 'false',
    },
  })
  const reports = listReports(join(place, 'reports'))
  if (!existsSync(json) || reports.length !== 1) {
    console.log(`${stdout}\n${stderr}`.slice(-4_000))
    const why = `${reports.length} reports, ${existsSync(json) ? 'a' : 'no'} file of the runner, exit code ${status}`
    return { isEqual: false, cells: [project, `${runner} ${version}`, why] }
  }

  const result = JSON.parse(readFileSync(json, 'utf8'))
  const theirs = runner === 'playwright' ? casesOfPlaywright(result, checkout) : casesOfRunner(result, checkout)
  const { ours, outside } = await casesOfReport(reports[0], reporter, { theirs, runner })
  const difference = differenceOf(theirs, ours)
  show('lost', difference.lost)
  show('invented', difference.invented)
  show('renamed', difference.renamed)
  show('outside tests', outside)
  const trust = ['--public-key', key.replace(/\.pem$/, '.pub.pem')]
  const verified = spawnSync(process.execPath, [cli, 'verify', ...trust, reports[0]], { encoding: 'utf8' })
  if (verified.status !== 0) console.log(`${verified.stdout}${verified.stderr}`)
  return {
    // Without tests nothing was compared.
    isEqual: theirs.length > 0 && difference.lost.length + difference.invented.length === 0 && verified.status === 0,
    cells: [
      project,
      `${runner} ${version}`,
      theirs.length,
      theirs.filter(({ status }) => status === 'failed').length,
      difference.lost.length,
      difference.invented.length,
      difference.renamed.length,
      outside.length,
      verified.status === 0 ? 'yes' : 'NO',
    ],
  }
}

// A package of a workspace may have none of its own.
function hasModules(folder) {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) if (existsSync(join(at, 'node_modules'))) return true
  return false
}

/** The package manager whose lockfile is nearest. The scripts of dependencies are not run: they may download programs. */
function installProject(checkout) {
  const managers = [
    ['pnpm-lock.yaml', 'pnpm', ['install', '--frozen-lockfile', '--ignore-scripts']],
    ['yarn.lock', 'yarn', ['install']],
    ['bun.lock', 'bun', ['install', '--frozen-lockfile', '--ignore-scripts']],
    ['package-lock.json', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']],
    ['package.json', 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund']],
  ]
  for (let at = checkout; dirname(at) !== at; at = dirname(at)) {
    const found = managers.find(([file]) => existsSync(join(at, file)))
    if (found === undefined) continue
    const [, manager, args] = found
    console.log(`${manager} ${args.join(' ')}`)
    must(manager, args, { cwd: at, env: { ...process.env, YARN_ENABLE_SCRIPTS: 'false', CI: 'true' } })
    return
  }
  throw new Error(`${checkout} has no package.json`)
}

function runnerOf(checkout) {
  const required = createRequire(join(checkout, 'package.json'))
  for (const [runner, script] of [
    ['vitest', 'vitest.mjs'],
    ['jest', 'bin/jest.js'],
    ['playwright', 'cli.js'],
  ]) {
    try {
      if (!uses(checkout, runner)) continue
      const manifest = required.resolve(`${runner === 'playwright' ? '@playwright/test' : runner}/package.json`)
      const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
      return { runner, version, script: join(dirname(manifest), script) }
    } catch {
      // The next one.
    }
  }
  throw new Error(`${checkout} has neither Vitest nor Jest nor Playwright`)
}

// Packages of the same folder may have another runner, so a configuration of Playwright decides.
function uses(checkout, runner) {
  const has = readdirSync(checkout).some((name) => /^playwright\.config\.[cm]?[jt]s$/.test(name))
  return has === (runner === 'playwright')
}

function listReports(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((name) => join(folder, name))
}

/** The tests in the JSON of a runner; both have the same form. */
function casesOfRunner({ testResults }, checkout) {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ ancestorTitles: [first, ...groups], title, status }) => ({
      file: relative(checkout, name).replaceAll('\\', '/'),
      // Vitest takes the file of a type test for a group.
      name: [...(isNameOf(first, name) ? [] : [first]), ...groups, title].map(escapeControls).join(' > ') || NO_NAME,
      status: RUNNER_STATUS[status] ?? status,
    })),
  )
}

/** The tests in Playwright's JSON: one for each project and repetition. */
function casesOfPlaywright({ suites, config }, checkout) {
  const words = { expected: 'passed', unexpected: 'failed', flaky: 'flaky', skipped: 'skipped' }
  const visit = ({ suites: inner = [], specs }, path) => [
    ...specs.flatMap(({ file, title, tests }) =>
      tests.map(({ status, projectName, results }) => ({
        file: relative(checkout, resolve(config.rootDir, file)).replaceAll('\\', '/'),
        name: [...path, title].map(escapeControls).join(' > ') || NO_NAME,
        // A test that fails and then skips itself is flaky for Playwright.
        status: status === 'flaky' && !results.some((one) => one.status === 'passed') ? 'skipped' : words[status],
        project: projectName,
      })),
    ),
    ...inner.flatMap((suite) => visit(suite, suite.title === '' ? path : [...path, suite.title])),
  ]
  return suites.flatMap((suite) => visit(suite, []))
}

function isNameOf(title, path) {
  return title === undefined || path.replaceAll('\\', '/').endsWith(`/${title}`)
}

// Reports have no terminal sequences. XML has no control characters, so reports have escape sequences for them.
function escapeControls(text) {
  return stripVTControlCharacters(text).replace(
    /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu,
    (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    },
  )
}

/** The tests in a report, and what it has besides: errors outside tests. */
async function casesOfReport(path, reporter, { theirs, runner }) {
  const { readReport } = await import(pathToFileURL(join(reporter, 'dist', 'index.js')).href)
  const { cases } = readReport(readFileSync(path), { cases: true })
  const isPlaywright = runner === 'playwright'
  const wordOf = (one) => {
    if (isPlaywright)
      return one.status === 'passed' && one.isFlaky ? 'flaky' : (REPORT_STATUS[one.status] ?? one.status)
    return one.type === 'todo' ? 'todo' : (REPORT_STATUS[one.status] ?? one.status)
  }
  const files = new Set(theirs.map(({ file }) => file))
  const read = cases.map((one) => ({
    file: fileOf(one.file ?? '', files),
    name: one.name,
    status: wordOf(one),
    ...(isPlaywright ? { project: /^\[([^\]]*)\] /.exec(one.classname)?.[1] ?? '' } : {}),
    isOutside: OUTSIDE.test(one.name),
  }))
  return { ours: read.filter(({ isOutside }) => !isOutside), outside: read.filter(({ isOutside }) => isOutside) }
}

// A project of a configuration may have another root; then a file of the runner ends with the path.
function fileOf(file, known) {
  if (known.has(file)) return file
  const longer = [...known].filter((name) => name.endsWith(`/${file}`))
  return longer.length === 1 ? longer[0] : file
}

function differenceOf(theirs, ours) {
  const left = new Map()
  for (const one of theirs) {
    const key = keyOf(one)
    left.set(key, [...(left.get(key) ?? []), one])
  }
  const take = (key) => left.get(key)?.pop()
  const rest = ours.filter((one) => take(keyOf(one)) === undefined)
  // No two cases of a report have the same name.
  const renamed = rest.filter((one) => take(keyOf({ ...one, name: one.name.replace(/ \(\d+\)$/, '') })) !== undefined)
  return { lost: [...left.values()].flat(), invented: rest.filter((one) => !renamed.includes(one)), renamed }
}

function keyOf({ file, name, status, project }) {
  return JSON.stringify([file, name, status, project])
}

function show(title, cases) {
  if (cases.length === 0) return
  console.log(`${title}: ${cases.length}`)
  for (const { file, name, status } of cases.slice(0, MAX_SHOWN))
    console.log(`  ${file} > ${oneLine(name)} (${status})`)
  if (cases.length > MAX_SHOWN) console.log('  …')
}

function oneLine(name) {
  const [line = '', ...rest] = name.split('\n')
  return line.length > MAX_NAME_LENGTH || rest.length > 0 ? `${line.slice(0, MAX_NAME_LENGTH)}…` : line
}

function printTable(rows) {
  const lines = [COLUMNS, ...rows.map(({ cells }) => cells.map(String))]
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  console.log()
  for (const line of lines) {
    console.log(
      line
        .map((text, column) => text.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
  }
  const equal = rows.filter(({ isEqual }) => isEqual).length
  console.log(`\n${rows.length} projects: ${equal} equal, ${rows.length - equal} different`)
}

function must(program, args, options) {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options })
  if (error !== undefined) throw new Error(`${program} cannot be started: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}`)
}
