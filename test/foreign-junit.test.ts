import { DOMParser } from '@xmldom/xmldom'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startFacts } from '../src/enrich/facts.js'
import { composeForeignReport } from '../src/foreign-report.js'
import type { Materials } from '../src/pipeline.js'
import { readReport } from '../src/report/read.js'
import { loadSigner } from '../src/sign/keys.js'
import { verifyReport } from '../src/sign/verify.js'
import { newKeyPair, privatePem } from './support/keys.js'
import { fixedSystem } from './support/system.js'
import { moreIn, partsOf } from './support/xml-parts.js'

const RUNS = Number(process.env.JUX_FOREIGN_RUNS ?? 300)
const SECRET = 'Xk9-vQ2_mZ7-pL4_wR8'
const PLACEHOLDER = '[secret:env:API_TOKEN]'
const FACTS_SUITE = /\n<testsuite errors="0" failures="0" name="\(run\)".*?<\/testsuite>/s

const PAIR = newKeyPair('P-256')
const system = fixedSystem({ env: { API_TOKEN: SECRET } })
const materials: Materials = {
  settings: { storageMode: 'local' },
  facts: await startFacts({ project: 'shop', commitSha: 'a'.repeat(40) }, system),
  signer: await loadSigner({ key: privatePem(PAIR) }, system),
  system,
}

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }).map(legal) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }).map(legal) },
  { weight: 1, arbitrary: fc.constantFrom(SECRET, `a ${SECRET} b`, '<b> & "c"', ' \n\t', ']]>', '') },
)
const property = fc
  .record({ name: fc.constantFrom('browser', 'shard', 'tag', 'owner'), value: text })
  .map(({ name, value }) => `<property name="${name}" value="${escaped(value)}"/>`)
const properties = fc
  .array(property, { maxLength: 3 })
  .map((all) => (all.length === 0 ? '' : `<properties>${all.join('')}</properties>`))
const output = fc
  .record({ name: fc.constantFrom('system-out', 'system-err'), value: text, isLiteral: fc.boolean() })
  .map(({ name, value, isLiteral }) =>
    isLiteral && !value.includes(']]>')
      ? `<${name}><![CDATA[${value}]]></${name}>`
      : `<${name}>${escaped(value)}</${name}>`,
  )
const result = fc
  .record({ name: fc.constantFrom('failure', 'error', 'skipped'), message: text, body: text })
  .map(({ name, message, body }) => `<${name} message="${escaped(message)}">${escaped(body)}</${name}>`)
const testcase = fc
  .record({ name: text, parts: fc.array(fc.oneof(output, properties), { maxLength: 2 }), result: fc.option(result) })
  .map(
    (one) => `<testcase name="${escaped(one.name)}" classname="c">${one.parts.join('')}${one.result ?? ''}</testcase>`,
  )
const { suite } = fc.letrec<{ suite: string }>((tie) => ({
  suite: fc
    .record({
      name: text,
      properties,
      parts: fc.array(fc.oneof({ depthSize: 'small' }, testcase, output, tie('suite')), { maxLength: 4 }),
    })
    .map((one) => `<testsuite name="${escaped(one.name)}">${one.properties}${one.parts.join('\n')}</testsuite>`),
}))
const file = fc
  .record({ suites: fc.array(suite, { minLength: 1, maxLength: 3 }), isRoot: fc.boolean() })
  .map(({ suites, isRoot }) => (isRoot ? (suites[0] ?? '') : `<testsuites>${suites.join('\n')}</testsuites>`))

function legal(value: string): string {
  return value.replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd]/gu, '')
}

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
}

/** What xmldom finds: test cases by their worst child. */
function countsOf(xml: string) {
  const document = new DOMParser().parseFromString(xml, 'text/xml')
  const cases = Array.from(document.getElementsByTagName('testcase'), (one) =>
    Array.from(one.childNodes, ({ nodeName }) => nodeName),
  )
  const count = (name: string) => cases.filter((names) => names.includes(name)).length
  return { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') }
}

describe('composeForeignReport, for any JUnit file', () => {
  it('keeps its counts, elements, attributes and texts, other than secrets, in a report that is trusted', () => {
    let secrets = 0
    fc.assert(
      fc.property(file, (xml) => {
        const report = composeForeignReport({ bytes: Buffer.from(xml) }, materials)
        const bytes = Buffer.concat(report.chunks)
        const whole = bytes.toString('utf8')
        const { summary } = readReport(bytes)
        const { tests, failures, errors, skipped } = summary
        const counts = countsOf(xml)
        const [before, after] = [
          partsOf(xml.replaceAll(SECRET, PLACEHOLDER)),
          // Names that would become equal are numbered.
          partsOf(whole.replaceAll(/\[secret:env:API_TOKEN:\d+\]/g, PLACEHOLDER)),
        ]

        expect({ tests, failures, errors, skipped }).toEqual(counts)
        expect(summary.outcome).toBe(
          counts.failures + counts.errors > 0 ? 'failed' : counts.tests > counts.skipped ? 'passed' : 'no-tests',
        )
        expect(moreIn(before, after)).toEqual([])
        expect(whole.replace(FACTS_SUITE, '')).not.toContain(SECRET)
        expect(verifyReport(bytes, { publicKeys: [PAIR.publicKey] }, { summary: true }).trusted).toBe(true)
        if (xml.includes(SECRET)) secrets++
      }),
      { numRuns: RUNS, seed: 20_260_103 },
    )

    expect(secrets).toBeGreaterThan(RUNS / 4)
  })
})
