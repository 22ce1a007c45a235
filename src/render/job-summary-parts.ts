/**
 * The pieces that summaries for the page of a CI job are made of: text from reports that becomes no markup, and tables.
 *
 * @module
 */
import { printable } from '../errors.js'
import { legalText } from '../xml/text.js'

/** Text on one line; what is longer than `max` UTF-16 code units is cut. */
export function codeOf(text: string, max: number): string {
  const line = legalText(text).replace(/\s+/g, ' ').trim()
  const cut = line.length <= max ? line : `${line.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…`
  return `<code>${escapeHtml(printable(cut))}</code>`
}

/** A table of finished cells, between empty lines. */
export function tableOf(rows: readonly (readonly string[])[], headings: readonly string[] = []): string {
  const head = headings.length === 0 ? [] : [rowOf(headings, 'th')]
  return `<table>\n${[...head, ...rows.map((cells) => rowOf(cells, 'td'))].join('\n')}\n</table>\n\n`
}

/** Escapes text between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function rowOf(cells: readonly string[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
}
