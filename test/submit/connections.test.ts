import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type SubmitSettings, submitReport } from '../../src/submit/submit.js'
import { temporaryFolder } from '../support/folders.js'
import { type Answerer, created, json, start, startServer } from '../support/http-server.js'
import { fixedSystem } from '../support/system.js'
import { makeCertificates } from '../support/tls-identities.js'

const certificates = makeCertificates()

function submit(settings: SubmitSettings, env: Record<string, string> = {}) {
  const report = { bytes: Buffer.from('<testsuite/>'), contentHash: 'ab'.repeat(32), properties: [] }
  return submitReport(report, { apiMaxRetries: 0, ...settings }, fixedSystem({ env }))
}

async function pemFile(text: string): Promise<string> {
  const path = join(temporaryFolder(), 'file.pem')
  writeFileSync(path, text)
  return path
}

describe('TLS', () => {
  it('is refused when nobody vouches for the server, also when Node is told to look away', async () => {
    const { server } = await certificates
    const { url, received } = await start({ answers: [created], tls: server })

    const sent = submit({ apiUrl: url, apiKey: 'k', apiMaxRetries: 3 }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      reason: 'tls',
      suggestions: expect.arrayContaining([expect.stringContaining('JUX_CA_FILE')]),
    })
    expect(received).toEqual([])
  })

  it('is trusted through an authority of our own', async () => {
    const { ca, server } = await certificates
    const { url } = await start({ answers: [created], tls: server })

    expect(await submit({ apiUrl: url, caFile: await pemFile(ca.cert) })).toMatchObject({ status: 'created' })
  })

  it('is refused for another host name than the certificate has', async () => {
    const { ca, server } = await certificates
    const { port } = await start({ answers: [created], tls: server })

    const sent = submit({ apiUrl: `https://localhost:${port}`, caFile: await pemFile(ca.cert) })

    await expect(sent).rejects.toMatchObject({ reason: 'tls' })
  })

  it('shows a client certificate', async () => {
    const { ca, server, client } = await certificates
    let subject: unknown
    const answer: Answerer = (response, received, request) => {
      if (request.socket instanceof TLSSocket) subject = request.socket.getPeerCertificate().subject.CN
      created(response, received, request)
    }
    const tls = { ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
    const { url } = await start({ answers: [answer], tls })
    const caFile = await pemFile(ca.cert)
    const [clientCertFile, clientKeyFile] = [await pemFile(client.cert), await pemFile(client.key)]

    await submit({ apiUrl: url, caFile, clientCertFile, clientKeyFile })

    expect(subject).toBe('client')
    await expect(submit({ apiUrl: url, caFile })).rejects.toMatchObject({ code: 'API_CONNECTION_ERROR' })
  })

  it.each([
    ['caFile', 'CERT_NOT_FOUND'],
    ['clientCertFile', 'CERT_NOT_FOUND'],
  ])('says which file of %s is missing', async (setting, code) => {
    const sent = submit({ apiUrl: 'https://127.0.0.1:9', [setting]: '/nowhere/file.pem' })

    await expect(sent).rejects.toMatchObject({ code, message: expect.stringContaining('/nowhere/file.pem') })
  })

  it('says when a file is no certificate, and when key and certificate do not belong together', async () => {
    const { ca, server, client } = await certificates
    const mismatched = { clientCertFile: await pemFile(client.cert), clientKeyFile: await pemFile(server.key) }

    await expect(submit({ apiUrl: 'https://127.0.0.1:9', caFile: await pemFile('hello') })).rejects.toMatchObject({
      code: 'CERT_INVALID_FORMAT',
    })
    await expect(submit({ apiUrl: 'https://127.0.0.1:9', ...mismatched })).rejects.toMatchObject({ reason: 'tls-file' })
    await expect(submit({ apiUrl: 'https://127.0.0.1:9', clientKeyFile: await pemFile(ca.key) })).rejects.toMatchObject(
      {
        code: 'CONFIG_MISSING_REQUIRED',
      },
    )
  })
})

/** A proxy that tunnels and forwards everything to one port, and records what it was asked for. */
async function startProxy(target: number, { wants }: { wants?: string } = {}) {
  const asked: { line: string; authorization: string | undefined }[] = []
  const admit = (line: string, request: IncomingMessage) => {
    const authorization = request.headers['proxy-authorization']
    asked.push({ line, authorization })
    return wants === undefined || authorization === wants
  }
  const proxy = createServer((request, response) => {
    if (!admit(`${request.method} ${request.url}`, request)) return response.writeHead(407).end()
    const { pathname } = new URL(request.url ?? '')
    const { method, headers } = request
    const forward = httpRequest({ host: '127.0.0.1', port: target, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    return request.pipe(forward)
  })
  proxy.on('connect', (request, socket) => {
    if (!admit(`CONNECT ${request.url}`, request)) return socket.end('HTTP/1.1 407 No\r\n\r\n')
    const tunnel = connect(target, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      tunnel.pipe(socket).pipe(tunnel)
    })
    tunnel.on('error', () => socket.destroy())
    return socket.on('error', () => tunnel.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const address = proxy.address()
  return { asked, host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }
}

const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`

describe('a proxy', () => {
  it('is asked for plain http as a whole, with its credentials', async () => {
    const server = await startServer(created)
    const proxy = await startProxy(server.port, { wants: basic('us@er:pass') })

    const receipt = await submit({ apiUrl: 'http://jux.invalid:4000' }, { HTTP_PROXY: `us%40er:pass@${proxy.host}` })

    expect(receipt.status).toBe('created')
    expect(proxy.asked.map(({ line }) => line)).toContain('POST http://jux.invalid:4000/api/v1/junit/submit')
    expect(server.received[0]?.headers.host).toBe('jux.invalid:4000')
  })

  it('tunnels https, and the certificate is still the one of the server', async () => {
    const { ca, server } = await certificates
    const { port } = await start({ answers: [created], tls: server })
    const proxy = await startProxy(port, { wants: basic('user:pass') })
    const settings = { apiUrl: 'https://jux.invalid', caFile: await pemFile(ca.cert) }

    const sent = submit(settings, { HTTPS_PROXY: `http://user:pass@${proxy.host}` })

    await expect(sent).rejects.toMatchObject({ reason: 'tls' })
    expect(proxy.asked[0]).toEqual({ line: 'CONNECT jux.invalid:443', authorization: basic('user:pass') })
  })

  it.each(['http', 'https'])('that wants other credentials is told as such (%s)', async (scheme) => {
    const proxy = await startProxy(9, { wants: basic('user:right') })
    const variable = `${scheme.toUpperCase()}_PROXY`

    const sent = submit({ apiUrl: `${scheme}://jux.invalid` }, { [variable]: `http://user:hunter2@${proxy.host}` })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      message: expect.stringContaining(variable),
    })
    await expect(sent).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') })
  })

  it('that is down is named by its variable', async () => {
    const sent = submit({ apiUrl: 'https://jux.invalid' }, { HTTPS_PROXY: 'http://127.0.0.1:9' })

    await expect(sent).rejects.toMatchObject({
      reason: 'connection-refused',
      message: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  it('that answers with a page of its own is no success', async () => {
    const proxy = await startServer((response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<html>please log in</html>')
    })

    const sent = submit({ apiUrl: 'http://jux.invalid' }, { HTTP_PROXY: proxy.url })

    await expect(sent).rejects.toMatchObject({
      code: 'API_INVALID_RESPONSE',
      reason: 'no-json',
      suggestions: expect.arrayContaining([expect.stringContaining('HTTP_PROXY')]),
    })
  })

  it('is not asked for this machine, nor for what NO_PROXY names', async () => {
    const server = await startServer(created)

    await submit({ apiUrl: server.url }, { HTTP_PROXY: 'http://127.0.0.1:9' })
    const sent = submit({ apiUrl: 'http://jux.invalid' }, { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '.invalid' })

    await expect(sent).rejects.toMatchObject({ reason: 'name-not-found' })
    expect(server.received).toHaveLength(1)
  })
})

describe('an answer without an end', () => {
  const endless: Answerer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const more = () => {
      while (response.writable && response.write(chunk)) {}
    }
    response.on('drain', more)
    response.on('error', () => {})
    more()
  }

  it('is read a little and then dropped', async () => {
    const server = await startServer(endless)

    await expect(submit({ apiUrl: server.url })).rejects.toMatchObject({ reason: 'no-json' })
  })

  it('with a compressed body is not unpacked', async () => {
    const server = await startServer(json(200, 'x'.repeat(100), { 'content-encoding': 'gzip' }))

    await expect(submit({ apiUrl: server.url })).rejects.toMatchObject({ reason: 'no-json' })
    expect(server.received[0]?.headers['accept-encoding']).toBe('identity')
  })
})
