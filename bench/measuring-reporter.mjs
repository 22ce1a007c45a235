// Passes every call to a reporter, and measures the processor time of the main thread and the clock. Prints nothing; writes
// one JSON object when the process exits.
//   JUX_BENCH_REPORTER  URL of the reporter's module; without it a reporter without methods
//   JUX_BENCH_EXPORT    name of its export, `default` by default
//   JUX_BENCH_OPTIONS   its options, JSON
//   JUX_BENCH_OUTPUT    file for the measurements
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { threadCpuMs } from './thread-cpu.mjs'

/** Methods that runners wait for before and after all tests; the others are called for files and tests. */
const AT_START = new Set(['onInit', 'onRunStart', 'onTestRunStart', 'onPathsCollected'])
const AT_END = new Set(['onTestRunEnd', 'onRunComplete', 'onFinished'])
/**
 * Methods that are called for every test take microseconds, as long as it takes to read the processor time. The clock measures
 * them: too much, never too little, when the system gives the processor to others meanwhile.
 */
const FOR_TESTS = /^onTestCase|^onHook|^onUserConsoleLog$|^onTaskUpdate$/

const { JUX_BENCH_REPORTER, JUX_BENCH_EXPORT = 'default', JUX_BENCH_OPTIONS = '{}', JUX_BENCH_OUTPUT } = process.env
const phase = () => ({ cpuMs: 0, wallMs: 0 })
const times = { load: phase(), start: phase(), during: phase(), end: phase(), diskMs: 0 }

measureDisk()
const Reporter = JUX_BENCH_REPORTER === undefined ? class {} : await loadReporter()

/**
 * Creates the reporter, with its methods measured.
 *
 * @param {...unknown} leading arguments of its constructor before its options
 */
export function measuredReporter(...leading) {
  process.once('exit', () => {
    const { user, system } = process.cpuUsage()
    const processMs = (user + system) / 1_000
    fs.writeFileSync(JUX_BENCH_OUTPUT, JSON.stringify({ ...times, mainThreadMs: threadCpuMs(), processMs }))
  })
  const stop = startMeasuring(times.load)
  const reporter = new Reporter(...leading, JSON.parse(JUX_BENCH_OPTIONS))
  stop()
  const methods = new Map()
  return new Proxy(reporter, {
    get: (target, name) => {
      const known = methods.get(name)
      if (known !== undefined) return known
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const method = measuredMethod(String(name), value.bind(target))
      methods.set(name, method)
      return method
    },
  })
}

async function loadReporter() {
  const stop = startMeasuring(times.load)
  const module = await import(JUX_BENCH_REPORTER)
  stop()
  return module[JUX_BENCH_EXPORT]
}

function measuredMethod(name, call) {
  const sums = AT_START.has(name) ? times.start : AT_END.has(name) ? times.end : times.during
  if (sums === times.during) return measuredEvent(call, sums, FOR_TESTS.test(name) ? startClock : startMeasuring)
  return (...args) => {
    const stop = startMeasuring(sums)
    const result = call(...args)
    if (typeof result?.then !== 'function') {
      stop()
      return result
    }
    return result.then((value) => {
      stop()
      return value
    })
  }
}

// While tests run, the main thread does other work until a promise has settled. Only what the reporter does before it
// returns counts; the rest is in the processor time of the whole run.
function measuredEvent(call, sums, start) {
  return (...args) => {
    const stop = start(sums)
    const result = call(...args)
    stop()
    return result
  }
}

function startMeasuring(sums) {
  const [cpu, started] = [threadCpuMs(), performance.now()]
  return () => {
    sums.wallMs += performance.now() - started
    sums.cpuMs += threadCpuMs() - cpu
  }
}

function startClock(sums) {
  const started = performance.now()
  return () => {
    const ms = performance.now() - started
    sums.wallMs += ms
    sums.cpuMs += ms
  }
}

// How long the disk takes: the reporter waits for fsync, and no work can make that shorter.
function measureDisk() {
  const { fsyncSync } = fs
  fs.fsyncSync = (descriptor) => {
    const started = performance.now()
    try {
      fsyncSync(descriptor)
    } finally {
      times.diskMs += performance.now() - started
    }
  }
  const { fsync } = fs
  fs.fsync = (descriptor, callback) => {
    const started = performance.now()
    fsync(descriptor, (error) => {
      times.diskMs += performance.now() - started
      callback(error)
    })
  }
  syncBuiltinESMExports()
}
