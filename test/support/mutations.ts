/**
 * Signed reports, damaged at random: none may be accepted unless it still says the same.
 *
 * @module
 */
import { DOMParser } from '@xmldom/xmldom'
import fc from 'fast-check'
import { JuxError } from '../../src/errors.js'
import { type Trust, verifyReport } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'
import { makeCertificate } from './certificates.js'
import { newKeyPair } from './keys.js'
import { BODY, keyValue, signedReport, URIS, x509Data } from './signatures.js'

/** A report that verifies. */
interface Base {
  readonly report: string
  readonly trust: Trust
  readonly contentHash: string
  readonly canonical: string
  /** What another parser reads in it. */
  readonly reading: string
  /** Where its elements begin and end. */
  readonly elements: readonly (readonly [start: number, end: number])[]
}

/** One change; fractions say where, so that they fit any report. */
type Mutation = (report: string, base: Base, other: Base) => string

/** What came of the mutants. */
export interface Tally {
  accepted: number
  refused: number
  /** Left as it was by its mutations. */
  unchanged: number
}

/**
 * Verifies mutants.
 *
 * @throws whatever is wrong: a mutant that was accepted although it says something else, an error that is no `JuxError`
 */
export async function verifyMutants(numRuns: number, seed: number): Promise<Tally> {
  const bases = await makeBases()
  const tally: Tally = { accepted: 0, refused: 0, unchanged: 0 }
  const mutants = fc.tuple(
    fc.constantFrom(...bases),
    fc.constantFrom(...bases),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
  )
  const property = fc.property(mutants, ([base, other, mutations]) => {
    const mutant = mutations.reduce((report, mutate) => mutate(report, base, other), base.report)
    check(mutant, base, bases, tally)
  })
  fc.assert(property, { numRuns, seed, endOnFailure: true })
  return tally
}

function check(mutant: string, base: Base, bases: readonly Base[], tally: Tally): void {
  // Latin-1: the reports are held one character a byte, so that a mutation can split a UTF-8 sequence.
  const bytes = Buffer.from(mutant, 'latin1')
  if (mutant === base.report) tally.unchanged++
  try {
    const verified = verifyReport(bytes, base.trust)
    // An exchange of whole roots leaves another of the signed reports.
    const origin = bases.find((one) => one.contentHash === verified.contentHash)
    const same = origin?.canonical === Buffer.from(verified.canonical).toString()
    if (!same || contentHash(bytes) !== origin.contentHash) throw new Error(`accepted: ${mutant}`)
    if (readingOf(bytes) !== origin.reading) throw new Error(`accepted, and read otherwise: ${mutant}`)
    tally.accepted++
  } catch (error) {
    if (!(error instanceof JuxError) || error.code === 'UNEXPECTED_ERROR') throw error
    tally.refused++
  }
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const PIECES = [
  '<',
  '>',
  '&',
  '"',
  "'",
  '/>',
  '</',
  ' ',
  '\n',
  '\r',
  '\t',
  '=',
  'A',
  '<!---->',
  '<!--',
  '-->',
  '<?x?>',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE x>',
  '&amp;',
  '&#13;',
  '&#x41;',
  '&e;',
  ' xmlns="urn:x"',
  ` xmlns:ds="${URIS.dsig}"`,
  ' xmlns:ds="urn:x"',
  ' Id="a"',
  ' xml:lang="en"',
  '<x/>',
  '</testsuite>',
  '<testsuite>',
  '\xe2\x80\xa8',
  '\xef\xbb\xbf',
  '\xc0\x80',
  '\0',
]

const at = (report: string, where: number) => Math.floor(where * (report.length + 1))
const cut = (report: string, from: number, to: number) => {
  const [a, b] = [at(report, from), at(report, to)].sort((x, y) => x - y)
  return [a ?? 0, b ?? 0] as const
}
const put = (report: string, offset: number, text: string) => report.slice(0, offset) + text + report.slice(offset)
const element = ({ elements, report }: Base, which: number) => {
  const [start, end] = elements[Math.floor(which * elements.length)] ?? [0, 0]
  return report.slice(start, end)
}

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fraction, fc.nat(7)).map(
    ([where, bit]): Mutation =>
      (report) => {
        const offset = Math.floor(where * report.length)
        return `${report.slice(0, offset)}${String.fromCharCode(report.charCodeAt(offset) ^ (1 << bit))}${report.slice(offset + 1)}`
      },
  ),
  fc.tuple(fraction, fc.constantFrom(...PIECES)).map(
    ([where, piece]): Mutation =>
      (report) =>
        put(report, at(report, where), piece),
  ),
  fc.tuple(fraction, fraction).map(
    ([from, length]): Mutation =>
      (report) => {
        const [a, b] = cut(report, from, Math.min(1, from + length / 20))
        return report.slice(0, a) + report.slice(b)
      },
  ),
  fc.tuple(fraction, fraction, fraction).map(
    ([from, to, where]): Mutation =>
      (report) => {
        const [a, b] = cut(report, from, to)
        return put(report, at(report, where), report.slice(a, b))
      },
  ),
  fc.tuple(fraction, fraction, fraction).map(
    ([from, to, where]): Mutation =>
      (report, _, other) => {
        const [a, b] = cut(other.report, from, to)
        return put(report, at(report, where), other.report.slice(a, b))
      },
  ),
  // Elements: twice, moved, removed, exchanged.
  fc.tuple(fraction, fraction).map(
    ([which, mark]): Mutation =>
      (report, base) => {
        const target = element(base, mark)
        return report.replace(target, () => element(base, which) + target)
      },
  ),
  fc.tuple(fraction, fraction).map(
    ([which, mark]): Mutation =>
      (report, base) => {
        const [moved, target] = [element(base, which), element(base, mark)]
        return report.replace(moved, '').replace(target, () => target + moved)
      },
  ),
  fraction.map(
    (which): Mutation =>
      (report, base) =>
        report.replace(element(base, which), ''),
  ),
  fc.tuple(fraction, fraction).map(
    ([one, two]): Mutation =>
      (report, base, other) =>
        report.replace(element(base, one), () => element(other, two)),
  ),
  // Attributes: changed, removed, twice, moved behind the next one, other quotes.
  fc.tuple(fraction, fc.nat(4)).map(
    ([where, how]): Mutation =>
      (report) =>
        changeAttribute(report, where, how),
  ),
  // White space where it may stand, and where not.
  fc.tuple(fraction, fc.constantFrom(' ', '\n', '\t', '&#13;\n')).map(
    ([where, space]): Mutation =>
      (report) => {
        const offset = report.indexOf('<', at(report, where))
        return offset < 0 ? report : put(report, offset, space)
      },
  ),
)

function changeAttribute(report: string, where: number, how: number): string {
  const attributes = [...report.matchAll(/ [\w:]+="[^"]*"/g)]
  const chosen = attributes[Math.floor(where * attributes.length)]
  if (chosen === undefined) return report
  const [text] = chosen
  const changed = ['', text + text, text.replace('="', '="x'), text.replaceAll('"', "'"), text.replace('=', '\n=\t')][
    how
  ]
  return report.slice(0, chosen.index) + changed + report.slice(chosen.index + text.length)
}

function elementsOf(report: string): (readonly [number, number])[] {
  const open: number[] = []
  const found: (readonly [number, number])[] = []
  for (const { 0: tag, index } of report.matchAll(/<[^?!][^>]*>/g)) {
    if (tag.startsWith('</')) found.push([open.pop() ?? 0, index + tag.length])
    else if (tag.endsWith('/>')) found.push([index, index + tag.length])
    else open.push(index)
  }
  return found
}

async function makeBases(): Promise<Base[]> {
  const [rsa, ec] = [newKeyPair('rsa'), newKeyPair('P-256')]
  const certificate = x509Data(await makeCertificate({ subject: 'CN=signer', keys: rsa }))
  const trust = { publicKeys: [rsa.publicKey, ec.publicKey] }
  const inclusive = (uri: string) => `<ds:Transform Algorithm="${URIS.enveloped}"/><ds:Transform Algorithm="${uri}"/>`
  const reports = [
    signedReport({ key: rsa.privateKey, keyInfo: certificate }),
    signedReport({ key: ec.privateKey, keyInfo: keyValue(ec.publicKey), at: 0 }),
    signedReport({
      key: ec.privateKey,
      root: '<t:testsuites xmlns:t="urn:t" xmlns="urn:d" Id="a">',
      uri: ' URI="#a"',
      form: { exclusive: false },
      canonicalizationMethod: URIS.c14n11,
      transforms: inclusive(URIS.c14n11),
    }),
    signedReport({
      key: rsa.privateKey,
      body: `\r\n  <testcase  b='1' a="&#62;"/><![CDATA[<&>]]>\n${BODY}`,
      form: { exclusive: false },
      canonicalizationMethod: URIS.c14n10,
      transforms: inclusive(URIS.c14n10),
      signedInfo: (xml) => xml.replace(/></g, '>\n<'),
    }),
  ]
  return reports.map((text) => {
    const bytes = Buffer.from(text)
    const verified = verifyReport(bytes, trust)
    const report = bytes.toString('latin1')
    return {
      report,
      trust,
      contentHash: verified.contentHash,
      canonical: Buffer.from(verified.canonical).toString(),
      reading: readingOf(bytes),
      elements: elementsOf(report),
    }
  })
}

// The report as xmldom reads it, without signatures: a second opinion on what was accepted.
function readingOf(bytes: Uint8Array): string {
  const failing = (message: unknown) => {
    throw new Error(`another parser refuses what was accepted: ${String(message)}`)
  }
  const errorHandler = { warning: () => undefined, error: failing, fatalError: failing }
  const source = new TextDecoder().decode(bytes)
  return readingOfNode(new DOMParser({ errorHandler }).parseFromString(source, 'text/xml').documentElement)
}

function readingOfNode(node: Element): string {
  const attributes = Array.from(node.attributes)
    .filter(({ name }) => !/^xmlns(:|$)/.test(name))
    .map(({ localName, namespaceURI, value }) => JSON.stringify([namespaceURI, localName, value]))
  const children = Array.from(node.childNodes, (child) => {
    if (isElement(child)) return child.namespaceURI === URIS.dsig ? '' : readingOfNode(child)
    return JSON.stringify(child.nodeValue).slice(1, -1)
  })
  return `{${node.namespaceURI} ${node.localName} ${attributes.sort().join()} ${children.join('')}}`
}

function isElement(node: Node): node is Element {
  return node.nodeType === node.ELEMENT_NODE
}
