import { createHash, createPublicKey } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contentHash, generateKey, loadSigner, realSystem } from 'jux-reporter'
import { describe, expect, it } from 'vitest'
import { verifyReceipt } from '../../src/attest/receipt.js'
import { temporaryFolder } from '../../test/support/folders.js'
import { createKey } from '../src/access/keys.js'
import { main } from '../src/cli.js'
import { loadSettings } from '../src/settings.js'
import { ENGINES, engineUnderTest } from './support/engines.js'
import { JSON_HEADERS, report, XML } from './support/reports.js'
import { type TestResponse, type TestServer, testServer } from './support/server.js'
import { newKey } from './support/signing.js'

const SUBMIT = '/api/v1/junit/submit'
const URL = 'https://jux.example.com/team'
const key = newKey()
const signer = newKey()

function keyFile(): string {
  const path = join(temporaryFolder(), 'receipts.pem')
  writeFileSync(path, key.privatePem, { mode: 0o600 })
  return path
}

const start = (overrides: Parameters<typeof testServer>[0] = {}, prepare?: Parameters<typeof testServer>[1]) =>
  testServer({ receiptKey: keyFile(), publicUrl: URL, ...overrides }, prepare)

/** The verified content of a receipt. */
function contentOf(receipt: unknown) {
  const trust = { publicKeys: [createPublicKey(key.publicPem)] }
  return verifyReceipt(JSON.stringify(receipt), trust, new Date()).content
}

const receiptIn = ({ json }: TestResponse): unknown =>
  typeof json === 'object' && json !== null ? Reflect.get(json, 'receipt') : undefined

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function receiptOf(server: TestServer, id: string) {
  return contentOf((await server.get(`/api/v1/test_runs/${id}/receipt`)).json)
}

describe.each(ENGINES)('a receipt of jux-server on %s', (engine) => {
  const { newDatabase } = engineUnderTest(engine)

  it('says what is stored, in every answer to a submission, and again later', async () => {
    const server = await start({ databaseUrl: await newDatabase() })
    const xml = await signer.sign(report())
    const envelope = JSON.stringify({ report: xml, canonical_hash: contentHash(Buffer.from(xml)) })

    const first = await server.post(SUBMIT, xml, XML)
    server.advance(60_000)
    const again = await server.post(SUBMIT, JSON.stringify({ xml_content: xml }), JSON_HEADERS)
    const legacy = await server.post('/junit/submit', xml, XML)
    const reports = await server.post('/api/v1/reports', envelope, JSON_HEADERS)

    const id = first.at('test_run_id')
    const run = await server.get(`/api/v1/test_runs/${id}`)
    const content = contentOf(receiptIn(first))
    expect(content).toEqual({
      version: 1,
      server: URL,
      id,
      project: 'shop',
      received_at: run.at('inserted_at'),
      content_hash: contentHash(Buffer.from(xml)),
      sha256: sha256(xml),
      tests: 4,
      failures: 1,
      errors: 1,
      skipped: 1,
      signature: 'untrusted',
    })
    expect([again.at('status'), reports.status]).toEqual(['duplicate', 409])
    for (const other of [again, legacy, reports]) expect(contentOf(receiptIn(other))).toEqual(content)
    expect(await receiptOf(server, id)).toEqual(content)
  })

  it('names the bytes that are stored: those of the first copy, until a better signed one replaces it', async () => {
    const server = await start({ databaseUrl: await newDatabase() })
    const [unsigned, signed, other] = [report(), await signer.sign(report()), await signer.sign(report())]

    const first = contentOf(receiptIn(await server.post(SUBMIT, unsigned, XML)))
    server.advance(60_000)
    const better = contentOf(receiptIn(await server.post(SUBMIT, signed, XML)))
    server.advance(60_000)
    const same = contentOf(receiptIn(await server.post(SUBMIT, other, XML)))

    expect(first).toMatchObject({ signature: 'unsigned', sha256: sha256(unsigned) })
    expect(better).toMatchObject({ id: first.id, signature: 'untrusted', sha256: sha256(signed) })
    expect(Date.parse(better.received_at) - Date.parse(first.received_at)).toBeGreaterThanOrEqual(60_000)
    expect(other).not.toBe(signed)
    expect(same).toEqual(better)
    expect((await server.get(`/api/v1/test_runs/${first.id}/report`)).text).toBe(signed)
  })

  it('is made for a report that was stored before receipts were, from its bytes', async () => {
    const server = await start({ databaseUrl: await newDatabase() })
    const answer = await server.post(SUBMIT, report(), XML)
    await server.database.updateTable('runs').set({ bytes_sha256: null }).execute()

    expect(await receiptOf(server, answer.at('test_run_id'))).toEqual(contentOf(receiptIn(answer)))
    expect(contentOf(receiptIn(await server.post(SUBMIT, report(), XML))).sha256).toBe(sha256(report()))
  })
})

describe('a receipt of jux-server', () => {
  it('is in the answer for a report that a thread has stored in parts', async () => {
    const server = await start()
    const cases = Array.from({ length: 2_500 }, (_, at) => `<testcase name="${at}"/>`).join('')
    const xml = report({ cases, name: 'many' })

    const answer = await server.post(SUBMIT, xml, XML)

    expect(contentOf(receiptIn(answer))).toMatchObject({ tests: 2_500, sha256: sha256(xml) })
  })

  it('is not in the answer for a report that is refused', async () => {
    const server = await start({ policy: 'require-signed' })

    const answer = await server.post(SUBMIT, report(), XML)

    expect({ status: answer.status, receipt: receiptIn(answer) }).toEqual({ status: 422, receipt: undefined })
  })

  it('is only for those who may read the run', async () => {
    const texts: string[] = []
    const server = await start({}, async (database) => {
      for (const project of ['shop', 'bank']) {
        texts.push((await createKey(database, { name: project, scope: 'all', project }, Date.now())).text)
      }
    })
    const as = (at: number) => ({ authorization: `Bearer ${texts[at]}` })
    const id = (await server.post(SUBMIT, report(), { ...XML, ...as(0) })).at('test_run_id')
    const path = `/api/v1/test_runs/${id}/receipt`

    const statuses = [await server.get(path, as(0)), await server.get(path, as(1)), await server.get(path)]

    expect(statuses.map(({ status }) => status)).toEqual([200, 404, 401])
    expect(statuses[0]?.headers.get('content-disposition')).toMatch(/filename="[0-9a-f]{64}\.receipt\.json"$/)
  })

  it('names the address that the server listens on if no other one is set, and never the Host of a request', async () => {
    const server = await start({ publicUrl: undefined })

    const { server: name } = contentOf(receiptIn(await server.post(SUBMIT, report(), { ...XML, host: 'localhost:1' })))

    expect(name).toBe(server.url)
  })

  it('is absent without a key: in answers, at its path, and at the path of the key', async () => {
    const server = await testServer()

    const answer = await server.post(SUBMIT, report(), XML)
    const later = await server.get(`/api/v1/test_runs/${answer.at('test_run_id')}/receipt`)
    const publicKey = await server.get('/api/receipt-key')

    expect(answer.status).toBe(201)
    expect(answer.text).not.toContain('receipt')
    for (const { status, json } of [later, publicKey]) {
      expect({ status, json }).toMatchObject({ status: 404, json: { error: 'this server signs no receipts' } })
    }
  })

  it('has a public key that everybody can compare', async () => {
    const server = await start({}, (database) => createKey(database, { name: 'a', scope: 'all' }, Date.now()))

    const { status, text, headers } = await server.get('/api/receipt-key')

    expect({ status, text }).toEqual({ status: 200, text: key.publicPem })
    expect(headers.get('content-type')).toBe('application/x-pem-file')
    expect(server.log.find((line) => line.includes('"started"'))).toContain(`"receiptKey":"${key.fingerprint}"`)
    expect(server.log.join()).not.toContain('PRIVATE')
  })

  it('is in the OpenAPI document, with its paths', async () => {
    const { json } = await (await start()).get('/api/openapi.json')

    expect(json).toMatchObject({
      paths: {
        '/api/receipt-key': {
          get: { summary: expect.stringContaining('trust only a key that you got in another way') },
        },
        '/api/v1/test_runs/{id}/receipt': { get: {} },
      },
      components: {
        schemas: {
          SubmissionAccepted: { properties: { receipt: { $ref: '#/components/schemas/Receipt' } } },
          ReportAccepted: { properties: { receipt: { $ref: '#/components/schemas/Receipt' } } },
        },
      },
    })
  })
})

describe('the key for receipts', () => {
  const failure = (path: string) =>
    testServer({ receiptKey: path }).then(
      () => undefined,
      (error: unknown) => error,
    )

  it('that does not exist stops the start, with the command that makes one', async () => {
    const path = join(temporaryFolder(), 'none.pem')

    expect(await failure(path)).toMatchObject({
      code: 'KEY_NOT_FOUND',
      message: `no receipts can be signed: no private key at ${path}`,
      suggestions: [`jux-server receipt-key create ${path}`, expect.stringContaining('JUX_SERVER_RECEIPT_KEY')],
    })
  })

  it.skipIf(process.platform === 'win32')('that others can read stops the start', async () => {
    const path = keyFile()
    chmodSync(path, 0o644)

    expect(await failure(path)).toMatchObject({ code: 'KEY_PERMISSION_DENIED', suggestions: [`chmod 600 ${path}`] })
  })

  it('that is a public key stops the start, and no cure names a setting of the reporters', async () => {
    const path = join(temporaryFolder(), 'receipts.pem')
    writeFileSync(path, key.publicPem)

    const error = await failure(path)

    expect(error).toMatchObject({ code: 'KEY_INVALID_FORMAT', reason: 'not-private' })
    expect(JSON.stringify(error)).not.toMatch(/JUX_KEY|JUX_CERT/)
  })

  it('may be an RSA key', async () => {
    const rsa = await generateKey({ type: 'rsa', bits: 2048 })
    const path = join(temporaryFolder(), 'rsa.pem')
    writeFileSync(path, rsa.privateKey, { mode: 0o600 })
    const server = await testServer({ receiptKey: path })

    const receipt = JSON.stringify(receiptIn(await server.post(SUBMIT, report(), XML)))

    const trust = { publicKeys: [createPublicKey(rsa.publicKey)] }
    expect(verifyReceipt(receipt, trust, new Date()).signed.fingerprint).toBe(rsa.fingerprint)
  })
})

describe('jux-server receipt-key create', () => {
  async function run(cwd: string, ...argv: string[]) {
    let out = ''
    let err = ''
    const code = await main(argv, {
      system: { ...realSystem(), cwd, env: {} },
      out: (text) => {
        out += text
      },
      err: (text) => {
        err += text
      },
      untilStopped: async () => 'SIGTERM',
    })
    return { code, out, err }
  }

  it('writes a key that only its owner can read, its public key, and nothing into the database', async () => {
    const cwd = temporaryFolder()

    const { code, out, err } = await run(cwd, '--data', 'data', 'receipt-key', 'create', 'receipts.pem')

    const path = join(cwd, 'receipts.pem')
    const { fingerprint } = await loadSigner({ keyPath: path })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`fingerprint  ${fingerprint}\n`)
    expect(out).toMatch(/jux-server --receipt-key \S+receipts\.pem\n$/)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(cwd, 'receipts.pub.pem'), 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(existsSync(join(cwd, 'data'))).toBe(false)
  })

  it('overwrites no key', async () => {
    const cwd = temporaryFolder()
    await run(cwd, 'receipt-key', 'create', 'receipts.pem')
    const before = readFileSync(join(cwd, 'receipts.pem'), 'utf8')

    const { code, err } = await run(cwd, 'receipt-key', 'create', 'receipts.pem')

    expect({ code, after: readFileSync(join(cwd, 'receipts.pem'), 'utf8') }).toEqual({ code: 1, after: before })
    expect(err).toContain('already exists, and keys are never overwritten')
    expect(err).not.toContain('--output')
  })
})

describe('the setting publicUrl', () => {
  it.each([
    'jux.example.com',
    'ftp://jux.example.com',
    'https://me:secret@jux.example.com',
    'https://a/?b',
    'https://a/#b',
  ])('refuses %s', async (publicUrl) => {
    expect(() => loadSettings({ publicUrl }, { ...realSystem(), env: {} })).toThrow(
      '--public-url: must be an http or https address without a login, a query and a fragment',
    )
  })
})
