import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Body, bytesBody, gzipped, jsonBody, streamOf } from '../../src/submit/body.js'
import { submitReport } from '../../src/submit/client.js'
import { buildRequest } from '../../src/submit/request.js'
import { realSystem } from '../../src/system.js'
import { created, json, startServer, text } from '../support/http-server.js'
import { HASH, skipRetryDelays, submission } from '../support/submissions.js'
import { fixedSystem } from '../support/system.js'

const bytesOf = (body: Body) => Buffer.concat([...body.parts()].map((part) => Uint8Array.from(part)))

/** The same bytes in chunks of these sizes, one after the other. */
function inChunks(bytes: Buffer, sizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return chunks
}

/** More than a socket buffers, with characters of one to four bytes. */
const LARGE = Buffer.from(`<testsuites name="${'"q\\uot\\e" ünï 𝄞 \u2028\n\t&amp;'.repeat(200_000)}"></testsuites>`)

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const largeJson = () =>
  Buffer.from(
    JSON.stringify({
      xml_content: LARGE.toString(),
      metadata: { project: 'app', branch: 'main', tags: [], environment: 'test', ci_metadata: null },
    }),
  )
const large = () => submission({ bytes: inChunks(LARGE, [262_144, 65_537, 3]) })

async function listen(listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

describe('jsonBody', () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCharCode(code)),
      fc.constantFrom('"', '\\', '\n', '\r', '\t', '\b', '\f', '\u2028', '\u2029', '\u007f', 'é', '語', '𝄞', '\ufeff'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 200,
  })
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

  it('has the bytes of JSON.stringify for any text in any chunks, and says their number', () => {
    fc.assert(
      fc.property(anyText, sizes, fc.json(), (any, lengths, value) => {
        // What is no part of UTF-8 cannot be in a report.
        const bytes = Buffer.from(any)
        const rest = { value, other: 1 }
        const body = jsonBody('text', inChunks(bytes, lengths), rest)
        const wanted = Buffer.from(JSON.stringify({ text: bytes.toString(), ...rest }))

        expect(bytesOf(body).equals(wanted)).toBe(true)
        expect(body.sizeBytes).toBe(wanted.length)
      }),
      { numRuns: 2_000, seed: 20_261_127 },
    )
  })

  it('has the bytes of JSON.stringify for control characters only, which grow most', () => {
    const controls = '\u0001'.repeat(100_000)
    const body = jsonBody('text', inChunks(Buffer.from(controls), [9_999]), { a: 1 })

    expect(bytesOf(body).toString()).toBe(JSON.stringify({ text: controls, a: 1 }))
  })
})

describe('buildRequest', () => {
  it('makes the same body of a report in chunks as of one in one piece, with a byte order mark too', () => {
    const bytes = Buffer.from('\ufeff<testsuites name="grüße 𝄞">\n</testsuites>')
    const { text: decoded, rest } = { text: bytes.toString().slice(1), rest: { project: 'app', branch: 'main' } }
    for (let size = 1; size < 12; size++) {
      const { body } = buildRequest('json', submission({ bytes: inChunks(bytes, [size]) }))

      expect(JSON.parse(bytesOf(body).toString())).toMatchObject({ xml_content: decoded, metadata: rest })
      expect(bytesOf(body).equals(bytesOf(buildRequest('json', submission({ bytes })).body))).toBe(true)
    }
  })

  it.each([
    ['a character that is not complete', [0x3c, 0xe2, 0x82]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a byte that begins no character', [0x3c, 0xbf]],
  ])('refuses %s, whatever the chunks are', (_, bytes) => {
    for (const size of [1, 2, 3]) {
      const report = submission({ bytes: inChunks(Buffer.from(bytes), [size]) })

      expect(() => buildRequest('json', report)).toThrow('the report is not in the encoding that it declares (utf-8)')
    }
  })

  it('finds the signature algorithm of a report whose chunks split it', () => {
    const signed = Buffer.from(
      '<t><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod></t>',
    )
    for (let size = 1; size < signed.length; size += 7) {
      const { body } = buildRequest('reports', submission({ bytes: inChunks(signed, [size]) }))

      expect(JSON.parse(bytesOf(body).toString())).toEqual({
        report: signed.toString(),
        canonical_hash: `sha256:${HASH}`,
        signature_algorithm: 'ECDSA-SHA256',
        metadata: { environment: {} },
      })
    }
  })
})

describe('gzipped', () => {
  it('compresses what the parts are together', async () => {
    const { gunzipSync } = await import('node:zlib')

    const body = await gzipped(jsonBody('text', [LARGE], { a: 1 }))

    expect(body.sizeBytes).toBe(bytesOf(body).length)
    expect(gunzipSync(bytesOf(body)).toString()).toBe(JSON.stringify({ text: LARGE.toString(), a: 1 }))
  })
})

describe('streamOf', () => {
  it('ends with the error of the parts, and does not throw it into the process', async () => {
    const broken: Body = {
      sizeBytes: 1,
      *parts() {
        yield Buffer.from('a')
        throw new Error('no more')
      },
    }

    await expect(streamOf(broken).toArray()).rejects.toThrow('no more')
    expect(await streamOf(bytesBody([Buffer.from('a'), Buffer.from('b')])).toArray()).toHaveLength(2)
  })
})

describe('submitReport with a large report', () => {
  it('sends the bytes of JSON.stringify with their exact length to a server that reads slowly', async () => {
    const hash = createHash('sha256')
    let length: string | undefined
    const url = await listen(async (request, response) => {
      if (request.method === 'GET') return void response.writeHead(404).end()
      length = request.headers['content-length']
      for await (const chunk of request) {
        hash.update(chunk)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"test_run_id":"a"}')
    })

    const receipt = await submitReport(large(), { apiUrl: url }, realSystem())

    expect(receipt.status).toBe('created')
    expect({ length, hash: hash.digest('hex') }).toEqual({
      length: String(largeJson().length),
      hash: hashOf(largeJson()),
    })
  })

  it('sends the same bytes again after a failure and after a redirect', async () => {
    skipRetryDelays()
    const server = await startServer(json(503, {}), text(307, '', { location: '/elsewhere' }), created)

    const receipt = await submitReport(large(), { apiUrl: server.url }, fixedSystem())

    expect(receipt).toMatchObject({ status: 'created', attempts: 2 })
    expect(server.received.map(({ body }) => hashOf(body))).toEqual(Array(3).fill(hashOf(largeJson())))
  })

  it.each([401, 413])('understands the status %i of a server that answers while the body is sent', async (status) => {
    const url = await listen((request, response) => {
      if (request.method === 'GET') return void response.writeHead(404).end()
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"no"}')
    })

    const sent = submitReport(large(), { apiUrl: url }, realSystem())

    await expect(sent).rejects.toMatchObject({ reason: `http-${status}` })
  })

  it('ends at the deadline when the server stops reading', async () => {
    const url = await listen((request) => request.pause())

    const sent = submitReport(large(), { apiUrl: url }, realSystem(), { deadlineMs: 600 })

    await expect(sent).rejects.toMatchObject({ code: 'API_TIMEOUT', reason: 'deadline' })
  })
})
