import { describe, expect, it } from 'vitest'
import { elements, parseXml, renderWhole } from '../support/rendering.js'
import { everything } from '../support/runs.js'

/** Fields that are not written as they are: states are elements, `exact` is a word, the root folder is private. */
const WRITTEN_OTHERWISE = new Set([
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
  return typeof value === 'boolean' || WRITTEN_OTHERWISE.has(name) ? [] : [[name, String(value)]]
}

/** How a leaf's value is written. */
function shown(name: string, value: string): string {
  // A time of output is written as milliseconds after the first.
  if (name === 'at' && value.endsWith('.007Z')) return 'stderr +7'
  if (name === 'durationMs') return (Number(value) / 1_000).toFixed(3)
  return value
}

/** All attribute values and all text of a document. */
function visibleText(xml: string): string {
  const root = parseXml(xml)
  const attributes = elements(root, '*').flatMap((node) => Array.from(node.attributes).map(({ value }) => value))
  return [...attributes, root.textContent].join('\n')
}

describe.each(['common', 'jenkins', 'ant'] as const)('renderJunit, as %s', (dialect) => {
  it('writes every value of the model', () => {
    let number = 0
    const run = everything((text) => `${text} <${++number}>`)
    const text = visibleText(renderWhole(run, { dialect }).xml)

    const missing = leaves(run).filter(([name, value]) => !text.includes(shown(name, value)) && !text.includes(value))

    expect(missing).toEqual([])
  })

  it('writes the shard and the seed of a run, and that it is partial, merged and watched', () => {
    const text = visibleText(renderWhole(everything(), { dialect }).xml)

    expect(text).toContain('2/3')
    for (const fact of ['jux:partial', 'jux:merged', 'jux:watch', 'jux:seed']) expect(text).toContain(fact)
  })
})
