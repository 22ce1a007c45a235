import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { submitReport } from '../../src/submit/client.js'
import { packageVersion } from '../../src/version.js'
import { created, json, startServer } from '../support/http-server.js'
import { HASH, submission, submitError, XML } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

const SIGNED = `<t><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod></ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature></t>`

describe('submitReport with the json protocol', () => {
  it('posts the report and its metadata, and returns a receipt', async () => {
    const server = await startServer(created)

    const receipt = await submitReport(submission(), { apiUrl: server.url }, fixedSystem())

    const [request] = server.received
    expect(request).toMatchObject({ method: 'POST', path: '/api/v1/junit/submit' })
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'idempotency-key': HASH,
      'user-agent': `jux-reporter/${packageVersion()} node/20.19.0`,
      'content-length': String(request?.body.length),
    })
    expect(request?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(String(request?.body))).toEqual({
      xml_content: XML,
      metadata: { project: 'app', branch: 'main', tags: [], environment: 'test', ci_metadata: null },
    })
    expect(receipt).toEqual({
      status: 'created',
      id: 'run-1',
      message: 'stored',
      url: `${server.url}/api/v1/junit/submit`,
      httpStatus: 201,
      attempts: 1,
      warnings: [],
    })
  })

  it.each([
    [{ apiKey: 'k-1' }, 'Bearer k-1'],
    [{ bearerToken: 't-1' }, 'Bearer t-1'],
    [{ apiKey: 'k-1', bearerToken: 't-1' }, 'Bearer k-1'],
  ])('sends the credentials %j as the header "Authorization: %s"', async (credentials, authorization) => {
    const server = await startServer(created)

    await submitReport(submission(), { apiUrl: server.url, ...credentials }, fixedSystem())

    expect(server.received[0]?.headers.authorization).toBe(authorization)
    expect(server.received[0]?.headers).not.toHaveProperty('x-api-key')
    expect(server.probes[0]?.headers).not.toHaveProperty('authorization')
  })
})

describe('submitReport with the xml protocol', () => {
  it('posts the bytes of the report unchanged', async () => {
    const server = await startServer(created)
    const bytes = Buffer.from([0x3c, 0x61, 0x3e, 0xe9, 0x3c, 0x2f, 0x61, 0x3e])

    await submitReport(submission({ bytes }), { apiUrl: server.url, protocol: 'xml' }, fixedSystem())

    expect(server.received[0]).toMatchObject({ path: '/api/v1/junit/submit' })
    expect(server.received[0]?.headers['content-type']).toBe('application/xml')
    expect(server.received[0]?.body.equals(bytes)).toBe(true)
  })
})

describe('submitReport with the reports protocol', () => {
  it('posts the envelope, with an API key in X-API-Key', async () => {
    const server = await startServer(json(201, { status: 'created', id: 'report-1', message: 'ok' }))
    const settings = { apiUrl: `${server.url}/api/v1/reports`, apiKey: 'k-1', bearerToken: 't-1' }

    const receipt = await submitReport(submission({ bytes: Buffer.from(SIGNED) }), settings, fixedSystem())

    expect(receipt).toMatchObject({ status: 'created', id: 'report-1' })
    expect(server.received[0]).toMatchObject({ path: '/api/v1/reports' })
    expect(server.received[0]?.headers['x-api-key']).toBe('k-1')
    expect(server.received[0]?.headers).not.toHaveProperty('authorization')
    expect(JSON.parse(String(server.received[0]?.body))).toEqual({
      report: SIGNED,
      canonical_hash: `sha256:${HASH}`,
      signature_algorithm: 'RSA-SHA256',
      metadata: { environment: {} },
    })
  })

  it('sends a bearer token as "Authorization: Bearer"', async () => {
    const server = await startServer(json(201, { status: 'created', id: 'r' }))
    const settings = { apiUrl: server.url, protocol: 'reports', bearerToken: 't-1' } as const

    await submitReport(submission({ bytes: Buffer.from(SIGNED) }), settings, fixedSystem())

    expect(server.received[0]?.headers.authorization).toBe('Bearer t-1')
  })

  it('refuses an unsigned report before any request', async () => {
    const server = await startServer(created)

    const error = await submitError({ apiUrl: server.url, protocol: 'reports' })

    expect(error).toMatchObject({ code: 'XML_SIGNATURE_MISSING', reason: 'protocol-reports' })
    expect([...server.received, ...server.probes]).toEqual([])
  })
})

describe('submitReport with a report in another encoding', () => {
  it('sends it as text under json, without the encoding declaration', async () => {
    const server = await startServer(created)
    const bytes = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1')

    await submitReport(submission({ bytes }), { apiUrl: server.url }, fixedSystem())

    expect(JSON.parse(String(server.received[0]?.body)).xml_content).toBe('<?xml version="1.0"?><a>é</a>')
  })

  it('refuses a report that is not in the encoding it declares', async () => {
    const sent = submitReport(
      submission({ bytes: Buffer.from([0x3c, 0xff]) }),
      { apiUrl: 'http://127.0.0.1:9' },
      fixedSystem(),
    )

    await expect(sent).rejects.toMatchObject({ code: 'XML_PARSE_ERROR', reason: 'encoding' })
  })
})

describe('submitReport with gzip', () => {
  it('compresses the body', async () => {
    const server = await startServer(created)

    await submitReport(submission(), { apiUrl: server.url, protocol: 'xml', gzip: true }, fixedSystem())

    expect(server.received[0]?.headers['content-encoding']).toBe('gzip')
    expect(String(gunzipSync(server.received[0]?.body ?? ''))).toBe(XML)
  })
})

describe('the credentials of submitReport', () => {
  it('are not sent over plain http to another machine', async () => {
    const error = await submitError({ apiUrl: 'http://jux.example.com', apiKey: 'k' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'insecure-http' })
    expect(error.suggestions.join('\n')).toMatch(
      /^use https in JUX_API_URL[\s\S]*\nexport JUX_ALLOW_INSECURE_HTTP=true/,
    )
  })

  it('are sent over plain http to another machine with allowInsecureHttp', async () => {
    const error = await submitError({
      apiUrl: 'http://jux.invalid',
      apiKey: 'k',
      allowInsecureHttp: true,
      apiMaxRetries: 0,
    })

    expect(error).toMatchObject({ reason: 'name-not-found' })
  })

  it('are refused when they contain a line break, and are not shown', async () => {
    const error = await submitError({ apiUrl: 'http://127.0.0.1:9', apiKey: 'abc\r\nX: y' })

    expect(error).toMatchObject({ code: 'CONFIG_INVALID_VALUE', reason: 'credential-characters' })
    expect(error.message).not.toContain('abc')
  })
})
