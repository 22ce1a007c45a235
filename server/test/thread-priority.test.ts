import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { lowerPriority } from '../src/ingest/thread-priority.js'

const BUILT = new URL('../dist/ingest/thread-priority.js', import.meta.url)
/** Lowers the priority of its thread, and sends that of the thread and that of the main thread. */
const SCRIPT = `
  import { readlinkSync } from 'node:fs'
  import { getPriority } from 'node:os'
  import { basename } from 'node:path'
  import { parentPort } from 'node:worker_threads'
  import { lowerPriority } from ${JSON.stringify(BUILT.href)}
  lowerPriority()
  const own = Number(basename(readlinkSync('/proc/thread-self')))
  parentPort.postMessage([getPriority(own), getPriority(process.pid)])`

describe('lowerPriority', () => {
  it('leaves the process alone where a thread has no priority of its own', () => {
    const before = getPriority()

    lowerPriority('darwin')

    expect(getPriority()).toBe(before)
  })

  it.runIf(process.platform === 'linux')('lowers that of its thread, and not that of the main thread', async () => {
    const before = getPriority()
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`))

    const priorities = await new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })

    expect(priorities).toEqual([Math.min(19, before + 5), before])
  })

  it.runIf(process.platform === 'linux')('stops at the lowest priority', () => {
    for (let times = 0; times < 5; times++) lowerPriority('linux')

    expect(getPriority()).toBe(19)
  })
})
