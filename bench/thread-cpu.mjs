// The processor time of the calling thread alone. Node 20 has no function for it, but its WASI has the clock of POSIX.

/** CLOCK_THREAD_CPUTIME_ID in WASI preview 1. */
const THREAD_CPU_CLOCK = 3
/** A WebAssembly module with one page of memory, and an empty function `_initialize`. */
const MODULE = Buffer.from('AGFzbQEAAAABBAFgAAADAgEABQMBAAEHGAIGbWVtb3J5AgALX2luaXRpYWxpemUAAAoEAQIACw==', 'base64')

const clock = openClock()

/** @returns {number} milliseconds of processor time that this thread has used */
export function threadCpuMs() {
  clock.read()
  return Number(clock.nanoseconds[0]) / 1e6
}

function openClock() {
  // Node warns that its WASI is experimental. The warning would be in the output of what is measured.
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    const { WASI } = process.getBuiltinModule('node:wasi')
    const wasi = new WASI({ version: 'preview1' })
    const instance = new WebAssembly.Instance(new WebAssembly.Module(MODULE), {})
    wasi.initialize(instance)
    const { clock_time_get } = wasi.wasiImport
    return {
      nanoseconds: new BigUint64Array(instance.exports.memory.buffer, 0, 1),
      read: () => clock_time_get(THREAD_CPU_CLOCK, 0n, 0),
    }
  } finally {
    process.emitWarning = emitWarning
  }
}
