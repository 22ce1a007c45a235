/**
 * Renders reports into memory and reads them with another parser.
 *
 * @module
 */
import { DOMParser } from '@xmldom/xmldom'
import type { TestRun } from '../../src/model.js'
import { type Rendered, type RenderSettings, renderJunit } from '../../src/render/junit.js'

/** A whole report in memory. */
export interface WholeReport extends Rendered {
  readonly xml: string
  readonly bytes: Uint8Array
}

/** The whole unsigned document. */
export function renderWhole(run: TestRun, settings: RenderSettings = {}): WholeReport {
  const chunks: Uint8Array[] = []
  const rendered = renderJunit(run, { write: (bytes) => chunks.push(Uint8Array.from(bytes)) }, settings)
  const bytes = Buffer.concat([...chunks, Buffer.from(rendered.endTag)])
  return { ...rendered, bytes, xml: bytes.toString('utf8') }
}

/** The document's root as xmldom reads it; its warnings are errors. */
export function parseXml(xml: string): Element {
  const refuse = (message: string) => {
    throw new Error(message)
  }
  const parser = new DOMParser({ errorHandler: { warning: refuse, error: refuse, fatalError: refuse } })
  return parser.parseFromString(xml, 'text/xml').documentElement
}

/** The root of a run's report. */
export function renderedRoot(run: TestRun, settings: RenderSettings = {}): Element {
  return parseXml(renderWhole(run, settings).xml)
}

/** The test cases of a run's report, as they are written. */
export function caseXml(run: TestRun, settings: RenderSettings = {}): string {
  return (renderWhole(run, settings).xml.match(/<testcase [\s\S]*?<\/testcase>/g) ?? []).join('\n')
}

/** All elements of a name below another, in document order. */
export function elements(parent: Element, name: string): Element[] {
  return Array.from(parent.getElementsByTagName(name))
}

/** The first element of a name; a test that asks for a missing one fails. */
export function element(parent: Element, name: string): Element {
  const [first] = elements(parent, name)
  if (first === undefined) throw new Error(`no ${name} in ${parent.tagName}`)
  return first
}

/** The test case of a name. */
export function testcase(root: Element, name: string): Element {
  const found = elements(root, 'testcase').find((node) => node.getAttribute('name') === name)
  if (found === undefined) {
    throw new Error(
      `no testcase "${name}" among ${elements(root, 'testcase').map((node) => node.getAttribute('name'))}`,
    )
  }
  return found
}

/** The attributes of an element. */
export function attributesOf(node: Element): Record<string, string> {
  return Object.fromEntries(Array.from(node.attributes).map(({ name, value }) => [name, value]))
}

/** Name and value of the properties that belong to a suite or a test case itself. */
export function propertiesOf(node: Element): Record<string, string> {
  const own = elements(node, 'property').filter((property) => property.parentNode?.parentNode === node)
  return Object.fromEntries(own.map((property) => [property.getAttribute('name'), property.getAttribute('value')]))
}
