import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { preAuthEncoding, readEnvelope, signEnvelope, verifyEnvelope } from '../../src/attest/dsse.js'
import { loadSigner, type Signer } from '../../src/sign/keys.js'

const TYPE = 'application/vnd.in-toto+json'
const PAYLOAD = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}')
const AT = new Date('2026-01-01T00:00:00Z')

const KEYS = {
  'RSA 2048': ['sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  'ECDSA P-256': ['sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  'ECDSA P-384': ['sha384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  'ECDSA P-521': ['sha512', () => generateKeyPairSync('ec', { namedCurve: 'P-521' })],
} as const

async function signerOf({ privateKey }: { privateKey: KeyObject }): Promise<Signer> {
  return loadSigner({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
}

async function scene() {
  const pair = KEYS['ECDSA P-256'][1]()
  const signer = await signerOf(pair)
  const envelope = signEnvelope(TYPE, PAYLOAD, signer)
  return { signer, envelope, trust: { publicKeys: [pair.publicKey] } }
}

const read = (envelope: unknown) => readEnvelope(JSON.stringify(envelope))

describe('signEnvelope', () => {
  it.each(Object.entries(KEYS))('signs with %s as OpenSSL verifies it', async (description, [digest, generate]) => {
    const pair = generate()
    const signer = await signerOf(pair)
    const envelope = signEnvelope(TYPE, PAYLOAD, signer)
    const [{ keyid = '', sig = '' } = {}] = envelope.signatures

    expect(keyid).toBe(signer.fingerprint)
    expect(verify(digest, preAuthEncoding(TYPE, PAYLOAD), pair.publicKey, Buffer.from(sig, 'base64'))).toBe(true)
    expect(
      verifyEnvelope(read(envelope), { publicKeys: [pair.publicKey] }, { payloadType: TYPE, at: AT }),
    ).toMatchObject({ basis: 'public-key', fingerprint: signer.fingerprint, keyDescription: description })
  })

  it('signs the type and the payload, each with its length in bytes', () => {
    expect(preAuthEncoding('ä', Buffer.from('hello world')).toString('utf8')).toBe('DSSEv1 2 ä 11 hello world')
  })

  it('writes ECDSA signatures whose numbers have leading zeros or a high first bit so that they verify', async () => {
    const { signer, trust } = await scene()
    const options = { payloadType: TYPE, at: AT }

    for (let turn = 0; turn < 600; turn++) {
      const envelope = signEnvelope(TYPE, Buffer.from(String(turn)), signer)
      expect(Buffer.from(verifyEnvelope(read(envelope), trust, options).payload).toString()).toBe(String(turn))
    }
  })
})

describe('verifyEnvelope', () => {
  const options = { payloadType: TYPE, at: AT }

  it('refuses an envelope whose payload, type or signature was changed', async () => {
    const { envelope, trust } = await scene()
    const [signature] = envelope.signatures
    const changed = [
      { ...envelope, payload: Buffer.from('{}').toString('base64') },
      { ...envelope, signatures: [{ ...signature, sig: Buffer.alloc(70, 1).toString('base64') }] },
    ]

    for (const one of changed) {
      expect(() => verifyEnvelope(read(one), trust, options)).toThrow(
        'no signature of the envelope is of a trusted key',
      )
    }
    expect(() => verifyEnvelope(read({ ...envelope, payloadType: 'text/plain' }), trust, options)).toThrow(
      'the payload of the envelope is "text/plain", not application/vnd.in-toto+json',
    )
  })

  it('refuses the signature of a key that is not trusted, whatever its keyid says', async () => {
    const { signer, envelope } = await scene()
    const other = KEYS['ECDSA P-256'][1]()

    expect(() => verifyEnvelope(read(envelope), { publicKeys: [other.publicKey] }, options)).toThrow(
      'no signature of the envelope is of a trusted key',
    )
    expect(() => verifyEnvelope(read(envelope), {}, options)).toThrow('not trusted')
    const pretending = signEnvelope(TYPE, PAYLOAD, await signerOf(other))
    const claimed = {
      ...pretending,
      signatures: pretending.signatures.map((one) => ({ ...one, keyid: signer.fingerprint })),
    }
    expect(() => verifyEnvelope(read(claimed), { publicKeys: [signer.publicKey] }, options)).toThrow(
      'no signature of the envelope is of a trusted key',
    )
  })

  it('accepts an envelope with several signatures if one is of a trusted key', async () => {
    const { envelope, trust } = await scene()
    const other = signEnvelope(TYPE, PAYLOAD, await signerOf(KEYS['RSA 2048'][1]()))
    const both = { ...envelope, signatures: [...other.signatures, ...envelope.signatures] }

    expect(verifyEnvelope(read(both), trust, options).payload).toEqual(PAYLOAD)
  })

  it('accepts no ECDSA signature in the form of XMLDSig', async () => {
    const { signer, envelope, trust } = await scene()
    const sig = signer.sign(preAuthEncoding(TYPE, PAYLOAD)).toString('base64')

    expect(() => verifyEnvelope(read({ ...envelope, signatures: [{ sig }] }), trust, options)).toThrow()
  })

  it('takes keys of any encoding of the same public key', async () => {
    const { signer, envelope } = await scene()
    const pem = signer.publicKey.export({ type: 'spki', format: 'pem' })

    expect(verifyEnvelope(read(envelope), { publicKeys: [createPublicKey(pem)] }, options).basis).toBe('public-key')
  })
})

describe('readEnvelope', () => {
  const good = { payloadType: TYPE, payload: 'e30=', signatures: [{ sig: 'AA==' }] }

  it.each([
    ['no object', [], 'it is not an object'],
    ['an unknown member', { ...good, payloads: '' }, 'it has the member "payloads"'],
    ['no signatures', { ...good, signatures: [] }, 'signatures must be a list of 1 to 16'],
    ['base64 with spaces', { ...good, payload: 'e3 0=' }, 'payload must be base64'],
    ['base64 without padding', { ...good, payload: 'e30' }, 'payload must be base64'],
    ['a payload that is no text', { ...good, payload: 1 }, 'payload must be base64'],
    ['a signature without a value', { ...good, signatures: [{}] }, 'sig must be base64'],
    ['no type', { payload: 'e30=', signatures: [{ sig: 'AA==' }] }, 'payloadType must be a text'],
  ])('refuses %s', (_, value, message) => {
    expect(() => read(value)).toThrow(message)
  })

  it('refuses JSON with a repeated member', () => {
    const text = `{"payloadType":"a","payload":"e30=","payload":"e30=","signatures":[{"sig":"AA=="}]}`

    expect(() => readEnvelope(text)).toThrow('it has the member "payload" twice')
  })
})
