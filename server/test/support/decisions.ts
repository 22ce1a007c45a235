/**
 * Signed decisions of gates.
 *
 * @module
 */
import { signStatement } from '../../../src/attest/attestation.js'
import { bundleOf } from '../../../src/attest/bundle.js'
import { type Summary, vsaStatement } from '../../../src/attest/statement.js'
import { loadSigner } from '../../../src/sign/keys.js'
import { JSON_HEADERS } from './reports.js'
import type { TestResponse, TestServer } from './server.js'
import type { TestKey } from './signing.js'

/** A rule that is violated. */
export const FINDING = { rule: 'complete.min-tests', report: 'unit.xml', found: '4 tests ran', wanted: '500 tests ran' }

/** Contents of a decision; by default it failed, about the branch main of the project shop. */
export interface DecisionParts extends Partial<Omit<Summary, 'about'>> {
  readonly about?: Partial<NonNullable<Summary['about']>> | undefined
}

/** A decision as `jux verify --decision` writes it. */
export async function decision(
  key: TestKey,
  { about, ...parts }: DecisionParts = {},
  form: 'bundle' | 'dsse' = 'bundle',
): Promise<string> {
  const signer = await loadSigner({ key: key.privatePem })
  const passed = parts.passed ?? false
  const statement = vsaStatement({
    verifier: { id: 'pkg:npm/jux-reporter' },
    timeVerified: new Date(),
    resourceUri: 'git+https://example.com/acme/shop.git@abc',
    policy: { uri: 'file:policy.json', sha256: 'c'.repeat(64) },
    policyName: 'release',
    inputs: [],
    passed,
    verifiedLevels: ['JUX_SIGNED'],
    subjects: [{ name: 'unit.xml', sha256: 'a'.repeat(64) }],
    about: { projects: ['shop'], branch: 'main', commit: 'd'.repeat(40), ...about },
    reports: [],
    findings: passed ? [] : [FINDING],
    ...parts,
  })
  const envelope = signStatement(statement, signer)
  return `${JSON.stringify(form === 'bundle' ? bundleOf(envelope, signer.fingerprint) : envelope, undefined, 2)}\n`
}

/** Submits a decision. */
export function postDecision(
  server: TestServer,
  body: string,
  headers: Record<string, string> = {},
): Promise<TestResponse> {
  return server.post('/api/v1/decisions', body, { ...JSON_HEADERS, ...headers })
}
