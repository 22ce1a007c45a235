import { describe, expect, it } from 'vitest'
import { JuxError } from '../../../src/errors.js'
import { XML_REASONS } from '../../../src/reasons.js'
import { type ReadReport, readReport } from '../../../src/report/read.js'
import {
  type Trust,
  VERIFICATION_REASONS,
  type VerifyOptions,
  verifyReport,
  verifySignature,
} from '../../../src/sign/verify.js'
import { allAttacks } from './all.js'
import { bombs } from './bombs.js'
import { makeMaterial } from './corpus.js'
import { harmlessVariants } from './harmless.js'

const material = await makeMaterial()
const attacks = await allAttacks(material)
const harmless = await harmlessVariants(material)

function outcome(report: string | Uint8Array, trust: Trust = material.trust, options?: VerifyOptions): string {
  try {
    verifyReport(Buffer.from(report), trust, options)
    return 'accepted'
  } catch (error) {
    if (error instanceof JuxError) return String(error.reason)
    throw error
  }
}

/** The outcome of `readReport` followed by `verifySignature`; `undefined` if `readReport` refuses the report. */
function laterOutcome(report: string | Uint8Array, trust: Trust = material.trust, options?: VerifyOptions) {
  let read: ReadReport
  try {
    read = readReport(Buffer.from(report), { limits: options?.limits })
  } catch {
    return undefined
  }
  try {
    verifySignature(read.signature, trust, options)
    return 'accepted'
  } catch (error) {
    if (error instanceof JuxError) return String(error.reason)
    throw error
  }
}

describe('verifyReport, for hostile variants of a good report', () => {
  it.each(attacks)('refuses with $expected: $family, $name', ({ report, trust, options, expected }) => {
    expect(outcome(report, trust, options)).toBe(expected)
  })

  it('refuses them for the same reasons as verifySignature after readReport', () => {
    const verified = attacks.flatMap(({ family, name, report, trust, options, expected }) => {
      const reason = laterOutcome(report, trust, options)
      return reason === undefined ? [] : [{ attack: `${family}: ${name}`, reason, expected }]
    })

    expect(verified.filter(({ reason, expected }) => reason !== expected)).toEqual([])
    expect(verified.length).toBeGreaterThan(100)
  })

  it('is tested with at least 200 variants, each with a different name, and with every reason', () => {
    const names = new Set(attacks.map(({ family, name }) => `${family}: ${name}`))
    const expected = new Set<string>([...attacks, ...bombs(material)].map((attack) => attack.expected))
    const reasons = [...Object.keys(VERIFICATION_REASONS), ...Object.keys(XML_REASONS)]

    expect(names.size).toBe(attacks.length)
    expect(attacks.length).toBeGreaterThanOrEqual(200)
    expect(reasons.filter((reason) => !expected.has(reason))).toEqual([])
  })
})

describe('verifyReport, for harmless variants of a good report', () => {
  it.each(harmless)('accepts $name', ({ report, trust }) => {
    expect(outcome(report, trust)).toBe('accepted')
  })

  it('accepts them like verifySignature after readReport', () => {
    const outcomes = harmless.map(({ report, trust }) => laterOutcome(report, trust))

    // One of them is not a JUnit report, so readReport refuses it.
    expect(outcomes.filter((reason) => reason !== 'accepted')).toEqual([undefined])
  })

  it('returns the same content hash for all variants that have the same content', () => {
    const hashes = harmless
      .slice(0, 29)
      .map(({ report, trust }) => verifyReport(Buffer.from(report), trust ?? material.trust).contentHash)

    expect(new Set(hashes).size).toBe(1)
  })
})
