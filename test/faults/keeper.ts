import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { contentHash } from '../../src/xml/canonical.js'

/** A server that keeps reports and honours Idempotency-Key: a repeated one is answered with 409 and kept once. */
export interface Keeper {
  readonly url: string
  readonly stored: Set<string>
  requests: number
  /** Reports that came again. */
  repeated: number
  /** Reports whose content is not what their key says. */
  corrupt: number
}

/** Starts one; each answer takes so many milliseconds. */
export async function startKeeper(answerMs: () => number): Promise<Keeper> {
  const stored = new Set<string>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      // The client was killed in the middle of its request: nothing was received, nothing is kept.
      return
    }
    if (request.method === 'GET') {
      response.writeHead(404).end()
      return
    }
    keeper.requests += 1
    const key = String(request.headers['idempotency-key'])
    const known = stored.has(key)
    if (known) keeper.repeated += 1
    else if (contentHash(Buffer.from(JSON.parse(String(Buffer.concat(chunks))).xml_content)) === key) stored.add(key)
    else keeper.corrupt += 1
    setTimeout(() => {
      response.writeHead(known ? 409 : 201, { 'content-type': 'application/json' })
      response.end(JSON.stringify(known ? { status: 'duplicate', id: key } : { test_run_id: key }))
    }, answerMs())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const keeper: Keeper = { url: `http://127.0.0.1:${port}`, stored, requests: 0, repeated: 0, corrupt: 0 }
  return keeper
}
