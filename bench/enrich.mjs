// Measures the collection of facts in a real repository of 10,000 files, compared with `git status` alone.
//   node bench/enrich.mjs
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { median } from './measure.mjs'

const FILES = 10_000
const FILES_IN_FOLDER = 100
/** As long as a short test run takes. */
const RUN_MS = 1_000

/**
 * The section of docs/performance.md.
 *
 * @param {number} rounds
 * @returns {Promise<string>}
 */
export async function enrichSection(rounds) {
  const folder = mkdtempSync(join(tmpdir(), 'jux-bench-facts-'))
  try {
    makeRepository(folder)
    const { startFacts } = await import('../build/enrich/facts.js')
    const { realSystem } = await import('../build/system.js')
    const system = realSystem()
    const collect = () => startFacts({ rootDir: folder }, system)
    await collect()
    const samples = { alone: [], waiting: [], status: [] }
    for (let round = 0; round < rounds; round++) {
      samples.status.push(await timed(() => system.exec('git', ['status', '--porcelain'], { cwd: folder })))
      samples.alone.push(await timed(collect))
      const facts = collect()
      await delay(RUN_MS)
      samples.waiting.push(await timed(() => facts))
    }
    return page(samples)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function page({ status, alone, waiting }) {
  const ms = (numbers) => `${median(numbers).toFixed(median(numbers) < 10 ? 2 : 0)} ms`
  return `## Facts about the run, in a repository of ${FILES.toLocaleString('en-US')} files

| | median |
| --- | --- |
| \`git status\` alone | ${ms(status)} |
| collecting all facts | ${ms(alone)} |
| waiting for the facts after a run of ${RUN_MS / 1_000} s during which they were collected | ${ms(waiting)} |
`
}

async function timed(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function makeRepository(folder) {
  const git = (...args) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' })
  git('init', '--quiet')
  // No background work of git: it would be measured too, and could prevent the removal of the folder.
  git('config', 'gc.auto', '0')
  git('config', 'maintenance.auto', 'false')
  for (let index = 0; index < FILES; index++) {
    const subfolder = join(folder, 'packages', `p${Math.floor(index / FILES_IN_FOLDER)}`)
    if (index % FILES_IN_FOLDER === 0) mkdirSync(subfolder, { recursive: true })
    writeFileSync(join(subfolder, `file-${index}.js`), `export const value = ${index}\n`)
  }
  git('add', '.')
  git('-c', 'user.name=bench', '-c', 'user.email=bench@example.com', 'commit', '--quiet', '-m', 'all files')
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(await enrichSection(7))
