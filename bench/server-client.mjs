// Clients of bench/server.mjs, in a process of their own, so that they can be told apart from the server:
//   node bench/server-client.mjs submit CLIENTS BODIES FROM COUNT URL...   submits prepared bodies, one after the other in each client
//   node bench/server-client.mjs read PAUSE_MS URL PATH...                 reads the paths in turn until standard input ends
// Prints "ready", waits for a line, and prints the result as JSON.
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { readBodies } from './server-bodies.mjs'

/** Pause after a response 503, which asks to try again. */
const BUSY_PAUSE_MS = 100

const agent = new Agent({ keepAlive: true, maxSockets: 1_000 })
const [role, ...args] = process.argv.slice(2)
let isOver = false
await main()

async function main() {
  const work = role === 'submit' ? prepareSubmit(...args) : prepareRead(...args)
  console.log('ready')
  const lines = createInterface({ input: process.stdin })
  await new Promise((resolve) => lines.once('line', resolve))
  lines.once('close', () => {
    isOver = true
  })
  const cpuBefore = process.cpuUsage()
  const startMs = performance.now()
  const result = await work()
  const { user, system } = process.cpuUsage(cpuBefore)
  console.log(
    JSON.stringify({ ...result, seconds: (performance.now() - startMs) / 1_000, cpuMs: (user + system) / 1_000 }),
  )
  process.exit(0)
}

function prepareSubmit(clients, path, from, count, ...urls) {
  const bodies = readBodies(path, Number(from), Number(count))
  return async () => {
    const times = []
    let next = 0
    let busy = 0
    const client = async (number) => {
      const url = `${urls[number % urls.length]}/api/v1/junit/submit`
      for (let at = next++; at < bodies.length; at = next++) {
        const { hash, body } = bodies[at]
        const startMs = performance.now()
        const headers = { 'content-type': 'application/json', 'idempotency-key': hash }
        for (;;) {
          const { status, text } = await send('POST', url, headers, body)
          if (status === 201) break
          if (status !== 503) throw new Error(`${status} ${text}`)
          busy++
          await pause(BUSY_PAUSE_MS)
        }
        times.push(performance.now() - startMs)
      }
    }
    await Promise.all(Array.from({ length: Number(clients) }, (_, number) => client(number)))
    return { count: bodies.length, busy, times: times.map(Math.round) }
  }
}

function prepareRead(pauseMs, url, ...paths) {
  return async () => {
    const times = Object.fromEntries(paths.map((path) => [path, []]))
    for (let at = 0; !isOver; at++) {
      const path = paths[at % paths.length]
      const startMs = performance.now()
      const { status } = await send('GET', url + path, { accept: 'text/html' })
      if (status !== 200) throw new Error(`${path}: ${status}`)
      times[path].push(performance.now() - startMs)
      await pause(Number(pauseMs))
    }
    return { times }
  }
}

function send(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': body.length }
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
