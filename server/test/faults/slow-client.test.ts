import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'

/** Twice the time that a client has for its headers. */
const MAX_WAIT_MS = 30_000

it('jux-server disconnects clients that never finish their headers, and serves other clients meanwhile', async () => {
  const server = await testServer()
  const { hostname, port } = new URL(server.url)
  const slowClient = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('POST /api/v1/junit/submit HTTP/1.1\r\n'))
      const timer = setInterval(() => socket.write('X-A: b\r\n'), 500)
      const tooLong = setTimeout(() => reject(new Error('still connected')), MAX_WAIT_MS)
      let response = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        response += text
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(timer)
        clearTimeout(tooLong)
        resolve(response)
      })
    })

  const slow = Array.from({ length: 50 }, slowClient)

  expect((await server.post('/api/v1/junit/submit', report(), XML)).status).toBe(201)
  for (const response of await Promise.all(slow)) expect(response).toMatch(/^HTTP\/1\.1 4/)
})
