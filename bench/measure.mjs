// Runs a program and measures its time, its processor time and its peak memory.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

const POLL_MS = 5
/** Unit of the times in /proc (USER_HZ), the same on every Linux. */
const MS_PER_TICK = 10

/**
 * @param {readonly string[]} argv program and arguments
 * @param {{ cwd?: string, env?: Record<string, string>, codes?: readonly number[] }} [options] folder and environment
 *   (default: those of this process), and the exit codes that are no failure (default: 0)
 * @returns {Promise<{ wallMs: number, cpuMs: number | undefined, peakMb: number | undefined, out: string }>} processor
 *   time, with that of its children, and peak memory are known only on Linux; rejects when the program fails
 */
export function measure(argv, { codes = [0], ...options } = {}) {
  const [command, ...args] = argv
  return new Promise((resolve, reject) => {
    const cpuBefore = childrenCpuMs()
    const started = process.hrtime.bigint()
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let peakKb = 0
    const timer = setInterval(() => {
      peakKb = Math.max(peakKb, highWaterKb(child.pid))
    }, POLL_MS)
    const out = []
    const err = []
    child.stdout.on('data', (chunk) => out.push(chunk))
    child.stderr.on('data', (chunk) => err.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => {
      const wallMs = Number(process.hrtime.bigint() - started) / 1e6
      clearInterval(timer)
      if (!codes.includes(code)) {
        reject(new Error(`${argv.join(' ')} ended with ${code}: ${Buffer.concat([...out, ...err])}`))
        return
      }
      const cpuAfter = childrenCpuMs()
      resolve({
        wallMs,
        cpuMs: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
        peakMb: peakKb === 0 ? undefined : peakKb / 1024,
        out: Buffer.concat(out).toString(),
      })
    })
  })
}

/**
 * The median of numbers; of an even number of them, the mean of the two in the middle. `undefined` if one of them is
 * unknown.
 */
export function median(numbers) {
  if (numbers.length === 0 || numbers.includes(undefined)) return undefined
  const sorted = [...numbers].sort((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/** The medians of objects of numbers, member by member; objects in objects likewise. */
export function medians(samples) {
  return Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((key) => {
      const values = samples.map((sample) => sample[key])
      return [key, typeof values[0] === 'object' ? medians(values) : median(values)]
    }),
  )
}

// VmHWM only grows, so the last value before the end is close to the peak.
function highWaterKb(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

// Fields 16 and 17 of proc(5) stat: children that were waited for.
function childrenCpuMs() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
    return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK
  } catch {
    return undefined
  }
}
