// Makes and keeps reports until it is killed, or as many as it is told: the very path that a runner's reporter takes.
// Prints what the reporter prints; "w" at the first write of a report's file and "f" after the last fsync, to tell where a kill fell.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [storagePath, times = '1', label = 'run', options = '{}'] = process.argv.slice(2)
const { writeSync, fsyncSync, renameSync } = fs
const say = (text) => writeSync(1, text)
let writing = false
let renamed = false

fs.writeSync = (descriptor, ...rest) => {
  if (!writing && descriptor > 2) say('w\n')
  writing = writing || descriptor > 2
  return writeSync(descriptor, ...rest)
}
fs.renameSync = (from, to) => {
  renameSync(from, to)
  renamed = String(from).includes('.tmp_')
}
fs.fsyncSync = (descriptor) => {
  fsyncSync(descriptor)
  if (renamed) say('f\n')
  if (renamed) writing = false
  renamed = false
}
syncBuiltinESMExports()

const { startSession } = await import('../../../dist/reporters/session.js')
const { realSystem } = await import('../../../dist/system.js')

const session = await startSession({
  options: { storagePath, ...JSON.parse(options) },
  cwd: process.cwd(),
  system: realSystem(),
  write: say,
})
for (let index = 0; index < Number(times); index++) await session.finish(() => runOf(`${label}-${index}`))

function runOf(title) {
  const output = Array.from({ length: 40 }, () => ({ stream: 'stdout', text: `${title} `.repeat(200) }))
  const test = {
    id: title,
    title,
    path: [],
    ordinal: 1,
    status: 'passed',
    rawStatus: 'passed',
    flaky: false,
    attempts: [],
    errors: [],
    output,
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
  const module = {
    id: 'a.test.js',
    file: 'a.test.js',
    kind: 'runtime',
    status: 'passed',
    rawStatus: 'passed',
    errors: [],
    output: [],
    suites: [],
    tests: [test],
    properties: [],
  }
  return {
    schemaVersion: 1,
    runId: title,
    outcome: 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: process.cwd(),
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    durationMs: 1000,
    properties: [],
    modules: [module],
    errors: [],
    output: [],
  }
}
