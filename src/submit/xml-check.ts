/**
 * Checks a report with a parser that is not ours, for a dry run.
 *
 * The report was just written by the code of this package, and nothing has read it. A reader of this package could make
 * the same mistake, so xmldom parses the bytes: the report must be well-formed JUnit XML with as many results as we
 * counted, and a signature must be a child of its root.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { messageOf } from '../errors.js'
import type { TestCounts } from '../model.js'
import { sizeOf } from './body.js'
import { reportText } from './encoding.js'
import { chunksOf, type Submission } from './request.js'

/** Parsing takes about a second and 400 MB of memory for a report of this size. */
export const MAX_CHECKED_BYTES = 32_000_000

const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
/** xmldom reports no element that is left open, but whatever follows is then inside that element. */
const END_MARK = 'end of the report'
const COUNTS = ['tests', 'failures', 'errors', 'skipped'] as const

/** The result: what was found in the report, or why it is wrong. */
export type XmlCheck = { readonly found: string } | { readonly problem: string }

/** Parses a report with xmldom. Synchronous: a process that is exiting can do it. Never throws. */
export function checkXml({ bytes, counts }: Pick<Submission, 'bytes' | 'counts'>): XmlCheck {
  const chunks = chunksOf({ bytes })
  if (sizeOf(chunks) > MAX_CHECKED_BYTES)
    return { found: `not checked: the report is larger than ${MAX_CHECKED_BYTES / 1_000_000} MB` }
  try {
    const root = parse(reportText(Buffer.concat(chunks)))
    if (root.localName !== 'testsuites' && root.localName !== 'testsuite')
      return { problem: `the root element is ${root.nodeName}, not testsuites or testsuite` }
    const theirs = countCases(root)
    const differences = COUNTS.filter((name) => counts !== undefined && counts[name] !== theirs[name])
    if (differences.length > 0) {
      const texts = differences.map((name) => `${name}: ${counts?.[name]} here, ${theirs[name]} by xmldom`)
      return { problem: `xmldom counts different results: ${texts.join('; ')}` }
    }
    return signatureCheck(root, theirs)
  } catch (error) {
    return { problem: `xmldom cannot read the report: ${firstLine(messageOf(error))}` }
  }
}

function parse(text: string): Element {
  // Loaded here, because only a dry run needs it, and without waiting, because the process may be exiting.
  const { DOMParser }: typeof import('@xmldom/xmldom') = createRequire(import.meta.url)('@xmldom/xmldom')
  // A byte order mark is no part of the document.
  const source = `${text.replace(/^\ufeff/, '')}<!--${END_MARK}-->`
  const document = new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } }).parseFromString(
    source,
    'text/xml',
  )
  if (document.lastChild?.nodeValue !== END_MARK) return fail('an element is not closed')
  return document.documentElement
}

function signatureCheck(root: Element, { tests, failures, errors, skipped }: TestCounts): XmlCheck {
  const signatures = root.getElementsByTagNameNS(DSIG_NAMESPACE, 'Signature')
  const signature = signatures.item(0)
  if (signatures.length > 1) return { problem: `the report has ${signatures.length} signatures` }
  if (signature !== null && signature.parentNode !== root)
    return { problem: `the signature is in the element ${signature.parentNode?.nodeName}, not in the root` }
  const results = `${tests} tests, ${failures} failures, ${errors} errors, ${skipped} skipped`
  return {
    found: `well-formed JUnit XML, checked with xmldom: ${results}, ${signature === null ? 'no' : 'one'} signature`,
  }
}

// As the reader of reports counts: the most severe part of a test case decides, and a failed "todo" is skipped.
function countCases(root: Element): TestCounts {
  const counts = { tests: 0, failures: 0, errors: 0, skipped: 0 }
  const open = [root]
  for (let suite = open.pop(); suite !== undefined; suite = open.pop()) {
    for (const child of elementsIn(suite)) {
      if (child.localName === 'testsuite') open.push(child)
      else if (child.localName === 'testcase') {
        counts.tests += 1
        const field = statusOf(child)
        if (field !== undefined) counts[field] += 1
      }
    }
  }
  return counts
}

function statusOf(testCase: Element): 'failures' | 'errors' | 'skipped' | undefined {
  const parts = elementsIn(testCase)
  const has = (name: string) => parts.some(({ localName }) => localName === name)
  if (has('error')) return 'errors'
  const isTodo = parts.some((part) => part.localName === 'skipped' && part.getAttribute('type') === 'todo')
  if (has('failure')) return isTodo ? 'skipped' : 'failures'
  return has('skipped') ? 'skipped' : undefined
}

function elementsIn(parent: Element): readonly Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) if (isElement(node)) found.push(node)
  return found
}

function isElement(node: Node): node is Element {
  return node.nodeType === 1
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? ''
}

function fail(message: string): never {
  throw new Error(message.replace(/^\[xmldom \w+\]\s*/, ''))
}
