/**
 * Draws a badge: `tests | passing`. Pure.
 *
 * @module
 */
import { cutTo, plain } from '../notify/notice.js'

/** What a badge says. */
export type BadgeState =
  | { readonly kind: 'passing' }
  | { readonly kind: 'failing'; readonly failures: number }
  | { readonly kind: 'none' }

const LABEL = 'tests'
const MAX_TEXT = 40
const HEIGHT = 20
const PADDING = 6
/** Width of a character of Verdana at 11 px, on average. `textLength` makes the text exactly as wide as its box. */
const CHARACTER_WIDTH = 6.6
/** Dark enough for white text (WCAG 2.2, 4.5:1). */
const COLORS = { passing: '#2b7a3d', failing: '#c0262d', none: '#5f6670' } as const

/** The words of a badge. */
export function badgeText(state: BadgeState): string {
  if (state.kind === 'passing') return 'passing'
  if (state.kind === 'none') return 'no runs'
  return state.failures === 0 ? 'failing' : cutTo(`failing ${state.failures}`, MAX_TEXT)
}

/** Draws the badge as SVG. `title` is shown by browsers and read by screen readers. */
export function badgeSvg(state: BadgeState, title: string): string {
  const text = badgeText(state)
  const left = widthOf(LABEL)
  const right = widthOf(text)
  const label = escapeXml(plain(title))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${label}"><title>${label}</title><rect width="${left + right}" height="${HEIGHT}" rx="3" fill="#444"/><path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${right - 3}z" fill="${COLORS[state.kind]}"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">${textAt(LABEL, 0, left)}${textAt(text, left, right)}</g></svg>\n`
}

function textAt(text: string, x: number, width: number): string {
  return `<text x="${x + width / 2}" y="14" textLength="${width - 2 * PADDING}">${escapeXml(text)}</text>`
}

function widthOf(text: string): number {
  return Math.round(text.length * CHARACTER_WIDTH) + 2 * PADDING
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
