/**
 * Generated reports with hostile text, and the keys and settings that they are signed with.
 *
 * @module
 */
import fc from 'fast-check'
import type { ModuleResult, TestResult, TestRun } from '../../src/model.js'
import { selfSignedCertificate } from '../../src/sign/x509.js'
import type { DigestName } from '../../src/xml/digest.js'
import { KEY_KINDS, type KeyPair, newKeyPair, privatePem } from '../support/keys.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'

/** Seed of the generator, so that a refusal can be reproduced. */
export const SEED = 20_260_101

/** Texts that have caused errors in some tools. */
const NASTY = [
  ']]>',
  '<!-- -->',
  '<?x?>',
  '&amp;&#0;&#x1F;',
  '"\'<>&',
  '\r\n\t \r',
  '\u0000\u0008\u000b\u001b[31mred\u001b[0m',
  '\u0085\u2028\u2029\u009b',
  '\ud800x\udc00',
  '\ufffe\uffff\ufeff',
  '\u202etxt.exe',
  'e\u0301é ﬁ 𝄞 👩‍👩‍👧',
  ' xmlns="urn:x" Id="a" ',
  '</testsuites>',
  '__proto__',
]

const text = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
)

const test: fc.Arbitrary<TestResult> = fc
  .record({
    title: text,
    path: fc.array(text, { maxLength: 3 }),
    failed: fc.boolean(),
    message: text,
    stack: text,
    output: text,
    durationMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
  })
  .map(({ failed, message, stack, output, ...parts }) =>
    aTest({
      ...parts,
      status: failed ? 'failed' : 'passed',
      errors: failed ? [anError({ message, stack })] : [],
      output: [{ stream: 'stdout', text: output }],
    }),
  )

const testModule: fc.Arbitrary<ModuleResult> = fc
  .record({ file: text, tests: fc.array(test, { maxLength: 4 }) })
  .map((parts) => aModule(parts))

const run: fc.Arbitrary<TestRun> = fc
  .record({
    modules: fc.array(testModule, { maxLength: 3 }),
    properties: fc.array(fc.record({ name: text, value: text }), { maxLength: 4 }),
  })
  .map((parts) => aRun(parts))

/** Generates runs with hostile text in all text fields; the same runs each time. */
export function generateRuns(count: number): TestRun[] {
  return fc.sample(run, { numRuns: count, seed: SEED })
}

/** A key with its certificate. */
export interface Identity {
  readonly pair: KeyPair
  readonly kind: (typeof KEY_KINDS)[number]
  readonly privatePem: string
  readonly certificatePem: string
}

/** Creates identities with all kinds of keys in turn. */
export async function createIdentities(count: number): Promise<Identity[]> {
  const identities: Identity[] = []
  for (let made = 0; made < count; made++) {
    const kind = KEY_KINDS[made % KEY_KINDS.length] ?? 'rsa'
    const pair = newKeyPair(kind)
    const spec = { subject: `CN=Key ${made},O=Interop`, validFrom: new Date(Date.now() - 60_000), daysValid: 2 }
    identities.push({
      pair,
      kind,
      privatePem: privatePem(pair),
      certificatePem: await selfSignedCertificate(pair, spec),
    })
  }
  return identities
}

/** Digest and canonicalization. */
export interface SigningWay {
  readonly digest: DigestName
  readonly canonicalization: 'exclusive' | 'c14n11'
}

/** Settings that reports are signed with: mostly the defaults, but also every other value. */
export const SIGNING_WAYS: readonly SigningWay[] = [
  { digest: 'sha256', canonicalization: 'exclusive' },
  { digest: 'sha256', canonicalization: 'exclusive' },
  { digest: 'sha256', canonicalization: 'c14n11' },
  { digest: 'sha384', canonicalization: 'exclusive' },
  { digest: 'sha512', canonicalization: 'exclusive' },
]

/** Reports in the forms of other programs: namespaces, quotes, white space, CDATA, both roots. */
export const FOREIGN_REPORTS: readonly string[] = [
  '<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="1" time="0.01"><testcase classname="t" name="a" time="0.001" /></testsuite></testsuites>',
  "<?xml version='1.0'?>\n<testsuite name='x &lt; &quot;y&quot;'  tests='1'\n>\n\t<testcase name='é&#x1D11E;'/>\r\n</testsuite>\n",
  '<j:testsuites xmlns:j="urn:junit" xmlns="urn:other" j:name="n"><j:testsuite b="2" a="1"><testcase/></j:testsuite></j:testsuites>',
  '<testsuites><testsuite name="c"><system-out><![CDATA[a < b & c ]]]]><![CDATA[>]]></system-out></testsuite></testsuites>',
  '<testsuites xml:lang="en" xml:space="preserve"><testsuite name="t&#9;a&#10;b"> text &#13; </testsuite></testsuites>',
]
