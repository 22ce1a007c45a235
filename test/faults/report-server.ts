import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { contentHash } from '../../src/xml/canonical.js'

/** A server that stores reports and honors Idempotency-Key: a repeated report gets 409 and is stored once. */
export interface ReportServer {
  readonly url: string
  readonly stored: Set<string>
  requests: number
  /** Requests for a report that was stored already. */
  repeated: number
  /** Reports whose content does not match their key. */
  corrupt: number
}

/** Starts a server; each response takes so many milliseconds. */
export async function startReportServer(responseMs: () => number): Promise<ReportServer> {
  const stored = new Set<string>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk)
    } catch {
      // The client was killed in the middle of its request: nothing was received, and nothing is stored.
      return
    }
    if (request.method === 'GET') {
      response.writeHead(404).end()
      return
    }
    reportServer.requests += 1
    const key = String(request.headers['idempotency-key'])
    const known = stored.has(key)
    if (known) reportServer.repeated += 1
    else if (contentHash(Buffer.from(JSON.parse(String(Buffer.concat(chunks))).xml_content)) === key) stored.add(key)
    else reportServer.corrupt += 1
    setTimeout(() => {
      response.writeHead(known ? 409 : 201, { 'content-type': 'application/json' })
      response.end(JSON.stringify(known ? { status: 'duplicate', id: key } : { test_run_id: key }))
    }, responseMs())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const reportServer: ReportServer = { url: `http://127.0.0.1:${port}`, stored, requests: 0, repeated: 0, corrupt: 0 }
  return reportServer
}
