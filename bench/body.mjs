// Measures the JSON body of a submission beside the earlier way, JSON.stringify: processor time, and memory above the report.
//   node bench/body.mjs
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createRun } from './content.mjs'
import { median } from './measure.mjs'
import { loadLibrary } from './modules.mjs'

const TESTS = 100_000
const ROUNDS = 5
const WORKER = fileURLToPath(new URL('./body-way.mjs', import.meta.url))

/**
 * Makes and sends the body of one report in new processes, in both ways in turn.
 *
 * @param {number} rounds
 * @returns {Promise<{ reportMb: number, parts: Measured, stringify: Measured }>}
 * @typedef {{ cpuMs: number, peakMb: number }} Measured processor time, and peak memory above the report
 */
export async function measureBody(rounds = ROUNDS) {
  const { createReport } = await loadLibrary()
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-body-'))
  try {
    const path = join(folder, 'report.xml')
    const { bytes } = createReport(createRun(TESTS))
    writeFileSync(path, bytes)
    const samples = { parts: [], stringify: [] }
    for (let round = 0; round < rounds; round++) {
      for (const [way, list] of Object.entries(samples)) {
        list.push(JSON.parse(execFileSync(process.execPath, [WORKER, way, path], { encoding: 'utf8' })))
      }
    }
    const of = (list) => ({
      cpuMs: median(list.map(({ cpuMs }) => cpuMs)),
      peakMb: median(list.map(({ peakMb }) => peakMb)),
    })
    return { reportMb: bytes.length / 1e6, parts: of(samples.parts), stringify: of(samples.stringify) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * The section of docs/performance.md.
 *
 * @param {Awaited<ReturnType<typeof measureBody>>} measured
 * @returns {string}
 */
export function bodySection({ reportMb, parts, stringify }) {
  const row = (name, { cpuMs, peakMb }) =>
    `| ${name} | ${cpuMs.toFixed(0)} ms | ${peakMb.toFixed(1)} MB | ${(peakMb / reportMb).toFixed(2)} |`
  return `## The JSON body of a submission

A report of ${TESTS.toLocaleString('en-US')} test cases (${reportMb.toFixed(1)} MB) is made into the body of a request, and
written to a socket. The goal is at most 0.3 times the report in memory.

| | processor | peak memory above the report | to the report |
| --- | --- | --- | --- |
${row('jux: escaped while it is sent', parts)}
${row('JSON.stringify', stringify)}
`
}

/** The section for `npm run bench`, with its goal. */
export async function section(rounds = ROUNDS) {
  const measured = await measureBody(rounds)
  const share = measured.parts.peakMb / measured.reportMb
  const goal = {
    figure: 'JSON body: peak memory above the report / report',
    goal: '<= 0.3',
    text: share.toFixed(2),
    isMet: share <= 0.3,
  }
  return { text: bodySection(measured), goals: [goal] }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(bodySection(await measureBody()))
