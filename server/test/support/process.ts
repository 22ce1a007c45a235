/**
 * The built jux-server as a process of its own, with its memory, and the longest time that other clients wait for it.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'

const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
const PROBE_INTERVAL_MS = 10
/** A test that computes for seconds would miss that the server closed an idle connection. */
export const NO_KEEP_ALIVE = { connection: 'close' }

/** A running process. */
export interface ServerProcess {
  readonly url: string
  /** Whether it still runs. */
  isAlive(): boolean
  /** Largest memory so far, in megabytes; NaN where the system does not tell it. */
  peakMegabytes(): number
  stop(): Promise<number | null>
}

/** Starts the server on a free port. It is killed when the test ends before it was stopped. */
export async function serverProcess(
  dataDir: string,
  databaseUrl?: string,
  flags: string[] = [],
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [BIN, '--port', '0', '--data', dataDir, '--rate-limit', '0', ...flags], {
    env: { PATH: process.env.PATH, HOME: dataDir, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const found = /http:\S+/.exec(text)
      if (found) resolve(found[0])
    })
    child.on('close', () => reject(new Error('the server did not start')))
  })
  return {
    url,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    peakMegabytes: () => peakMegabytes(child.pid),
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Asks for two paths all the time during an action, from a thread of its own, and returns the longest wait. */
export async function longestWaitMs<T>(url: string, action: () => Promise<T>): Promise<{ waitMs: number; result: T }> {
  const worker = new Worker(PROBES, { eval: true, workerData: { url, intervalMs: PROBE_INTERVAL_MS } })
  const started = new Promise((resolve) => worker.once('message', resolve))
  const failed = new Promise<never>((_, reject) => worker.once('error', reject))
  await Promise.race([started, failed])
  try {
    const result = await Promise.race([action(), failed])
    const waited = new Promise<number>((resolve) => worker.once('message', resolve))
    worker.postMessage('stop')
    return { result, waitMs: Math.round(await Promise.race([waited, failed])) }
  } finally {
    await worker.terminate()
  }
}

// The thread of the test sends and computes, and would count its own delays.
const PROBES = `
const { parentPort, workerData: { url, intervalMs } } = require('node:worker_threads')
let isOver = false
let waitMs = 0
const ask = async (path) => (await fetch(url + path, { headers: { connection: 'close' } })).arrayBuffer()
const probe = async (path) => {
  while (!isOver) {
    const startMs = performance.now()
    await ask(path)
    waitMs = Math.max(waitMs, performance.now() - startMs)
    await new Promise((resolve) => setTimeout(resolve, intervalMs))
  }
}
parentPort.once('message', () => { isOver = true })
const run = async () => {
  await ask('/healthz')
  parentPort.postMessage(0)
  await Promise.all([probe('/healthz'), probe('/api/v1/test_runs')])
  parentPort.postMessage(waitMs)
}
run().catch((error) => setImmediate(() => { throw error }))
`

function peakMegabytes(pid: number | undefined): number {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024)
  } catch {
    return Number.NaN
  }
}
