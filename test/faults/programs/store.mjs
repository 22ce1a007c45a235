// Stores a number of reports as a runner's reporter does, or until it is killed. Prints what the reporter prints; "w"
// at the first write of a report's file and "f" after the last fsync, to tell when a kill came. With pauseMs it waits a
// random time after each of these calls: on a fast disk they are over before a kill can arrive.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { runOf } from './run.mjs'

const [storagePath, times = '1', label = 'run', options = '{}', pauseMs = '0'] = process.argv.slice(2)
const { writeSync, fsyncSync, renameSync } = fs
const say = (text) => writeSync(1, text)
const pause = () => {
  const ms = Math.random() * Number(pauseMs)
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
let writing = false
let renamed = false

fs.writeSync = (descriptor, ...rest) => {
  if (!writing && descriptor > 2) say('w\n')
  writing = writing || descriptor > 2
  const written = writeSync(descriptor, ...rest)
  if (descriptor > 2) pause()
  return written
}
fs.renameSync = (from, to) => {
  renameSync(from, to)
  renamed = String(from).includes('.tmp_')
  pause()
}
fs.fsyncSync = (descriptor) => {
  fsyncSync(descriptor)
  pause()
  if (renamed) say('f\n')
  if (renamed) writing = false
  renamed = false
}
syncBuiltinESMExports()

const { ReporterSession } = await import('../../../build/reporters/session.js')
const { realSystem } = await import('../../../build/system.js')

const session = new ReporterSession({
  options: { storagePath, ...JSON.parse(options) },
  cwd: process.cwd(),
  system: realSystem(),
  write: say,
  errIsTerminal: false,
})
await session.start()
for (let index = 0; index < Number(times); index++) await session.finish(() => runOf(`${label}-${index}`))
