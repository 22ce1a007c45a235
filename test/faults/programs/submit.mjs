// Delivers one report as a runner's reporter does, and prints how long it took and by how much the memory grew at most.
import { runOf } from './run.mjs'

const { ReporterSession } = await import('../../../build/reporters/session.js')
const { realSystem } = await import('../../../build/system.js')

const [options, wellBehaved] = process.argv.slice(2)
const open = async (changes) => {
  const session = new ReporterSession({
    options: { ...JSON.parse(options), ...changes },
    cwd: process.cwd(),
    system: realSystem(),
    write: (text) => process.stderr.write(changes === undefined ? text : ''),
    errIsTerminal: false,
  })
  await session.start()
  return session
}

// Deliveries to a well-behaved server come first, so that the memory of modules and engine is not measured.
for (const storagePath of ['warm-1', 'warm-2', 'warm-3']) {
  await (await open({ apiUrl: wellBehaved, storagePath })).finish(() => runOf(storagePath))
}
const session = await open()
const used = () => process.memoryUsage().rss
const [beganMs, before] = [performance.now(), used()]
let most = before
const watch = setInterval(() => {
  most = Math.max(most, used())
}, 20)
await session.finish(() => runOf('hostile'))
clearInterval(watch)
const grewMb = (Math.max(most, used()) - before) / 1024 / 1024
process.stdout.write(`figures ${performance.now() - beganMs} ${grewMb.toFixed(1)}\n`)
