/**
 * Plants faults in a copy of this checkout, one at a time, and runs the tests that must notice each: `npm run test:mutations`.
 *
 * `node test/mutations/run.mjs scrub proxy` plants only the faults whose names contain one of the words. With
 * `JUX_MUTATION_SECONDS`, no fault is planted after so many seconds; the commit decides the order, so that others are left
 * out the next time, and the last line counts them.
 *
 * A fault is noticed when an assertion fails: a test that runs out of time notices nothing, nor does a module that cannot be loaded. At the
 * end, the test files that noticed something run once more without a fault and must pass. The checkout itself is not changed.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { FAULTS } from './faults.mjs'
import { RESULT_FILE } from './reporter.mjs'

/** Longest time for the tests of one fault. */
const TIMEOUT_MS = 600_000
const ROOT = resolve(import.meta.dirname, '../..')

const words = process.argv.slice(2)
const seconds = Number(process.env.JUX_MUTATION_SECONDS ?? Number.POSITIVE_INFINITY)
const commit = runProgram('git', ['rev-parse', 'HEAD'], ROOT)
const orderOf = ({ name }) => createHash('sha256').update(commit).update(name).digest('hex')
const chosen = FAULTS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
if (Number.isFinite(seconds)) chosen.sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1))
const places = chosen.map((fault) => ({ fault, files: filesWith(fault.find) }))
const stale = places.filter(({ files }) => files.length !== 1)
for (const { fault, files } of stale) console.log(`STALE    ${fault.name}: its text occurs ${files.length} times`)
const copy = makeCopy()
const noticed = []
let failed = stale.length
let leftOut = 0

for (const { fault, files } of places.filter(({ files }) => files.length === 1)) {
  const startedMs = performance.now()
  if (startedMs > seconds * 1_000) {
    leftOut++
    continue
  }
  const result = withFault(fault, files[0], () => runTests(fault.tests))
  const tookSeconds = ((performance.now() - startedMs) / 1_000).toFixed(0).padStart(3)
  if (result.failure === undefined) {
    failed++
    console.log(`MISSED   ${tookSeconds} s  ${fault.name}: ${result.problem ?? 'every test passes'}`)
  } else {
    noticed.push({ fault, file: result.failure.file })
    console.log(`noticed  ${tookSeconds} s  ${fault.name} | ${result.failure.file} > ${result.failure.test}`)
  }
}

if (noticed.length > 0) {
  const { failedFiles } = runTests([...new Set(noticed.map(({ file }) => file))], 0)
  for (const { fault, file } of noticed.filter(({ file }) => failedFiles.includes(file))) {
    failed++
    console.log(`UNPROVEN ${fault.name}: ${file} fails without the fault too`)
  }
}
const rest = leftOut === 0 ? '' : `, ${leftOut} left out after ${seconds} s`
console.log(`${chosen.length - failed - leftOut} passed, ${failed} failed${rest}`)
process.exit(failed === 0 && chosen.length > 0 ? 0 : 1)

/** The source files with a text, once for each time that it occurs. */
function filesWith(text) {
  return ['src', 'server/src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.m?tsx?$/.test(name))
      .map((name) => join(folder, name))
      .flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split(text).slice(1).fill(file)),
  )
}

/** Copies the files of the checkout that git knows and the installed packages, and builds the copy. Returns its folder. */
function makeCopy() {
  const folder = mkdtempSync(join(tmpdir(), 'jux-mutations-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))
  for (const file of runProgram('git', ['ls-files', '-z'], ROOT).split('\0')) {
    if (file === '' || !existsSync(join(ROOT, file))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(ROOT, file), join(folder, file), { verbatimSymlinks: true })
  }
  for (const modules of ['node_modules', 'server/node_modules']) {
    // The links to this package and to the server are relative, so they lead to the copy.
    if (existsSync(join(ROOT, modules))) {
      cpSync(join(ROOT, modules), join(folder, modules), { recursive: true, verbatimSymlinks: true })
    }
  }
  const compile = (project) => runProgram(process.execPath, ['node_modules/typescript/bin/tsc', '-p', project], folder)
  compile('tsconfig.build.json')
  // With the declarations, which the server imports.
  runProgram(process.execPath, ['scripts/bundle.mjs'], folder)
  compile('server/tsconfig.build.json')
  cpSync(join(folder, 'dist'), join(folder, 'dist-without-faults'), { recursive: true })
  return folder
}

/** Runs an action while a fault is in a source file and in what was built from it. */
function withFault({ find, replace }, file, action) {
  const source = join(copy, file)
  const isServer = file.startsWith('server/')
  const output = isServer ? 'server/dist/' : 'build/'
  const built = join(copy, file.replace(/^(?:server\/)?src\//, output).replace(/\.(m?)tsx?$/, '.$1js'))
  const before = [source, built].map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  const faulty = readFileSync(source, 'utf8').replace(find, () => replace)
  try {
    writeFileSync(source, faulty)
    writeFileSync(built, transpile(faulty, source))
    if (!isServer) runProgram(process.execPath, ['scripts/bundle.mjs', '--scripts'], copy)
    return action()
  } finally {
    for (const { path, text } of before) writeFileSync(path, text)
    if (!isServer) {
      rmSync(join(copy, 'dist'), { recursive: true })
      cpSync(join(copy, 'dist-without-faults'), join(copy, 'dist'), { recursive: true })
    }
  }
}

/** A module as the build writes it; its types are not checked, because a fault may not fit them. */
function transpile(text, fileName) {
  const { options } = ts.convertCompilerOptionsFromJson(
    { target: 'ES2023', module: 'ESNext', verbatimModuleSyntax: true, jsx: 'react-jsx', jsxImportSource: 'hono/jsx' },
    copy,
  )
  return ts.transpileModule(text, { fileName, compilerOptions: options }).outputText
}

/** Runs tests until one fails, or all of them (`bail` 0). */
function runTests(tests, bail = 1) {
  // Absolute, because Vitest looks for a relative path anywhere in the path of a file.
  const filters = tests.map((path) => `${copy}/${path}`)
  const resultFile = join(copy, RESULT_FILE)
  rmSync(resultFile, { force: true })
  const { error } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', `--bail=${bail}`, '--reporter=./test/mutations/reporter.mjs', ...filters],
    { cwd: copy, timeout: TIMEOUT_MS, stdio: 'ignore' },
  )
  if (!existsSync(resultFile)) {
    return { problem: `the tests did not end (${error?.message ?? 'Vitest failed'})`, failedFiles: tests }
  }
  /** @type {readonly import('./reporter.mjs').FileResult[]} */
  const files = JSON.parse(readFileSync(resultFile, 'utf8'))
  const failures = files.flatMap(({ file, failures }) => failures.map((failure) => ({ file, ...failure })))
  return {
    failure: failures.find(({ isTimeout }) => !isTimeout),
    problem: problemOf(files),
    failedFiles: files.filter(({ isFailed }) => isFailed).map(({ file }) => file),
  }
}

/** Why no assertion failed, if it is not that every test passes. */
function problemOf(files) {
  if (files.length === 0) return 'there are no such tests'
  if (files.some(({ failures }) => failures.length > 0)) return 'a test only runs out of time'
  const broken = files.find(({ isFailed }) => isFailed)
  return broken && `${broken.file} cannot be loaded`
}

function runProgram(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 })
  if (status === 0) return stdout
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`)
}
