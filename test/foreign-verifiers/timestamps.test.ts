import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleOf } from '../../src/attest/bundle.js'
import { timestampRequest } from '../../src/attest/timestamp.js'
import { attestScene } from '../support/attest-scene.js'
import { sharedFolder } from '../support/folders.js'
import { opensslAuthority } from '../support/openssl-tsa.js'
import { testAuthority } from '../support/timestamps.js'
import { hasTool } from '../support/tools.js'
import { type Answer, python, sigstore } from './verifiers.js'

const rows: string[] = []
afterAll(() => {
  for (const row of rows) console.log(row)
})

const hasOpenssl = hasTool('openssl')
const folder = sharedFolder()
const scene = await attestScene(undefined, undefined, folder)
const authority = testAuthority()
const bundle: Bundle = JSON.parse(scene.read('report.sigstore.json'))
const signature = Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
const stampOf = hasOpenssl ? opensslAuthority(folder, authority) : () => Buffer.of()
/** Stamps over our request, made by `openssl ts -reply`. */
const good = stampOf(timestampRequest(signature, 0x1234n))
const overAnother = stampOf(timestampRequest(Buffer.from('another signature'), 0x1234n))
const damaged = Buffer.from(good)
damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
const root = authority.root.toString()

describe.skipIf(!hasOpenssl)('openssl ts -verify', () => {
  const check = (stamp: Uint8Array): Answer => {
    writeFileSync(scene.path('stamp.tsr'), stamp)
    writeFileSync(scene.path('signature'), signature)
    writeFileSync(scene.path('root.crt'), root)
    const files = ['-in', scene.path('stamp.tsr'), '-data', scene.path('signature'), '-CAfile', scene.path('root.crt')]
    try {
      execFileSync('openssl', ['ts', '-verify', ...files], { stdio: 'pipe' })
      return { ok: true }
    } catch {
      return { ok: false }
    }
  }

  it('accepts the stamp of our request, and refuses that of another signature and a damaged one', () => {
    expect(counted('openssl ts -verify', [good, overAnother, damaged].map(check))).toEqual([true, false, false])
  })
})

describe.skipIf(!hasOpenssl || python === undefined)('rfc3161-client', () => {
  const job = (stamp: Uint8Array, trusted = root) => ({
    do: 'timestamp',
    timestamp: Buffer.from(stamp).toString('base64'),
    signature: signature.toString('base64'),
    root: trusted,
  })

  it('accepts the stamp, and refuses that of another signature, a damaged one, and another authority', () => {
    const jobs = [job(good), job(overAnother), job(damaged), job(good, testAuthority().root.toString())]

    expect(counted('rfc3161-client', python?.check(jobs) ?? [])).toEqual([true, false, false, false])
  })
})

describe.skipIf(!hasOpenssl || sigstore === undefined)('@sigstore/verify with a stamped bundle', () => {
  const job = (stamps: readonly Uint8Array[], chain = [authority.certificate, authority.root]) => ({
    bundle: bundleOf(bundle.dsseEnvelope, bundle.verificationMaterial.publicKey.hint, stamps),
    hint: bundle.verificationMaterial.publicKey.hint,
    publicKey: createPublicKey(scene.read('key.pub.pem')).export({ type: 'spki', format: 'der' }).toString('base64'),
    tsaChain: chain.map(({ raw }) => raw.toString('base64')),
  })

  it('accepts the bundle, and refuses a stamp of another signature, a damaged one, none, and another authority', () => {
    const other = testAuthority()
    const jobs = [
      job([good]),
      job([overAnother]),
      job([damaged]),
      job([]),
      job([good], [other.certificate, other.root]),
    ]

    expect(counted('@sigstore/verify', sigstore?.check(jobs) ?? [])).toEqual([true, false, false, false, false])
  })
})

function counted(name: string, answers: readonly Answer[]): readonly boolean[] {
  const accepted = answers.filter(({ ok }) => ok).length
  const reasons = answers.flatMap(({ error }) => (error === undefined ? [] : [error.slice(0, 100)]))
  rows.push(`${name}, time stamps: ${accepted} accepted, ${answers.length - accepted} refused ${reasons.join('; ')}`)
  return answers.map(({ ok }) => ok)
}
