// Makes and sends the body of one report in one way, and prints what that took. Started by body.mjs:
//   node bench/body-way.mjs parts|stringify report.xml
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { loadPart } from './modules.mjs'

const CHUNK_BYTES = 256 * 1024
const OTHERS = { metadata: { project: 'app', branch: 'main', tags: [], environment: 'test', ci_metadata: null } }

const RECEIVER = `require('node:net').createServer((socket) => socket.resume())
  .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

const [, , way, path] = process.argv
const chunks = readChunks(path)
const { jsonBody, streamOf } = await loadPart('body')
const { textBytes } = await loadPart('encoding')
const WAYS = {
  async parts(report, socket) {
    const body = jsonBody('xml_content', textBytes(report), OTHERS)
    for await (const part of streamOf(body)) if (!socket.write(part)) await once(socket, 'drain')
  },
  async stringify(report, socket) {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(report))
    const body = Buffer.from(JSON.stringify({ xml_content: text, ...OTHERS }))
    if (!socket.write(body)) await once(socket, 'drain')
  },
}

// Another process receives, so its memory and its time are not measured.
const receiver = spawn(process.execPath, ['-e', RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] })
const [port] = await once(receiver.stdout, 'data')
const socket = connect({ port: Number(port), host: '127.0.0.1' })
await once(socket, 'connect')
await WAYS[way]([Buffer.from('<testsuites name="small"></testsuites>')], socket)
const peakBefore = process.resourceUsage().maxRSS
const before = process.cpuUsage()
await WAYS[way](chunks, socket)
const { user, system } = process.cpuUsage(before)
const peakMb = ((process.resourceUsage().maxRSS - peakBefore) * 1024) / 1e6
console.log(JSON.stringify({ cpuMs: (user + system) / 1_000, peakMb }))
socket.destroy()
receiver.kill()

function readChunks(file) {
  const bytes = readFileSync(file)
  const list = []
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) list.push(bytes.subarray(at, at + CHUNK_BYTES))
  return list
}
