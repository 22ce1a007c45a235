import { describe, expect, it } from 'vitest'
import {
  encodeStatement,
  readStatement,
  type Summary,
  type TestResults,
  testResultStatement,
  vsaStatement,
} from '../../src/attest/statement.js'

const DIGEST = '0'.repeat(64)
const OTHER = 'f'.repeat(64)

const RESULTS: TestResults = {
  file: { name: 'report.xml', sha256: DIGEST },
  contentHash: OTHER,
  outcome: 'passed',
  counts: { tests: 2, passed: 1, failures: 0, errors: 0, skipped: 1 },
  passed: ['cart > adds'],
  flaky: [],
  failed: [],
}

const DECISION: Summary = {
  verifier: { id: 'https://ci.example/gate', version: { 'jux-reporter': '1.2.3' } },
  timeVerified: new Date('2026-01-02T03:04:05Z'),
  resourceUri: 'pkg:npm/shop@1.2.3',
  policy: { uri: 'file:policy.json', sha256: OTHER },
  inputs: [{ uri: 'file:report.sigstore.json', sha256: OTHER }],
  passed: true,
  verifiedLevels: ['JUX_GATE_PASSED'],
  subjects: [{ name: 'shop.tgz', sha256: DIGEST }],
}

describe('testResultStatement', () => {
  it('writes the predicate test-result v0.1 of in-toto, with the counts in extension fields', () => {
    const statement = testResultStatement({ ...RESULTS, url: 'https://ci.example/7', commit: 'a'.repeat(40) })

    expect(statement).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'report.xml', digest: { sha256: DIGEST } }],
      predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
      predicate: {
        result: 'PASSED',
        configuration: [{ name: 'git:commit', digest: { gitCommit: 'a'.repeat(40) } }],
        url: 'https://ci.example/7',
        passedTests: ['cart > adds'],
        warnedTests: [],
        failedTests: [],
        'jux:outcome': 'passed',
        'jux:counts': { tests: 2, passed: 1, failures: 0, errors: 0, skipped: 1, flaky: 0 },
        'jux:contentHash': OTHER,
      },
    })
    expect(readStatement(encodeStatement(statement))).toEqual(statement)
  })

  it.each([
    ['failed', [], 'FAILED'],
    ['interrupted', [], 'FAILED'],
    ['no-tests', [], 'FAILED'],
    ['error', ['cart > adds'], 'FAILED'],
    ['passed', ['cart > adds'], 'WARNED'],
    ['passed', [], 'PASSED'],
  ] as const)('states a run that is %s, with flaky tests %j, as %s', (outcome, flaky, result) => {
    expect(testResultStatement({ ...RESULTS, outcome, flaky }).predicate.result).toBe(result)
  })
})

describe('vsaStatement', () => {
  it('writes a Verification Summary Attestation v1 of SLSA', () => {
    const statement = vsaStatement(DECISION)

    expect(statement).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'shop.tgz', digest: { sha256: DIGEST } }],
      predicateType: 'https://slsa.dev/verification_summary/v1',
      predicate: {
        verifier: { id: 'https://ci.example/gate', version: { 'jux-reporter': '1.2.3' } },
        timeVerified: '2026-01-02T03:04:05.000Z',
        resourceUri: 'pkg:npm/shop@1.2.3',
        policy: { uri: 'file:policy.json', digest: { sha256: OTHER } },
        inputAttestations: [{ uri: 'file:report.sigstore.json', digest: { sha256: OTHER } }],
        verificationResult: 'PASSED',
        verifiedLevels: ['JUX_GATE_PASSED'],
        slsaVersion: '1.2',
      },
    })
    expect(readStatement(encodeStatement(statement))).toEqual(statement)
  })

  it('states no level for a gate that did not pass, only FAILED', () => {
    expect(vsaStatement({ ...DECISION, passed: false }).predicate).toMatchObject({
      verificationResult: 'FAILED',
      verifiedLevels: ['FAILED'],
    })
  })

  it.each([
    ['a level of SLSA', { verifiedLevels: ['SLSA_BUILD_LEVEL_3'] }, 'cannot verify the level "SLSA_BUILD_LEVEL_3"'],
    ['the level FAILED of a gate that passed', { verifiedLevels: ['FAILED'] }, 'cannot verify the level "FAILED"'],
    ['no level', { verifiedLevels: [] }, 'predicate.verifiedLevels'],
    ['no subject', { subjects: [] }, 'subject'],
    ['a verifier that is no URI', { verifier: { id: 'gate' } }, 'predicate.verifier.id: must be a URI'],
    ['a digest in upper case', { policy: { uri: 'file:p', sha256: 'AB' } }, 'predicate.policy.digest.sha256'],
  ])('refuses %s', (_, change, message) => {
    expect(() => vsaStatement({ ...DECISION, ...change })).toThrow(message)
  })
})

describe('readStatement', () => {
  const results = testResultStatement(RESULTS)
  const summary = vsaStatement(DECISION)
  const read = (value: unknown) => readStatement(Buffer.from(JSON.stringify(value)))

  it.each([
    ['text that is not JSON', 'x', 'not a statement of in-toto'],
    ['a list', [], 'not a statement of in-toto'],
    ['another version', { ...results, _type: 'https://in-toto.io/Statement/v0.1' }, '_type'],
    ['no subject', { ...results, subject: [] }, 'subject'],
    [
      'a subject without a digest',
      { ...results, subject: [{ name: 'a', digest: {} }] },
      'subject.0.digest: has no digest',
    ],
    ['an unknown member', { ...results, subjects: [] }, 'Unrecognized key: "subjects"'],
    ['an unknown field', { ...results, predicate: { ...results.predicate, passed: 1 } }, 'Unrecognized key: "passed"'],
    ['another result', { ...results, predicate: { ...results.predicate, result: 'OK' } }, 'predicate.result'],
    ['a predicate of the other type', { ...results, predicate: summary.predicate }, 'not a statement of in-toto'],
    [
      'a summary without a policy',
      { ...summary, predicate: { ...summary.predicate, policy: undefined } },
      'predicate.policy',
    ],
    [
      'a negative count',
      { ...results, predicate: { ...results.predicate, 'jux:counts': { tests: -1 } } },
      'jux:counts',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(() => read(value)).toThrow(message)
  })

  it('refuses a predicate of another type, and names those that it reads', () => {
    expect(() => read({ ...results, predicateType: 'https://slsa.dev/provenance/v1' })).toThrow(
      expect.objectContaining({ code: 'ATTESTATION_INVALID', reason: 'predicate-type' }),
    )
  })

  it('ignores extension fields of others, whose names are URIs', () => {
    const extended = { ...results, predicate: { ...results.predicate, 'https://example.com/x': 1 } }

    expect(read(extended)).toEqual(results)
  })

  it('refuses a repeated member', () => {
    const json = JSON.stringify(results).replace('"result":"PASSED"', '"result":"FAILED","result":"PASSED"')

    expect(() => readStatement(Buffer.from(json))).toThrow('it has the member "result" twice')
  })
})
