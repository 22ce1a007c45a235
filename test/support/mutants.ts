/**
 * Changes signed reports at random. A mutant may be accepted only if its content is still the same.
 *
 * @module
 */
import fc from 'fast-check'
import { JuxError } from '../../src/errors.js'
import { readReport } from '../../src/report/read.js'
import { type Trust, verifyReport, verifySignature } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'
import { makeCertificate } from './certificates.js'
import { newKeyPair } from './keys.js'
import { elementsOf, type Mutable, mutation } from './mutations.js'
import { readingOf } from './second-reading.js'
import { BODY, keyValue, signedReport, URIS, x509Data } from './signatures.js'

/** A report that verifies. */
interface Base extends Mutable {
  readonly trust: Trust
  readonly contentHash: string
  readonly canonical: string
  /** What another parser reads. */
  readonly reading: string
}

/** Numbers of mutants by outcome. */
export interface Tally {
  accepted: number
  refused: number
  /** Mutants that are equal to the original report. */
  unchanged: number
}

/**
 * Verifies mutants.
 *
 * @throws Error for a mutant that was accepted although its content is different, and every error that is not a `JuxError`
 */
export async function verifyMutants(numRuns: number, seed: number): Promise<Tally> {
  const bases = await makeBases()
  const tally: Tally = { accepted: 0, refused: 0, unchanged: 0 }
  const mutants = fc.tuple(
    fc.constantFrom(...bases),
    fc.constantFrom(...bases),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
  )
  const property = fc.property(mutants, ([base, other, mutations]) => {
    const mutant = mutations.reduce((report, mutate) => mutate(report, base, other), base.report)
    check(mutant, base, bases, tally)
  })
  fc.assert(property, { numRuns, seed, endOnFailure: true })
  return tally
}

function check(mutant: string, base: Base, bases: readonly Base[], tally: Tally): void {
  // Latin-1: the texts have one character for each byte, so that a mutation can split a UTF-8 sequence.
  const bytes = Buffer.from(mutant, 'latin1')
  if (mutant === base.report) tally.unchanged++
  try {
    const verified = verifyReport(bytes, base.trust)
    // A mutation that exchanges the roots can produce another of the signed reports.
    const origin = bases.find((one) => one.contentHash === verified.contentHash)
    const same = origin?.canonical === Buffer.from(verified.canonical).toString()
    if (!same || contentHash(bytes) !== origin.contentHash) throw new Error(`accepted: ${mutant}`)
    const read = readReport(bytes)
    if (verifySignature(read.signature, base.trust).contentHash !== read.contentHash) throw new Error(`read: ${mutant}`)
    if (readingOf(bytes) !== origin.reading)
      throw new Error(`accepted, but another parser reads it differently: ${mutant}`)
    tally.accepted++
  } catch (error) {
    if (!(error instanceof JuxError) || error.code === 'UNEXPECTED_ERROR') throw error
    tally.refused++
  }
}

async function makeBases(): Promise<Base[]> {
  const [rsa, ec] = [newKeyPair('rsa'), newKeyPair('P-256')]
  const certificate = x509Data(await makeCertificate({ subject: 'CN=signer', keys: rsa }))
  const trust = { publicKeys: [rsa.publicKey, ec.publicKey] }
  const inclusive = (uri: string) => `<ds:Transform Algorithm="${URIS.enveloped}"/><ds:Transform Algorithm="${uri}"/>`
  const reports = [
    signedReport({ key: rsa.privateKey, keyInfo: certificate }),
    signedReport({ key: ec.privateKey, keyInfo: keyValue(ec.publicKey), at: 0 }),
    signedReport({
      key: ec.privateKey,
      root: '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" Id="a">',
      uri: ' URI="#a"',
      form: { exclusive: false },
      canonicalizationMethod: URIS.c14n11,
      transforms: inclusive(URIS.c14n11),
    }),
    signedReport({
      key: rsa.privateKey,
      body: `\r\n  <testcase  b='1' a="&#62;"/><![CDATA[<&>]]>\n${BODY}`,
      form: { exclusive: false },
      canonicalizationMethod: URIS.c14n10,
      transforms: inclusive(URIS.c14n10),
      signedInfo: (xml) => xml.replace(/></g, '>\n<'),
    }),
  ]
  return reports.map((text) => {
    const bytes = Buffer.from(text)
    const verified = verifyReport(bytes, trust)
    const report = bytes.toString('latin1')
    return {
      report,
      trust,
      contentHash: verified.contentHash,
      canonical: Buffer.from(verified.canonical).toString(),
      reading: readingOf(bytes),
      elements: elementsOf(report),
    }
  })
}
