// Measures how time and memory grow with the report.
//   node bench/growth.mjs
//   JUX_BENCH_GROWTH=1000,10000 node bench/growth.mjs
import { execFileSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { measure, medians } from './measure.mjs'
import { programOf } from './modules.mjs'

const SIZES = (process.env.JUX_BENCH_GROWTH ?? '1000,10000,100000,1000000').split(',').map(Number)
/** Larger reports are measured once, because the objects of a runner for a million tests take long to make. */
const MOST_REPEATED_TESTS = 100_000
/** The objects of a runner for a million tests need more than the default. */
const HEAP_MB = 12_000

const task = fileURLToPath(new URL('task.mjs', import.meta.url))

/**
 * Measures all sizes.
 *
 * @param {number} rounds
 * @returns by size: `{ tests, sizeMb, sign, verify, signXml }`, each `{ ms, cpuMs, aboveMb }`, or `undefined` if it failed
 */
export async function measureGrowth(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-growth-'))
  try {
    const key = join(folder, 'key.pem')
    execFileSync(process.execPath, [programOf(), 'keygen', '--output', key])
    const sizes = []
    for (const tests of SIZES) {
      sizes.push(await measureSize(tests, folder, rounds))
      console.error(`growth: ${tests} tests`)
    }
    return sizes
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The section of docs/performance.md. */
export function growthSection(sizes) {
  const number = (value) => value.toLocaleString('en')
  const cells = (result) =>
    result === undefined ? ['refused', ''] : [milliseconds(result.cpuMs), `${result.aboveMb.toFixed(0)} MB`]
  const row = ({ tests, sizeMb, sign, verify, signXml }) =>
    [number(tests), `${sizeMb.toFixed(1)} MB`, ...cells(sign), ...cells(verify), ...cells(signXml)].join(' | ')
  return `## Growth

Processor time of the main thread inside a fresh process, without the start of Node, and the peak of the
memory in addition to the runner's objects or the document, which are in memory before. Of more than
${number(MOST_REPEATED_TESTS)} tests, one run.

| tests | report | render + sign | memory | verify | memory | sign other XML | memory |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${sizes.map((size) => `| ${row(size)} |`).join('\n')}
`
}

/** How much longer ten times as many tests take, at most; of sizes above 10,000, because smaller ones are compilation. */
export function growthFactor(sizes, name) {
  const large = sizes.filter(({ tests, [name]: result }) => tests >= 10_000 && result !== undefined)
  const factors = large.slice(1).map((size, index) => {
    const before = large[index]
    return (10 * (size[name].cpuMs / before[name].cpuMs)) / (size.tests / before.tests)
  })
  return factors.length === 0 ? undefined : Math.max(...factors)
}

/**
 * Writes a report as another program would have written it: with single quotes, empty-element tags and CRLF.
 *
 * @param {string} from
 * @param {string} to
 */
export async function writeOtherXml(from, to) {
  let rest = ''
  const rewrite = new Transform({
    transform(chunk, _encoding, done) {
      const text = rest + chunk.toString('latin1')
      const end = text.lastIndexOf('\n') + 1
      rest = text.slice(end)
      done(null, Buffer.from(asOther(text.slice(0, end)), 'latin1'))
    },
    flush(done) {
      done(null, Buffer.from(asOther(rest), 'latin1'))
    },
  })
  await pipeline(createReadStream(from, { highWaterMark: 2 ** 20 }), rewrite, createWriteStream(to))
}

function asOther(text) {
  return text
    .replace(/ time="([^"]*)"/g, " time='$1'")
    .replaceAll('></property>', '/>')
    .replaceAll('\n', '\r\n')
}

async function measureSize(tests, folder, rounds) {
  const at = (name) => join(folder, name)
  const run = async (...args) => {
    const { out } = await measure([process.execPath, '--expose-gc', `--max-old-space-size=${HEAP_MB}`, task, ...args])
    return JSON.parse(out)
  }
  await run('render', String(tests), at('report.xml'))
  await writeOtherXml(at('report.xml'), at('other.xml'))
  const samples = { sign: [], verify: [], signXml: [] }
  for (let round = 0; round < (tests > MOST_REPEATED_TESTS ? 1 : rounds); round++) {
    samples.sign.push(await run('sign', String(tests), at('signed.xml'), at('key.pem')))
    samples.verify.push(await attempt(() => run('verify', at('signed.xml'), at('key.pub.pem'))))
    samples.signXml.push(await attempt(() => run('sign-xml', at('other.xml'), at('other-signed.xml'), at('key.pem'))))
  }
  const middle = Object.entries(samples).map(([name, runs]) => [
    name,
    runs.includes(undefined) ? undefined : medians(runs),
  ])
  return { tests, sizeMb: statSync(at('signed.xml')).size / 1e6, ...Object.fromEntries(middle) }
}

// A report above the limit is refused, and the table says so.
async function attempt(action) {
  try {
    return await action()
  } catch (error) {
    if (!String(error).includes('larger than allowed')) throw error
    return undefined
  }
}

function milliseconds(value) {
  return value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(2)} s`
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(growthSection(await measureGrowth(3)))
