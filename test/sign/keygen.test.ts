import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyKind } from '../../src/sign/algorithms.js'
import { parseDistinguishedName } from '../../src/sign/distinguished-name.js'
import { generateKey, type KeyOptions } from '../../src/sign/keygen.js'
import { loadSigner } from '../../src/sign/keys.js'
import { selfSignedCertificate } from '../../src/sign/x509.js'
import { temporaryFolder } from '../support/folders.js'
import { KEY_KINDS, type KeyPair, newKeyPair } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'
import { hasTool } from '../support/tools.js'

const PAIR = newKeyPair('P-256')

/** Distinguished names with difficult characters and forms. */
const SUBJECTS: Readonly<Record<string, string>> = {
  'one attribute': 'CN=jux-reporter',
  'every attribute':
    'C=CH,ST=ZH,L=Zürich,STREET=1 Way,O=Org,OU=Unit,CN=n,SN=s,SERIALNUMBER=12-3,UID=u,DC=example,DC=com,E=a@example.com',
  'attributes joined by a plus': 'CN=a+UID=b+OU=longer than the others,O=d',
  'characters of one to four bytes': 'CN=a ü 日本語 𝄞 עברית',
  'characters that are escaped': 'CN="a, b + \\"c\\" = <d>; #e\\\\f",O=\\#first,OU=\\ blanks\\ ',
  'more than 64 KiB': `CN=${'long '.repeat(14_000)}end`,
  'attributes without a name': '1.2.3.4=x,2.999.18446744073709551617=large arcs',
}

function certificateOf(pair: KeyPair, subject: string): string {
  return selfSignedCertificate(pair, { subject, validFrom: new Date(), daysValid: 30 })
}

describe('generateKey', () => {
  it('makes an RSA key of 3072 bits and no certificate by default', async () => {
    const { privateKey, publicKey, ...rest } = await generateKey()

    expect(keyKind(createPrivateKey(privateKey))).toEqual({ family: 'rsa', bits: 3072, description: 'RSA 3072' })
    expect(createPublicKey(privateKey).equals(createPublicKey(publicKey))).toBe(true)
    expect(rest).toEqual({
      certificate: undefined,
      keyDescription: 'RSA 3072',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it.each<[KeyOptions, string]>([
    [{ bits: 2048 }, 'RSA 2048'],
    [{ type: 'ecdsa' }, 'ECDSA P-256'],
    [{ type: 'ecdsa', curve: 'P-384' }, 'ECDSA P-384'],
    [{ type: 'ecdsa', curve: 'P-521' }, 'ECDSA P-521'],
  ])('makes a key that loadSigner accepts, with %j', async (options, keyDescription) => {
    const made = await generateKey(options)

    const signer = await loadSigner({ key: made.privateKey })
    expect(signer).toMatchObject({ keyDescription, fingerprint: made.fingerprint })
    expect(made.keyDescription).toBe(keyDescription)
  })

  it('makes a certificate for CN=jux-reporter that is valid for a year by default', async () => {
    const system = fixedSystem({ now: '2026-01-01T00:00:00.500Z' })

    const made = await generateKey({ type: 'ecdsa', certificate: true }, system)

    const certificate = new X509Certificate(made.certificate ?? '')
    expect({
      subject: certificate.subject,
      from: new Date(certificate.validFrom).toISOString(),
      to: new Date(certificate.validTo).toISOString(),
      isOfThisKey: certificate.checkPrivateKey(createPrivateKey(made.privateKey)),
    }).toEqual({
      subject: 'CN=jux-reporter',
      from: '2026-01-01T00:00:00.000Z',
      to: '2027-01-01T00:00:00.000Z',
      isOfThisKey: true,
    })
  })

  it('makes a certificate with the given subject and number of days', async () => {
    const certificate = { subject: 'CN=Nightly,O=Example', daysValid: 90 }

    const made = await generateKey({ type: 'ecdsa', certificate }, fixedSystem({ now: '2026-01-01T00:00:00Z' }))

    const { subject, validTo } = new X509Certificate(made.certificate ?? '')
    expect([subject, new Date(validTo).toISOString()]).toEqual(['CN=Nightly\nO=Example', '2026-04-01T00:00:00.000Z'])
  })

  it.each([
    ['a type of key that does not sign reports', '{"type":"dsa"}'],
    ['a key of 1024 bits', '{"bits":1024}'],
    ['a type of key that does not exist', '{"type":"dsa"}'],
    ['bits that are no number', '{"bits":"2048"}'],
    ['a curve that does not exist', '{"type":"ecdsa","curve":"P-1"}'],
    ['a curve that does not sign reports', '{"type":"ecdsa","curve":"secp256k1"}'],
    ['a subject that is no distinguished name', '{"type":"ecdsa","certificate":{"subject":"Prod"}}'],
    ['no days', '{"type":"ecdsa","certificate":{"daysValid":0}}'],
    ['half a day', '{"type":"ecdsa","certificate":{"daysValid":1.5}}'],
    ['more days than a hundred years have', '{"type":"ecdsa","certificate":{"daysValid":36501}}'],
  ])('refuses %s', async (_, options) => {
    await expect(generateKey(JSON.parse(options))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})

describe('selfSignedCertificate', () => {
  it.each(KEY_KINDS)('makes a certificate for a key of kind %s that verifies with the key and is not a CA', (kind) => {
    const pair = newKeyPair(kind)

    const certificate = new X509Certificate(certificateOf(pair, 'CN=Signer'))

    expect({
      isSignedByItself: certificate.verify(pair.publicKey),
      hasTheKey: certificate.publicKey.equals(pair.publicKey),
      isAuthority: certificate.ca,
    }).toEqual({ isSignedByItself: true, hasTheKey: true, isAuthority: false })
  })

  it('gives every certificate a different positive serial number of 16 octets', () => {
    const serials = Array.from({ length: 50 }, () => new X509Certificate(certificateOf(PAIR, 'CN=Signer')).serialNumber)

    expect(new Set(serials).size).toBe(50)
    expect(serials.filter((serial) => !/^[4-7][0-9A-F]{31}$/.test(serial))).toEqual([])
  })

  it('writes dates through 2049 as UTCTime and later ones as GeneralizedTime', () => {
    const pem = selfSignedCertificate(PAIR, {
      subject: 'CN=Signer',
      validFrom: new Date('2049-12-31T23:59:59.999Z'),
      daysValid: 1,
    })

    const { raw } = new X509Certificate(pem)
    expect(raw.includes('\x17\x0d491231235959Z\x18\x0f20500101235959Z', 'latin1')).toBe(true)
  })

  it('writes subjects that Node reads back unchanged', () => {
    fc.assert(
      fc.property(subjects(), (subject) => {
        const text = subject.map((names) => names.map(({ name, value }) => `${name}=${escaped(value)}`).join('+'))

        const certificate = new X509Certificate(certificateOf(PAIR, text.join(',')))

        const read = parseDistinguishedName(certificate.subject.split('\n').join(','))
        expect(read.map((names) => names.map(({ value }) => value).sort())).toEqual(
          subject.map((names) => names.map(({ value }) => value).sort()),
        )
      }),
      { numRuns: 300 },
    )
  })

  it.skipIf(!hasTool('openssl')).each(Object.entries(SUBJECTS))(
    'makes a certificate that the strict check of OpenSSL accepts, with %s',
    (_, subject) => {
      const folder = temporaryFolder()
      for (const kind of KEY_KINDS) writeFileSync(join(folder, `${kind}.crt`), certificateOf(newKeyPair(kind), subject))

      const verify = (kind: string) =>
        execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', `${kind}.crt`, `${kind}.crt`], {
          cwd: folder,
          encoding: 'utf8',
        })

      expect(KEY_KINDS.map(verify)).toEqual(KEY_KINDS.map((kind) => `${kind}.crt: OK\n`))
    },
  )

  it.skipIf(!hasTool('openssl'))('writes the fields that OpenSSL shows', () => {
    const path = join(temporaryFolder(), 'signer.crt')
    writeFileSync(path, certificateOf(PAIR, 'CN=Löwe,C=CH,E=a@example.com'))
    const openssl = (...args: readonly string[]) =>
      execFileSync('openssl', [...args, '-in', path], { encoding: 'utf8' })

    const text = openssl('x509', '-noout', '-text', '-certopt', 'no_header,no_serial,no_validity,no_pubkey,no_sigdump')
    const strings = openssl('asn1parse').match(/\w+STRING +:\S+/g) ?? []

    expect(openssl('x509', '-noout', '-text')).toContain('Version: 3 (0x2)')
    expect(
      text
        .replace(/(?:[0-9A-F]{2}:){19}[0-9A-F]{2}/, 'ID')
        .replace(/ +\n/g, '\n')
        .replace(/\n +/g, '\n'),
    ).toContain(
      [
        'X509v3 extensions:',
        'X509v3 Basic Constraints: critical',
        'CA:FALSE',
        'X509v3 Key Usage: critical',
        'Digital Signature',
        'X509v3 Subject Key Identifier:',
        'ID',
      ].join('\n'),
    )
    // Issuer and subject.
    const name = ['UTF8STRING        :Löwe', 'PRINTABLESTRING   :CH', 'IA5STRING         :a@example.com']
    expect(strings).toEqual([...name, ...name])
  })

  it.skipIf(!hasTool('java'))(
    'makes certificates that the JDK reads, with every difficult name and every kind of key',
    () => {
      const path = join(temporaryFolder(), 'all.pem')
      const certificates = [
        ...Object.values(SUBJECTS).map((subject) => certificateOf(PAIR, subject)),
        ...KEY_KINDS.map((kind) => certificateOf(newKeyPair(kind), 'CN=Signer')),
      ]
      writeFileSync(path, certificates.join(''))

      const options = ['-printcert', '-file', path, '-J-Dstdout.encoding=UTF-8', '-J-Duser.language=en']
      const read = execFileSync('keytool', options, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 })

      expect(read.match(/^Owner: /gm)).toHaveLength(certificates.length)
      expect(read.match(/^Version: 3$/gm)).toHaveLength(certificates.length)
      expect(read).toContain('Owner: O=d, CN=a + UID=b + OU=longer than the others\n')
      expect(read.replace(/^(Issuer|Owner): /gm, '').length).toBeGreaterThan(2 * 64 * 1024)
    },
  )
})

interface Part {
  readonly name: string
  readonly value: string
}

/** Names as attributes with their values. A value of `#` alone is left out, because Node shows it like a value in hexadecimal. */
function subjects(): fc.Arbitrary<Part[][]> {
  const part = (names: readonly string[], value: fc.Arbitrary<string>) =>
    fc.record({ name: fc.constantFrom(...names), value })
  const printable = fc.stringMatching(/^[A-Za-z0-9 '()+,./:=?-]{1,12}$/)
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .filter((value) => /^[^\p{Cc}\p{Cs}]+$/u.test(value) && value !== '#')
  const any = fc.oneof(
    part(['CN', 'O', 'OU', 'L', 'ST', 'STREET', 'SN', 'UID', '1.2.3.4'], text),
    part(['CN', 'O', 'DC', 'E'], fc.stringMatching(/^[\x20-\x7e]{2,12}$/)),
    part(['SERIALNUMBER'], printable),
    part(['C', '2.5.4.6'], fc.constantFrom('CH', 'US')),
  )
  return fc.array(fc.array(any, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 })
}

function escaped(value: string): string {
  return value.replace(/[,+"\\<>;=#]|^ | $/g, '\\$&')
}
