import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JuxError } from '../../src/errors.js'
import { loadSigner, type Signer } from '../../src/sign/keys.js'
import { signReport } from '../../src/sign/sign-report.js'
import { verifyReport } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'
import { foreignXml } from '../support/foreign-xml.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { fixedSystem } from '../support/system.js'

const PAIR = newKeyPair('P-256')
const TRUST = { publicKeys: [PAIR.publicKey] }
const RUNS = Number(process.env.JUX_FOREIGN_RUNS ?? 300)

/** Signs a document; returns the reason if it is refused. */
function signOrRefuse(xml: Uint8Array, signer: Signer, replace: boolean): Buffer | JuxError {
  try {
    return signReport(xml, signer, { replace })
  } catch (error) {
    if (error instanceof JuxError) return error
    throw error
  }
}

describe('signReport, for any document', () => {
  it.each(['exclusive', 'c14n11'] as const)(
    'either says why it does not sign, or returns a report that verifyReport accepts, with %s canonicalization',
    async (canonicalization) => {
      const signer = await loadSigner({ key: privatePem(PAIR), canonicalization }, fixedSystem())
      const refusals = new Map<string, number>()
      let signed = 0

      fc.assert(
        fc.property(foreignXml, fc.boolean(), (xml, replace) => {
          const bytes = Buffer.from(xml)
          const result = signOrRefuse(bytes, signer, replace)
          if (result instanceof JuxError) {
            const why = result.reason ?? result.code
            refusals.set(why, (refusals.get(why) ?? 0) + 1)
            expect(result.message).not.toContain('does not match')
            return
          }
          signed++
          const verified = verifyReport(result, TRUST, { cases: true })
          expect(verified).toMatchObject({ trusted: true, canonicalization })
          expect(verified.contentHash).toBe(contentHash(bytes))
        }),
        { numRuns: RUNS, seed: 20_260_101 },
      )

      expect(signed, JSON.stringify([...refusals])).toBeGreaterThan(RUNS / 3)
    },
  )
})
