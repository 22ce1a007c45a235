import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { report, XML } from '../support/reports.js'
import { testServer } from '../support/server.js'

/** Twice the time that a client has for its headers. */
const PATIENCE_MS = 30_000

it('hangs up on clients that never come to the end of their headers, and serves the others meanwhile', async () => {
  const server = await testServer()
  const { hostname, port } = new URL(server.url)
  const dripping = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('POST /api/v1/junit/submit HTTP/1.1\r\n'))
      const drip = setInterval(() => socket.write('X-A: b\r\n'), 500)
      const tooLong = setTimeout(() => reject(new Error('still connected')), PATIENCE_MS)
      let response = ''
      socket.setEncoding('utf8').on('data', (text: string) => {
        response += text
      })
      socket.on('error', () => {})
      socket.on('close', () => {
        clearInterval(drip)
        clearTimeout(tooLong)
        resolve(response)
      })
    })

  const slow = Array.from({ length: 50 }, dripping)

  expect((await server.post('/api/v1/junit/submit', report(), XML)).status).toBe(201)
  for (const response of await Promise.all(slow)) expect(response).toMatch(/^HTTP\/1\.1 4/)
})
