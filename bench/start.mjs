// Measures how long programs take to start, in fresh processes.
//   node bench/start.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { measure, median } from './measure.mjs'
import { entryUrl, OLD_DIST, programOf } from './modules.mjs'

/** Starts that are measured together, because Linux counts the processor time of a process in steps of 10 ms. */
const STARTS = 10

const here = (name) => fileURLToPath(new URL(name, import.meta.url))

/**
 * Measures all starts.
 *
 * @param {number} rounds
 * @returns milliseconds by program: `{ cpuMs, wallMs }`, and for a module that is loaded those of loading it
 */
export async function measureStarts(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-start-'))
  try {
    const programs = programsIn(folder)
    const samples = Object.fromEntries(Object.keys(programs).map((name) => [name, []]))
    for (let round = 0; round < rounds; round++) {
      for (const [name, argv] of Object.entries(programs)) samples[name].push(await startTimes(argv))
    }
    return Object.fromEntries(
      Object.entries(samples).map(([name, runs]) => [
        name,
        { cpuMs: median(runs.map(({ cpuMs }) => cpuMs)), wallMs: median(runs.map(({ wallMs }) => wallMs)) },
      ]),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The section of docs/performance.md. */
export function startSection(starts) {
  const node = starts['node -e 0']
  const ms = (value) => `${value.toFixed(0)} ms`
  const program = (name) => {
    const { cpuMs, wallMs } = starts[name]
    const above = name === 'node -e 0' ? ['', ''] : [ms(cpuMs - node.cpuMs), ms(wallMs - node.wallMs)]
    return `| ${name} | ${[ms(cpuMs), ms(wallMs), ...above].join(' | ')} |`
  }
  const names = Object.keys(starts)
  const isLoad = (name) => name.startsWith('import')
  return `## Start

Fresh processes, ${STARTS} at a time, one after the other. "Above" is the time in addition to the start of Node.

| | processor | wall | processor above | wall above |
| --- | ---: | ---: | ---: | ---: |
${names
  .filter((name) => !isLoad(name))
  .map(program)
  .join('\n')}

Loading a reporter in a process that has loaded nothing else, measured inside that process:

| | main thread | wall |
| --- | ---: | ---: |
${names
  .filter(isLoad)
  .map((name) => `| \`${name}\` | ${ms(starts[name].cpuMs)} | ${ms(starts[name].wallMs)} |`)
  .join('\n')}
`
}

function programsIn(folder) {
  const at = (name) => join(folder, name)
  const node = (...args) => [process.execPath, ...args]
  const run = ([command, ...args]) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  run(node(programOf(), 'keygen', '--output', at('key.pem')))
  run(node('--expose-gc', here('task.mjs'), 'sign', '100', at('small.xml'), at('key.pem')))
  const verify = (dist) => node(programOf(dist), 'verify', '--public-key', at('key.pub.pem'), at('small.xml'))
  const load = (runner, dist) => node(here('load.mjs'), entryUrl(`./${runner}`, dist))
  const old =
    OLD_DIST === undefined
      ? {}
      : {
          'jux verify before: a report of 100 tests': verify(OLD_DIST),
          "import('jux-reporter/vitest') before": load('vitest', OLD_DIST),
          "import('jux-reporter/jest') before": load('jest', OLD_DIST),
        }
  return {
    'node -e 0': node('-e', '0'),
    'jux --version': node(programOf(), '--version'),
    'jux verify: a report of 100 tests': verify(),
    ...(hasXmlsec()
      ? { 'xmlsec1: the same report': ['xmlsec1', '--verify', '--pubkey-pem', at('key.pub.pem'), at('small.xml')] }
      : {}),
    "import('jux-reporter/vitest')": load('vitest'),
    "import('jux-reporter/jest')": load('jest'),
    ...old,
  }
}

async function startTimes(argv) {
  const runs = []
  for (let start = 0; start < STARTS; start++) runs.push(await measure(argv))
  if (argv.includes(here('load.mjs'))) {
    const loads = runs.map(({ out }) => JSON.parse(out))
    return { cpuMs: median(loads.map(({ cpuMs }) => cpuMs)), wallMs: median(loads.map(({ wallMs }) => wallMs)) }
  }
  const cpuMs = runs.reduce((sum, run) => sum + run.cpuMs, 0) / STARTS
  return { cpuMs, wallMs: median(runs.map(({ wallMs }) => wallMs)) }
}

function hasXmlsec() {
  try {
    execFileSync('xmlsec1', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(startSection(await measureStarts(3)))
