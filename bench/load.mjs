// Loads a module, and prints one JSON object with what that took on the main thread and by the clock.
//   node bench/load.mjs URL
import { threadCpuMs } from './thread-cpu.mjs'

const [cpuMs, started] = [threadCpuMs(), performance.now()]
await import(process.argv[2])
console.log(JSON.stringify({ cpuMs: threadCpuMs() - cpuMs, wallMs: performance.now() - started }))
