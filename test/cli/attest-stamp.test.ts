import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readAttestation } from '../../src/attest/bundle.js'
import { attestScene } from '../support/attest-scene.js'
import { type CliResult, runJux } from '../support/cli.js'
import { startServer, text } from '../support/http-server.js'
import { startAuthority } from '../support/openssl-tsa.js'
import { testAuthority } from '../support/timestamps.js'
import { hasTool } from '../support/tools.js'

/** A scene whose clock is that of OpenSSL. */
async function scene() {
  const made = await attestScene()
  const jux = (
    argv: readonly string[],
    env: Record<string, string> = {},
    now = new Date().toISOString(),
  ): Promise<CliResult> => runJux(argv, { system: { cwd: made.cwd, now, env } })
  const timestamps = () => readAttestation(made.read('report.sigstore.json')).timestamps
  return { ...made, jux, timestamps }
}

const ATTEST = ['attest', 'report.xml', '--key', 'key.pem']
const VERIFY = ['verify', 'report.xml', '--attestation', 'report.sigstore.json']
const KEY = ['--public-key', 'key.pub.pem']

describe.skipIf(!hasTool('openssl'))('jux attest --tsa', () => {
  it('has the signature stamped, as openssl ts -verify confirms', async () => {
    const { cwd, path, jux, read, timestamps } = await scene()
    const { url } = await startAuthority(cwd)

    const { code, out, err } = await jux([...ATTEST, '--tsa', url, '--tsa-ca', 'root.crt'])

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/, stamped \d{4}-/)
    const [stamp] = timestamps()
    const [signature] = readAttestation(read('report.sigstore.json')).envelope.signatures
    writeFileSync(path('stamp.tsr'), stamp ?? '')
    writeFileSync(path('signature'), signature?.value ?? '')
    const verify = ['ts', '-verify', '-in', path('stamp.tsr'), '-data', path('signature'), '-CAfile', path('root.crt')]
    expect(execFileSync('openssl', verify, { encoding: 'utf8', stdio: 'pipe' })).toContain('Verification: OK')
  })

  it('asks the authorities of JUX_TSA_URL in order, until one answers', async () => {
    const { cwd, jux, timestamps } = await scene()
    const broken = await startServer(text(500, 'no'))
    const { url, received } = await startAuthority(cwd)

    const { code, err } = await jux(ATTEST, { JUX_TSA_URL: `http://127.0.0.1:1, ${broken.url} ${url}` })

    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect([broken.received.length, received.length, timestamps().length]).toEqual([1, 1, 1])
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/timestamp-query' })
  })

  it('writes the attestation without a stamp when the authority is away, says so in one line, and adds it later', async () => {
    const { cwd, jux, timestamps, read } = await scene()

    const away = await jux([...ATTEST, '--tsa', 'http://127.0.0.1:1'])

    expect(away.code).toBe(0)
    expect(away.err).toMatch(
      /^no time stamp: the time-stamping authority http:\/\/127\.0\.0\.1:1 cannot be reached: .*; later: npx jux attest --stamp report\.sigstore\.json\n$/,
    )
    expect(timestamps()).toEqual([])
    const { url } = await startAuthority(cwd)
    const before = read('report.sigstore.json')
    const added = await jux(['attest', '--stamp', 'report.sigstore.json', '--tsa', url])
    const again = await jux(['attest', '--stamp', 'report.sigstore.json', '--tsa', url])
    expect([added.code, again.code]).toEqual([0, 0])
    expect(added.out).toMatch(/^stamped {2}report\.sigstore\.json {2}\d{4}-/)
    expect(again.out).toContain('it has a time stamp already')
    expect(timestamps()).toHaveLength(1)
    expect(JSON.parse(read('report.sigstore.json')).dsseEnvelope).toEqual(JSON.parse(before).dsseEnvelope)
  })

  it('asks an authority that is away once, however many reports there are', async () => {
    const { jux, path, read } = await scene()
    const broken = await startServer(text(503, 'no'))
    writeFileSync(path('second.xml'), read('report.xml'))

    const { code, out } = await jux([
      'attest',
      'report.xml',
      'second.xml',
      '--key',
      'key.pem',
      '--tsa',
      broken.url,
      '--json',
    ])

    expect(code).toBe(0)
    expect(broken.received).toHaveLength(1)
    const away = { success: true, stamp_error: expect.stringContaining('the status 503') }
    expect(JSON.parse(out).results).toMatchObject([away, away])
  })

  it('waits for an authority that never answers as long as its limit, and for the others too', async () => {
    const { cwd } = await scene()
    const silent = await startServer(() => {})
    const waits: number[] = []
    const after = (ms: number, action: () => void) => {
      waits.push(ms)
      const timer = setTimeout(action, ms / 100)
      return () => clearTimeout(timer)
    }

    const { code, err } = await runJux([...ATTEST, '--tsa', silent.url, '--tsa', silent.url], {
      system: { cwd, after, now: new Date().toISOString() },
    })

    expect({ code, waits }).toEqual({ code: 0, waits: [10_000, 10_000] })
    expect(err).toMatch(/^no time stamp: .*; later: npx jux attest --stamp report\.sigstore\.json\n$/)
  })

  it.each([
    ['answers another request', (_: Buffer, __: Buffer, recorded: Buffer) => recorded, 'is over another signature'],
    ['answers with something else', () => Buffer.from('<html>'), 'is not a response of RFC 3161'],
    ['changes the signature', (answer: Buffer) => flipLast(answer), 'has a signature that does not match'],
  ])('keeps no stamp of an authority that %s', async (_, change, message) => {
    const { cwd, jux, timestamps } = await scene()
    let recorded: Buffer | undefined
    const { url } = await startAuthority(cwd, (answer, query) => {
      recorded ??= answer
      return change(answer, query, recorded)
    })
    await jux([...ATTEST, '--tsa', url])

    const { code, err } = await jux([...ATTEST, '--tsa', url])

    expect(code).toBe(0)
    expect(err).toContain(message)
    expect(timestamps()).toEqual([])
  })

  it('keeps no stamp that was made for an earlier request about the same signature', async () => {
    const { cwd, jux, timestamps } = await scene()
    const answers: Buffer[] = []
    const { url } = await startAuthority(cwd, (answer) => {
      answers.push(answer)
      return answers.length === 1 ? Buffer.from('lost') : (answers[0] ?? answer)
    })
    await jux(['attest', '--stamp', 'report.sigstore.json', '--tsa', url])

    const { code, out } = await jux(['attest', '--stamp', 'report.sigstore.json', '--tsa', url])

    expect(code).toBe(1)
    expect(out).toContain('answers another request: its nonce differs (nonce)')
    expect(timestamps()).toEqual([])
  })

  it('keeps no stamp of an authority that --tsa-ca does not trust', async () => {
    const { cwd, path, jux, timestamps } = await scene()
    const { url } = await startAuthority(cwd)
    writeFileSync(path('other.crt'), testAuthority().root.toString())

    const { err } = await jux([...ATTEST, '--tsa', url, '--tsa-ca', 'other.crt'])

    expect(err).toContain('is not a trusted authority at that time')
    expect(timestamps()).toEqual([])
  })

  it.each([
    [['--tsa', 'ftp://tsa.example'], 1, 'is not the http or https URL'],
    [['--tsa', 'https://user:secret@tsa.example'], 1, 'is not the http or https URL'],
    [['--tsa-ca', 'root.crt'], 64, '--tsa-ca requires --tsa or JUX_TSA_URL'],
    [['--tsa', 'https://tsa.example', '--format', 'dsse'], 64, '--tsa needs a bundle'],
    [['--stamp', '--format', 'dsse'], 64, '--stamp cannot be combined'],
    [['--stamp'], 1, 'no time-stamping authority is given'],
  ])('refuses %j', async (args, expected, message) => {
    const { jux } = await scene()

    const { code, err } = await jux([...ATTEST, ...args])

    expect(code).toBe(expected)
    expect(err).toContain(message)
    expect(err).not.toContain('secret')
  })
})

describe.skipIf(!hasTool('openssl'))('jux verify --tsa-ca', () => {
  async function stamped() {
    const made = await scene()
    const { url } = await startAuthority(made.cwd)
    await made.jux([...ATTEST, '--tsa', url])
    return made
  }

  it('verifies the stamp without a network, and shows the stamped time', async () => {
    const { jux } = await stamped()

    const report = await jux([...VERIFY, ...KEY, '--tsa-ca', 'root.crt', '--json'])
    const alone = await jux(['verify', 'report.sigstore.json', ...KEY, '--tsa-ca', 'root.crt'])

    expect(report.code).toBe(0)
    const age = Date.now() - Date.parse(JSON.parse(report.out).attestation.stamped_at)
    expect(age).toBeGreaterThan(-2_000)
    expect(age).toBeLessThan(60_000)
    expect(alone.out).toMatch(/, stamped \d{4}-/)
  })

  it('judges the certificates at the stamped time: report and attestation outlive them', async () => {
    const { jux } = await stamped()
    const later = '2039-01-01T00:00:00Z'
    const expired = [...VERIFY, '--cert', 'key.crt', '--json']

    const without = await jux(expired, {}, later)
    const withStamp = await jux([...expired, '--tsa-ca', 'root.crt'], {}, later)

    expect(JSON.parse(without.out)).toMatchObject({ valid: false, code: 'CERT_EXPIRED' })
    expect(JSON.parse(withStamp.out)).toMatchObject({ valid: true, signer: { basis: 'certificate' } })
  })

  it('refuses a certificate that had expired when the signature was stamped', async () => {
    const { jux, path } = await stamped()
    await jux(
      ['keygen', '--type', 'ecdsa', '--cert', '--output', 'short.pem', '--days-valid', '1'],
      {},
      '2026-01-01T00:00:00Z',
    )
    await jux(['sign', 'plain.xml', '--key', 'short.pem', '--output', 'report.xml'])
    const { url } = await startAuthority(path('.'))
    await jux(['attest', 'report.xml', '--key', 'short.pem', '--tsa', url])

    const { code, out } = await jux([...VERIFY, '--cert', 'short.crt', '--tsa-ca', 'root.crt', '--json'])

    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ valid: false, reason: 'certificate-expired' })
  })

  it('refuses an attestation without a stamp, and a stamp of another signature', async () => {
    const { jux, json, path } = await stamped()
    const good: { verificationMaterial: { timestampVerificationData: unknown } } = JSON.parse(
      readFileSync(path('report.sigstore.json'), 'utf8'),
    )
    await jux(ATTEST)

    const missing = await jux([...VERIFY, ...KEY, '--tsa-ca', 'root.crt', '--json'])
    const moved = Object.assign({}, json('report.sigstore.json'), { verificationMaterial: good.verificationMaterial })
    writeFileSync(path('report.sigstore.json'), JSON.stringify(moved))
    const other = await jux([...VERIFY, ...KEY, '--tsa-ca', 'root.crt', '--json'])

    expect(JSON.parse(missing.out)).toMatchObject({ valid: false, code: 'TIMESTAMP_INVALID', reason: 'missing' })
    expect(JSON.parse(other.out)).toMatchObject({ valid: false, code: 'TIMESTAMP_INVALID', reason: 'imprint' })
  })

  it('refuses the stamp of an authority that it does not trust', async () => {
    const { jux, path } = await stamped()
    writeFileSync(path('root.crt'), testAuthority().root.toString())

    const { out } = await jux([...VERIFY, ...KEY, '--tsa-ca', 'root.crt', '--json'])

    expect(JSON.parse(out)).toMatchObject({ valid: false, reason: 'chain' })
  })

  it('needs an attestation, and no other time', async () => {
    const { jux } = await stamped()

    const plain = await jux(['verify', 'report.xml', ...KEY, '--tsa-ca', 'root.crt', '--json'])
    const both = await jux([...VERIFY, ...KEY, '--tsa-ca', 'root.crt', '--at', '2026-01-01'])

    expect(JSON.parse(plain.out)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      suggestions: ['add --attestation report.sigstore.json'],
    })
    expect({ code: both.code, err: both.err }).toMatchObject({ code: 64, err: expect.stringContaining('--at cannot') })
  })
})

/** The last byte is the end of the signature. */
function flipLast(answer: Buffer): Buffer {
  const changed = Buffer.from(answer)
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  return changed
}
