import { describe, expect, it } from 'vitest'
import { element, elements, parseXml, renderWhole } from '../support/rendering.js'
import { aModule, anError, aRun, aTest, everything } from '../support/runs.js'

/** What a report says without saying it: states are elements, `exact` is a word, the root folder is private. */
const SAID_OTHERWISE = new Set([
  'schemaVersion',
  'rootDir',
  'stream',
  'status',
  'outcome',
  'kind',
  'index',
  'exact',
  'attempt',
])

function leaves(value: unknown, name = ''): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => leaves(item, name))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => leaves(item, key))
  return typeof value === 'boolean' || SAID_OTHERWISE.has(name) ? [] : [[name, String(value)]]
}

/** How a leaf's value is written. */
function shown(name: string, value: string): string {
  // A time of output is written as milliseconds after the first.
  if (name === 'at' && value.endsWith('.007Z')) return 'stderr +7'
  if (name === 'durationMs') return (Number(value) / 1_000).toFixed(3)
  return value
}

/** All that a reader of the XML can see. */
function visibleText(xml: string): string {
  const root = parseXml(xml)
  const attributes = elements(root, '*').flatMap((node) => Array.from(node.attributes).map(({ value }) => value))
  return [...attributes, root.textContent].join('\n')
}

describe.each(['common', 'jenkins', 'ant'] as const)('dialect %s', (dialect) => {
  it('shows everything that the model knows', () => {
    let number = 0
    const run = everything((text) => `${text} <${++number}>`)
    const text = visibleText(renderWhole(run, { dialect }).xml)

    const missing = leaves(run).filter(([name, value]) => !text.includes(shown(name, value)) && !text.includes(value))

    expect(missing).toEqual([])
  })

  it('says what a run was: its shard, its seed, that it is partial, merged and watched', () => {
    const text = visibleText(renderWhole(everything(), { dialect }).xml)

    expect(text).toContain('2/3')
    for (const fact of ['jux:partial', 'jux:merged', 'jux:watch', 'jux:seed']) expect(text).toContain(fact)
  })
})

describe('a test that was given up after an attempt', () => {
  it('keeps the error and the output of that attempt', () => {
    const output = [{ stream: 'stdout', text: 'said before' }] as const
    const attempts = [
      { index: 0, status: 'failed', errors: [anError({ message: 'went wrong' })], output, exact: true },
    ] as const

    const { xml } = renderWhole(aRun({ modules: [aModule({ tests: [aTest({ status: 'skipped', attempts })] })] }))

    expect(element(parseXml(xml), 'skipped').textContent).toBe('Error: went wrong')
    expect(element(parseXml(xml), 'system-out').textContent).toBe('said before')
  })
})
