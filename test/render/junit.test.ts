import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { renderJunit } from '../../src/render/junit.js'
import { attributesOf, element, elements, renderedRoot, renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aRunOf, aTest } from '../support/runs.js'
import { hasTool } from '../support/tools.js'

const DIALECTS = ['common', 'jenkins', 'ant'] as const
const HOSTILE = `\u001b[31mred\u001b[0m \u001b NUL\u0000 \u0008 \ud800 \udfff \ufffe ]]> & < > " ' \r\n\t \u0085\u2028 \u{1f600}`
const SHOWN = `red \\u001b NUL\\u0000 \\u0008 \\ud800 \\udfff \\ufffe ]]> & < > " ' \r\n\t \\u0085\\u2028 \u{1f600}`

describe('renderJunit', () => {
  it('writes any text so that a parser reads it, with hostile characters made visible', () => {
    const failed = aTest({
      title: HOSTILE,
      path: [HOSTILE],
      status: 'failed',
      errors: [anError({ message: HOSTILE, stack: HOSTILE })],
    })
    const output = [{ stream: 'stdout', text: HOSTILE }] as const

    const root = renderedRoot(aRun({ modules: [aModule({ file: `${HOSTILE}.ts`, tests: [failed], output })] }))

    expect(attributesOf(element(root, 'testcase'))).toMatchObject({
      classname: `${SHOWN}.ts`,
      file: `${SHOWN}.ts`,
      name: `${SHOWN} > ${SHOWN}`,
    })
    expect(element(root, 'failure').getAttribute('message')).toBe(SHOWN)
    expect(element(root, 'failure').textContent).toBe(`Error: ${SHOWN}`)
    expect(element(root, 'system-out').textContent).toBe(SHOWN)
  })

  it('returns digests of the canonical form, which is the document without its declaration, and the size of the whole', () => {
    const report = renderWhole(aRunOf(aTest()), { digests: ['sha512'] })
    const canonical = report.xml.slice(report.xml.indexOf('<testsuites'))

    expect(report.contentHash).toBe(createHash('sha256').update(canonical).digest('hex'))
    expect(Buffer.from(report.digests.get('sha512') ?? [])).toEqual(createHash('sha512').update(canonical).digest())
    expect(report.sizeBytes).toBe(report.bytes.length)
  })

  it.skipIf(!hasTool('xmllint')).each(DIALECTS)('writes what canonicalization would write, as %s', (dialect) => {
    const modules = [aModule({ tests: [aTest({ title: HOSTILE, output: [{ stream: 'stdout', text: HOSTILE }] })] })]
    const { xml } = renderWhole(aRun({ modules, properties: [{ name: HOSTILE, value: HOSTILE }] }), { dialect })

    const canonical = execFileSync('xmllint', ['--c14n', '-'], { input: xml, encoding: 'utf8' })

    expect(xml.slice(xml.indexOf('<testsuites'))).toBe(canonical)
  })

  it('writes long text whole, in attributes and in content, with no character split between two pieces', () => {
    const text = `${'x'.repeat(16_383)}\u{1f600}`.repeat(5)

    const root = renderedRoot(aRunOf(aTest({ title: text, output: [{ stream: 'stdout', text }] })))

    expect(element(root, 'testcase').getAttribute('name')).toBe(text)
    expect(elements(root, 'system-out').map(({ textContent }) => textContent)).toEqual([text])
  })

  it('passes pieces of at most 128 KiB to the sink, however long a text is', () => {
    const sizes: number[] = []
    const output = [{ stream: 'stdout', text: '中'.repeat(500_000) }] as const

    renderJunit(aRunOf(aTest({ output })), { write: ({ length }) => sizes.push(length) })

    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * 1024)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(1_500_000)
  })

  it('leaves the end tag of the root to the caller, so that a signature can go before it', () => {
    const pieces: string[] = []

    const { endTag } = renderJunit(aRunOf(aTest()), { write: (bytes) => pieces.push(Buffer.from(bytes).toString()) })

    expect(endTag).toBe('</testsuites>')
    expect(pieces.join('')).toMatch(/<\/testsuite>\n$/)
  })
})
