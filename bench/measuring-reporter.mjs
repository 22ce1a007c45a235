// Stands in for a reporter, hands everything on to it, and measures how long it takes: from the call of a method until what it
// returns has settled, because that is what the runner waits for. Prints nothing; writes one JSON object when the process exits.
//   JUX_BENCH_REPORTER  module of the reporter; without it there is none
//   JUX_BENCH_EXPORT    its name in there, `default` by default
//   JUX_BENCH_OPTIONS   its options, JSON
//   JUX_BENCH_OUTPUT    file for the measurements
import { writeFileSync } from 'node:fs'

/** Methods that runners wait for before and after all tests; the others are called for files and tests. */
const AT_START = new Set(['onInit', 'onRunStart', 'onTestRunStart', 'onPathsCollected'])
const AT_END = new Set(['onTestRunEnd', 'onRunComplete', 'onFinished'])

const { JUX_BENCH_REPORTER, JUX_BENCH_EXPORT = 'default', JUX_BENCH_OPTIONS = '{}', JUX_BENCH_OUTPUT } = process.env
const times = { loadMs: 0, startMs: 0, duringMs: 0, endMs: 0, cpuMs: 0, calls: 0 }

const Reporter = JUX_BENCH_REPORTER === undefined ? class {} : await loaded()

/**
 * The reporter behind its measurements.
 *
 * @param {...unknown} leading what its constructor gets before its options
 */
export function measuredReporter(...leading) {
  process.once('exit', () => writeFileSync(JUX_BENCH_OUTPUT, JSON.stringify(times)))
  const started = performance.now()
  const reporter = new Reporter(...leading, JSON.parse(JUX_BENCH_OPTIONS))
  times.loadMs += performance.now() - started
  return new Proxy(reporter, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? (...args) => measured(String(name), () => value.apply(target, args)) : value
    },
  })
}

async function loaded() {
  const started = performance.now()
  const cpu = process.cpuUsage()
  const module = await import(JUX_BENCH_REPORTER)
  times.loadMs += performance.now() - started
  times.cpuMs += cpuSince(cpu)
  return module[JUX_BENCH_EXPORT]
}

function measured(name, call) {
  const phase = AT_START.has(name) ? 'startMs' : AT_END.has(name) ? 'endMs' : 'duringMs'
  // Asking for the processor's time takes as long as a method that is called for every test.
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
