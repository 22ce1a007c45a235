import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { element, elements, parseXml, propertiesOf, renderWhole, testcase } from '../support/rendering.js'
import { aModule, anError, aRun, aTest } from '../support/runs.js'
import { hasTool } from '../support/tools.js'

const HOSTILE = `\u001b[31mred\u001b[0m \u001b NUL\u0000 \ud800 ]]> & < > " ' \r\n\t \u0085\u2028 \u{1f600}`
const SHOWN = `red \\u001b NUL\\u0000 \\ud800 ]]> & < > " ' \r\n\t \\u0085\\u2028 \u{1f600}`

describe('renderJunit', () => {
  it('carries any title and message through a parser, hostile characters made visible', () => {
    const failed = aTest({ title: HOSTILE, status: 'failed', errors: [anError({ message: HOSTILE })] })

    const root = parseXml(renderWhole(aRun({ modules: [aModule({ tests: [failed] })] })).xml)

    expect(element(root, 'testcase').getAttribute('name')).toBe(SHOWN)
    expect(element(root, 'failure').getAttribute('message')).toBe(SHOWN)
    expect(element(root, 'failure').textContent).toBe(`Error: ${SHOWN}`)
  })

  it('hashes the canonical form: the document without its declaration', () => {
    const report = renderWhole(aRun({ modules: [aModule({ tests: [aTest()] })] }), { digests: ['sha512'] })
    const canonical = report.xml.slice(report.xml.indexOf('<testsuites'))

    expect(report.contentHash).toBe(createHash('sha256').update(canonical).digest('hex'))
    expect(Buffer.from(report.digests.get('sha512') ?? [])).toEqual(createHash('sha512').update(canonical).digest())
    expect(report.sizeBytes).toBe(report.bytes.length)
  })

  it.skipIf(!hasTool('xmllint'))('writes what canonicalisation would write, in every dialect', () => {
    const modules = [aModule({ tests: [aTest({ title: HOSTILE, output: [{ stream: 'stdout', text: HOSTILE }] })] })]
    for (const dialect of ['common', 'jenkins', 'ant'] as const) {
      const { xml } = renderWhole(aRun({ modules, properties: [{ name: HOSTILE, value: HOSTILE }] }), { dialect })

      const canonical = execFileSync('xmllint', ['--c14n', '-'], { input: xml, encoding: 'utf8' })

      expect(xml.slice(xml.indexOf('<testsuites'))).toBe(canonical)
    }
  })

  it('puts the facts about the run into the first suite', () => {
    const modules = [aModule({ file: 'a.test.ts' }), aModule({ file: 'b.test.ts' })]

    const root = parseXml(renderWhole(aRun({ modules, properties: [{ name: 'git:commit', value: 'abc' }] })).xml)
    const [first, second] = elements(root, 'testsuite').map(propertiesOf)

    expect(first).toMatchObject({ 'git:commit': 'abc', 'jux:outcome': 'passed', 'jux:runner': 'vitest' })
    expect(second).toEqual({})
  })

  it('gives a run without files a suite, so that its facts have a place', () => {
    const root = parseXml(renderWhole(aRun({ properties: [{ name: 'project', value: 'p' }] })).xml)

    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({ project: 'p' })
  })

  it('counts what it writes', () => {
    const tests = [
      aTest({ title: 'passes' }),
      aTest({ title: 'fails', status: 'failed', errors: [anError()] }),
      aTest({ title: 'skips', status: 'skipped', reason: 'not on Tuesdays' }),
      aTest({ title: 'waits', status: 'todo' }),
    ]
    const modules = [aModule({ tests, errors: [anError({ kind: 'load' })] })]

    const { xml, counts } = renderWhole(aRun({ modules }))
    const root = parseXml(xml)

    expect(counts).toEqual({ tests: 5, failures: 1, errors: 1, skipped: 2 })
    for (const node of [root, element(root, 'testsuite')]) {
      expect(['tests', 'failures', 'errors', 'skipped'].map((name) => node.getAttribute(name))).toEqual([
        '5',
        '1',
        '1',
        '2',
      ])
    }
    expect(element(testcase(root, 'skips'), 'skipped').getAttribute('message')).toBe('not on Tuesdays')
    expect(element(testcase(root, 'waits'), 'skipped').getAttribute('message')).toBe('todo')
  })
})
