// Passes every call to a reporter and measures how long it takes: from the call of a method until its result has
// settled, because the runner waits for that. Prints nothing; writes one JSON object when the process exits.
//   JUX_BENCH_REPORTER  module of the reporter; without it a reporter that does nothing
//   JUX_BENCH_EXPORT    name of its export, `default` by default
//   JUX_BENCH_OPTIONS   its options, JSON
//   JUX_BENCH_OUTPUT    file for the measurements
import { writeFileSync } from 'node:fs'

/** Methods that runners wait for before and after all tests; the others are called for files and tests. */
const AT_START = new Set(['onInit', 'onRunStart', 'onTestRunStart', 'onPathsCollected'])
const AT_END = new Set(['onTestRunEnd', 'onRunComplete', 'onFinished'])

const { JUX_BENCH_REPORTER, JUX_BENCH_EXPORT = 'default', JUX_BENCH_OPTIONS = '{}', JUX_BENCH_OUTPUT } = process.env
const times = { loadMs: 0, startMs: 0, duringMs: 0, endMs: 0, cpuMs: 0, calls: 0 }

const Reporter = JUX_BENCH_REPORTER === undefined ? class {} : await loadReporter()

/**
 * Creates the reporter, with its methods measured.
 *
 * @param {...unknown} leading arguments of its constructor before its options
 */
export function measuredReporter(...leading) {
  process.once('exit', () => writeFileSync(JUX_BENCH_OUTPUT, JSON.stringify(times)))
  const started = performance.now()
  const reporter = new Reporter(...leading, JSON.parse(JUX_BENCH_OPTIONS))
  times.loadMs += performance.now() - started
  return new Proxy(reporter, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target)
      return typeof value === 'function'
        ? (...args) => measureCall(String(name), () => value.apply(target, args))
        : value
    },
  })
}

async function loadReporter() {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const module = await import(JUX_BENCH_REPORTER)
  times.loadMs += performance.now() - started
  times.cpuMs += cpuSince(cpu)
  return module[JUX_BENCH_EXPORT]
}

function measureCall(name, call) {
  const phase = AT_START.has(name) ? 'startMs' : AT_END.has(name) ? 'endMs' : 'duringMs'
  // Reading the processor time takes as long as a method that is called for every test.
  const cpu = phase === 'duringMs' ? undefined : process.cpuUsage()
  const started = performance.now()
  const done = (result) => {
    const ms = performance.now() - started
    times[phase] += ms
    times.calls++
    times.cpuMs += cpu === undefined ? ms : cpuSince(cpu)
    return result
  }
  const result = call()
  return typeof result?.then === 'function' ? result.then(done) : done(result)
}

function cpuSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
