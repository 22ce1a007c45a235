/**
 * Pieces of HTML for Markdown pages, around text from anywhere.
 *
 * What is foreign stands in `code`, escaped and on one line: so it cannot end the HTML block that it is in (CommonMark 4.6), and
 * nothing in it becomes markup, a link, an image, a mention or a reference.
 *
 * @module
 */
import { printable } from '../errors.js'
import { legalText } from '../xml/text.js'

/** Foreign text as it is, its white space collapsed; what is longer than `max` UTF-16 code units is cut. */
export function codeOf(text: string, max: number): string {
  const line = legalText(text).replace(/\s+/g, ' ').trim()
  const cut = line.length <= max ? line : `${line.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…`
  return `<code>${escapeHtml(printable(cut))}</code>`
}

/** A link, if the address is one of the web. */
export function linkOf(address: string, inner: string): string {
  if (!URL.canParse(address)) return inner
  const { protocol, href } = new URL(address)
  return /^https?:$/.test(protocol) ? `<a href="${escapeHtml(href)}">${inner}</a>` : inner
}

/** A table of finished cells, between empty lines. */
export function tableOf(rows: readonly (readonly string[])[], headings: readonly string[] = []): string {
  const head = headings.length === 0 ? [] : [rowOf(headings, 'th')]
  return `<table>\n${[...head, ...rows.map((cells) => rowOf(cells, 'td'))].join('\n')}\n</table>\n\n`
}

/** Text between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function rowOf(cells: readonly string[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
}
