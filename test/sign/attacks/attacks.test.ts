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

/** The outcome when the report is read first and judged later; `undefined` for what `readReport` refuses. */
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

describe('hostile variants of a good report', () => {
  it.each(attacks)('$family: $name -> $expected', ({ report, trust, options, expected }) => {
    expect(outcome(report, trust, options)).toBe(expected)
  })

  it('are refused for the same reasons when readReport reads them first and verifySignature judges them later', () => {
    const judged = attacks.flatMap(({ family, name, report, trust, options, expected }) => {
      const reason = laterOutcome(report, trust, options)
      return reason === undefined ? [] : [{ attack: `${family}: ${name}`, reason, expected }]
    })

    expect(judged.filter(({ reason, expected }) => reason !== expected)).toEqual([])
    expect(judged.length).toBeGreaterThan(100)
  })

  it('are many, each with a name of its own, and test every reason there is', () => {
    const names = new Set(attacks.map(({ family, name }) => `${family}: ${name}`))
    const expected = new Set<string>([...attacks, ...bombs(material)].map((attack) => attack.expected))
    const reasons = [...Object.keys(VERIFICATION_REASONS), ...Object.keys(XML_REASONS)]

    expect(names.size).toBe(attacks.length)
    expect(attacks.length).toBeGreaterThanOrEqual(200)
    expect(reasons.filter((reason) => !expected.has(reason))).toEqual([])
  })
})

describe('harmless variants of a good report', () => {
  it.each(harmless)('accepts $name', ({ report, trust }) => {
    expect(outcome(report, trust)).toBe('accepted')
  })

  it('are accepted when readReport reads them first and verifySignature judges them later', () => {
    const judged = harmless.map(({ report, trust }) => laterOutcome(report, trust))

    // One is no JUnit report, which readReport refuses.
    expect(judged.filter((reason) => reason !== 'accepted')).toEqual([undefined])
  })

  it('gives the same content hash to every writing of the same report', () => {
    const hashes = harmless
      .slice(0, 29)
      .map(({ report, trust }) => verifyReport(Buffer.from(report), trust ?? material.trust).contentHash)

    expect(new Set(hashes).size).toBe(1)
  })
})
