/**
 * Renders strings into one report and reads them back with two other parsers.
 *
 * @module
 */
import { spawnSync } from 'node:child_process'
import { documentedReplacement } from './hostile-text.js'
import { elements, parseXml, renderWhole } from './rendering.js'
import { aModule, aRun, aTest } from './runs.js'

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024
const ESCAPES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#x9;': '\t',
  '&#xA;': '\n',
  '&#xD;': '\r',
}

/** One string as a parser reads it back, from an attribute and from content. */
export interface Seen {
  readonly attribute: string
  readonly content: string
}

/** Renders a report in which each string is the value of a property and the output of a test. */
export function reportOf(texts: readonly string[]): string {
  const tests = texts.map((text, index) =>
    aTest({
      title: `${index}`,
      meta: [{ name: 'text', value: text }],
      output: [{ stream: 'stdout', text: `|${text}|` }],
    }),
  )
  return renderWhole(aRun({ modules: [aModule({ tests })] })).xml
}

/** Returns what parsers must read, according to the documentation. */
export function promised(texts: readonly string[]): Seen[] {
  return texts.map((text) => ({ attribute: documentedReplacement(text), content: documentedReplacement(`|${text}|`) }))
}

/** Returns what xmldom reads. */
export function seenByXmldom(xml: string): Seen[] {
  return elements(parseXml(xml), 'testcase').map((node) => ({
    attribute: elements(node, 'property')[0]?.getAttribute('value') ?? '(missing)',
    content: elements(node, 'system-out')[0]?.textContent ?? '(missing)',
  }))
}

/** Returns what libxml2 reads: xmllint parses the report and writes it in canonical form, and the escapes are decoded here. */
export function seenByLibxml(xml: string): Seen[] {
  const { status, stdout, stderr } = spawnSync('xmllint', ['--huge', '--c14n', '-'], {
    input: xml,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  if (status !== 0) throw new Error(`xmllint: ${stderr}`)
  return [...stdout.matchAll(/<testcase .*?<\/testcase>/gs)].map(([node]) => ({
    attribute: unescaped(/<property name="text" value="([^"]*)">/.exec(node)?.[1]),
    content: unescaped(/<system-out>([^<]*)<\/system-out>/.exec(node)?.[1]),
  }))
}

function unescaped(canonical: string | undefined): string {
  if (canonical === undefined) return '(missing)'
  return canonical.replace(/&[^;]*;/g, (entity) => ESCAPES[entity] ?? `(unknown ${entity})`)
}
