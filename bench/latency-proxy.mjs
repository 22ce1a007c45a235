// A TCP proxy that passes everything on after a delay, in each direction. It shows what a distant server costs.
import { connect, createServer } from 'node:net'

/**
 * @param {number} port where the server listens, on 127.0.0.1
 * @param {number} delayMs of each chunk, in each direction
 * @param {(chunk: Buffer) => Buffer} [change] of what the server sends
 */
export async function startProxy(port, delayMs, change = (chunk) => chunk) {
  const sockets = new Set()
  const proxy = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    forward(near, far, delayMs)
    forward(far, near, delayMs, change)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}

// Timers with the same delay fire in the order in which they were started.
function forward(from, to, delayMs, change = (chunk) => chunk) {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(change(chunk)), delayMs))
  from.on('end', () => setTimeout(() => to.end(), delayMs))
}
