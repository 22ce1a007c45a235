/**
 * Random changes to the bytes, elements and attributes of a report.
 *
 * @module
 */
import fc from 'fast-check'
import { URIS } from './signatures.js'

/** A report that can be changed, with one character for each byte. */
export interface Mutable {
  readonly report: string
  /** Start and end of each element. */
  readonly elements: readonly (readonly [start: number, end: number])[]
}

/** One change. Its place is a fraction, so that it can be applied to any report. */
export type Mutation = (report: string, base: Mutable, other: Mutable) => string

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
const element = ({ elements, report }: Mutable, which: number) => {
  const [start, end] = elements[Math.floor(which * elements.length)] ?? [0, 0]
  return report.slice(start, end)
}

/** Any change. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
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
  // Elements: repeated, moved, removed, exchanged.
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
  // Attributes: changed, removed, repeated, moved after the next one, with other quotes.
  fc.tuple(fraction, fc.nat(4)).map(
    ([where, how]): Mutation =>
      (report) =>
        changeAttribute(report, where, how),
  ),
  // White space where it is allowed, and where it is not.
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

/** Finds the start and end of each element of a report. */
export function elementsOf(report: string): (readonly [number, number])[] {
  const open: number[] = []
  const found: (readonly [number, number])[] = []
  for (const { 0: tag, index } of report.matchAll(/<[^?!][^>]*>/g)) {
    if (tag.startsWith('</')) found.push([open.pop() ?? 0, index + tag.length])
    else if (tag.endsWith('/>')) found.push([index, index + tag.length])
    else open.push(index)
  }
  return found
}
