import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type SubmitSettings, submitReport } from '../../src/submit/client.js'
import { proxyFor } from '../../src/submit/connection.js'
import { temporaryFolder } from '../support/folders.js'
import { created, json, type Responder, start, startServer } from '../support/http-server.js'
import { ownReport } from '../support/queued-reports.js'
import { scratchProject } from '../support/scratch.js'
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

describe('submitReport over TLS', () => {
  it('refuses a server with an unknown authority, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const { server } = await certificates
    const { url, received } = await start({ responders: [created], tls: server })

    const sent = submit({ apiUrl: url, apiKey: 'k', apiMaxRetries: 3 }, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      reason: 'tls',
      suggestions: expect.arrayContaining([expect.stringMatching(/caFile, the certificate of your own authority/)]),
    })
    expect(received).toEqual([])
  })

  it('trusts a server through the authority in caFile', async () => {
    const { ca, server } = await certificates
    const { url } = await start({ responders: [created], tls: server })

    expect(await submit({ apiUrl: url, caFile: await pemFile(ca.cert) })).toMatchObject({ status: 'created' })
  })

  it('trusts the authorities of NODE_EXTRA_CA_CERTS in addition to caFile', async () => {
    const { ca, server, client } = await certificates
    const { url, received } = await start({ responders: [created], tls: server })
    const project = scratchProject({
      'report.xml': String(ownReport('shop')),
      'ca.pem': ca.cert,
      'other.pem': client.cert,
    })

    // Node.js reads the variable when a process starts.
    const { status, stderr } = await project.jux(['publish', 'report.xml', '--api-url', url], {
      JUX_CA_FILE: 'other.pem',
      NODE_EXTRA_CA_CERTS: join(project.dir, 'ca.pem'),
    })

    expect({ status, stderr, reports: received.length }).toEqual({ status: 0, stderr: '', reports: 1 })
  })

  it('refuses a certificate of another host name', async () => {
    const { ca, server } = await certificates
    const { port } = await start({ responders: [created], tls: server })

    const sent = submit({ apiUrl: `https://localhost:${port}`, caFile: await pemFile(ca.cert) })

    await expect(sent).rejects.toMatchObject({ reason: 'tls' })
  })

  it('sends a client certificate', async () => {
    const { ca, server, client } = await certificates
    let subject: unknown
    const responder: Responder = (response, received, request) => {
      if (request.socket instanceof TLSSocket) subject = request.socket.getPeerCertificate().subject.CN
      created(response, received, request)
    }
    const tls = { ...server, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
    const { url } = await start({ responders: [responder], tls })
    const caFile = await pemFile(ca.cert)
    const [clientCertFile, clientKeyFile] = [await pemFile(client.cert), await pemFile(client.key)]

    await submit({ apiUrl: url, caFile, clientCertFile, clientKeyFile })

    expect(subject).toBe('client')
    await expect(submit({ apiUrl: url, caFile })).rejects.toMatchObject({ code: 'API_CONNECTION_ERROR' })
  })

  it.each([
    ['caFile', 'CERT_NOT_FOUND'],
    ['clientCertFile', 'CERT_NOT_FOUND'],
  ])('names the missing file of %s', async (setting, code) => {
    const sent = submit({ apiUrl: 'https://127.0.0.1:9', [setting]: '/nowhere/file.pem' })

    await expect(sent).rejects.toMatchObject({ code, message: expect.stringContaining('/nowhere/file.pem') })
  })

  it('refuses a file that is not a certificate, a key of another certificate, and a key without a certificate', async () => {
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

/** A proxy that tunnels and forwards everything to one port, and records the requests. */
async function startProxy(target: number, { wants }: { wants?: string } = {}) {
  const requests: { line: string; authorization: string | undefined }[] = []
  const authorize = (line: string, request: IncomingMessage) => {
    const authorization = request.headers['proxy-authorization']
    requests.push({ line, authorization })
    return wants === undefined || authorization === wants
  }
  const proxy = createServer((request, response) => {
    if (!authorize(`${request.method} ${request.url}`, request)) return response.writeHead(407).end()
    const { pathname } = new URL(request.url ?? '')
    const { method, headers } = request
    const forward = httpRequest({ host: '127.0.0.1', port: target, path: pathname, method, headers }, (forwarded) => {
      response.writeHead(forwarded.statusCode ?? 500, forwarded.headers)
      forwarded.pipe(response)
    })
    return request.pipe(forward)
  })
  proxy.on('connect', (request, socket) => {
    if (!authorize(`CONNECT ${request.url}`, request)) return socket.end('HTTP/1.1 407 No\r\n\r\n')
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
  return { requests, host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }
}

const basic = (user: string) => `Basic ${Buffer.from(user).toString('base64')}`

describe('submitReport through a proxy', () => {
  it('sends a plain http request to the proxy as a whole, with the credentials of the proxy', async () => {
    const server = await startServer(created)
    const proxy = await startProxy(server.port, { wants: basic('us@er:pass') })

    const receipt = await submit({ apiUrl: 'http://jux.invalid:4000' }, { HTTP_PROXY: `us%40er:pass@${proxy.host}` })

    expect(receipt.status).toBe('created')
    expect(proxy.requests.map(({ line }) => line)).toContain('POST http://jux.invalid:4000/api/v1/junit/submit')
    expect(server.received[0]?.headers.host).toBe('jux.invalid:4000')
  })

  it('tunnels https, and checks the certificate of the server', async () => {
    const { ca, server } = await certificates
    const { port } = await start({ responders: [created], tls: server })
    const proxy = await startProxy(port, { wants: basic('user:pass') })
    const settings = { apiUrl: 'https://jux.invalid', caFile: await pemFile(ca.cert) }

    const sent = submit(settings, { HTTPS_PROXY: `http://user:pass@${proxy.host}` })

    await expect(sent).rejects.toMatchObject({ reason: 'tls' })
    expect(proxy.requests[0]).toEqual({ line: 'CONNECT jux.invalid:443', authorization: basic('user:pass') })
  })

  it.each(['http', 'https'])('names the variable when the proxy refuses its credentials (%s)', async (scheme) => {
    const proxy = await startProxy(9, { wants: basic('user:right') })
    const variable = `${scheme.toUpperCase()}_PROXY`

    const sent = submit({ apiUrl: `${scheme}://jux.invalid` }, { [variable]: `http://user:hunter2@${proxy.host}` })

    await expect(sent).rejects.toMatchObject({
      code: 'API_CONNECTION_ERROR',
      message: expect.stringContaining(variable),
    })
    await expect(sent).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') })
  })

  it('names the variable of a proxy that cannot be reached', async () => {
    const sent = submit({ apiUrl: 'https://jux.invalid' }, { HTTPS_PROXY: 'http://127.0.0.1:9' })

    await expect(sent).rejects.toMatchObject({
      reason: 'connection-refused',
      message: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  it('does not accept a page of the proxy as success', async () => {
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

  it('uses no proxy for this machine, nor for hosts in NO_PROXY', async () => {
    const server = await startServer(created)

    await submit({ apiUrl: server.url }, { HTTP_PROXY: 'http://127.0.0.1:9' })
    const sent = submit({ apiUrl: 'http://jux.invalid' }, { HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '.invalid' })

    await expect(sent).rejects.toMatchObject({ reason: 'name-not-found' })
    expect(server.received).toHaveLength(1)
  })
})

describe('submitReport with a hostile response', () => {
  const endless: Responder = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const more = () => {
      while (response.writable && response.write(chunk)) {}
    }
    response.on('drain', more)
    response.on('error', () => {})
    more()
  }

  it('reads a limited part of an endless body', async () => {
    const server = await startServer(endless)

    await expect(submit({ apiUrl: server.url })).rejects.toMatchObject({ reason: 'no-json' })
  })

  it('does not decompress a body', async () => {
    const server = await startServer(json(200, 'x'.repeat(100), { 'content-encoding': 'gzip' }))

    await expect(submit({ apiUrl: server.url })).rejects.toMatchObject({ reason: 'no-json' })
    expect(server.received[0]?.headers['accept-encoding']).toBe('identity')
  })
})

const SERVER = new URL('https://jux.example.com/api')
const proxied = (noProxy: string, url = 'https://jux.example.com:8443') =>
  proxyFor(new URL(url), { HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }) !== undefined

describe('proxyFor', () => {
  it('uses the variable of the scheme, lower case first, and ignores empty ones', () => {
    const env = { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2', HTTP_PROXY: 'http://plain:3' }

    expect(proxyFor(SERVER, env)).toEqual({ uri: 'http://lower:2', variable: 'https_proxy' })
    expect(proxyFor(SERVER, { ...env, https_proxy: '' })).toMatchObject({ uri: 'http://upper:1' })
    expect(proxyFor(new URL('http://jux.example.com'), env)).toMatchObject({ uri: 'http://plain:3' })
    expect(proxyFor(SERVER, { HTTP_PROXY: 'http://plain:3' })).toBeUndefined()
    expect(proxyFor(SERVER, {})).toBeUndefined()
  })

  it('accepts a proxy without a scheme', () => {
    expect(proxyFor(SERVER, { HTTPS_PROXY: 'proxy.corp:3128' })?.uri).toBe('http://proxy.corp:3128')
    expect(proxyFor(SERVER, { HTTPS_PROXY: ' https://proxy.corp ' })?.uri).toBe('https://proxy.corp')
  })

  it('keeps the credentials of a proxy out of its URL', () => {
    expect(proxyFor(SERVER, { HTTPS_PROXY: 'http://us%40er:p%3Aw%@proxy:8080' })).toEqual({
      uri: 'http://proxy:8080',
      variable: 'HTTPS_PROXY',
      token: `Basic ${Buffer.from('us@er:p%3Aw%').toString('base64')}`,
    })
    expect(proxyFor(SERVER, { HTTPS_PROXY: 'user:secret@proxy:8080' })).toMatchObject({
      uri: 'http://proxy:8080',
      token: `Basic ${Buffer.from('user:secret').toString('base64')}`,
    })
  })

  it.each(['socks5://user:secret@proxy:1080', 'http://', 'ftp://proxy', '::'])(
    'refuses the proxy %j without showing it',
    (value) => {
      expect(() => proxyFor(SERVER, { HTTPS_PROXY: value })).toThrow(
        expect.objectContaining({
          code: 'CONFIG_INVALID_VALUE',
          reason: 'proxy',
          message: expect.not.stringContaining('secret'),
        }),
      )
    },
  )

  it('uses no proxy for this machine', () => {
    for (const url of ['http://localhost:4000', 'http://127.0.0.1', 'http://[::1]:4000']) {
      expect(proxyFor(new URL(url), { HTTP_PROXY: 'http://p:1' })).toBeUndefined()
    }
  })
})

describe('proxyFor with NO_PROXY', () => {
  it.each([
    '*',
    'jux.example.com',
    'JUX.example.com',
    'example.com',
    '.example.com',
    '*.example.com',
    'other, jux.example.com',
    'other jux.example.com',
    'jux.example.com:8443',
  ])('uses no proxy for a host that %j names', (noProxy) => expect(proxied(noProxy)).toBe(false))

  it.each(['', 'ample.com', 'jux.example.com:443', 'x.jux.example.com', '10.0.0.0/8', 'com.', ','])(
    'uses the proxy for a host that %j does not name',
    (noProxy) => expect(proxied(noProxy)).toBe(true),
  )

  it('compares IP addresses and networks', () => {
    expect(proxied('10.0.0.0/8', 'https://10.1.2.3')).toBe(false)
    expect(proxied('10.0.0.0/8', 'https://11.1.2.3')).toBe(true)
    expect(proxied('fd00::/8', 'https://[fd12::1]')).toBe(false)
    expect(proxied('[fd12::1]:443', 'https://[fd12::1]')).toBe(false)
    expect(proxied('fd12::1', 'https://[fd12::1]')).toBe(false)
    expect(proxied('2.3', 'https://10.1.2.3')).toBe(true)
    expect(proxied('10.0.0.0/99', 'https://10.1.2.3')).toBe(true)
  })
})
