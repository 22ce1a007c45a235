/**
 * Ports at which nobody listens yet.
 *
 * @module
 */
import { createServer } from 'node:net'

/** Below the ports that Linux gives to connections and to servers that do not choose one. */
const FIRST = 20_000
const COUNT = 12_000
const given = new Set<number>()

/** A port of this machine at which nobody listens, and which is not given to anybody else of this process. */
export async function closedPort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port)) continue
    given.add(port)
    if (await canListen(port)) return port
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
