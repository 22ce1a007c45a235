// Makes and keeps reports until it is killed, or as many as it is told: the very path that a runner's reporter takes.
// Prints what the reporter prints; "w" at the first write of a report's file and "f" after the last fsync, to tell where a kill fell.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { runOf } from './run.mjs'

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
