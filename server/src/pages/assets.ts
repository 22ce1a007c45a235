/**
 * The stylesheet and the icon: the only things a page loads, and they come from this server.
 *
 * Their paths change with their contents, so browsers may keep them.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { App } from '../context.js'
import { STYLESHEET } from './stylesheet.js'

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2f5bd8"/>' +
  '<path d="M9 16.500l5 5 9.5-11" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>'

/** Path of the stylesheet. */
export const STYLESHEET_PATH = `/assets/${nameOf(STYLESHEET)}.css`
/** Path of the icon. */
export const ICON_PATH = `/assets/${nameOf(ICON)}.svg`

const CACHED = { 'Cache-Control': 'public, max-age=31536000, immutable' }

/** Adds the paths. */
export function addAssets(app: App): void {
  app.get(STYLESHEET_PATH, (c) => c.body(STYLESHEET, 200, { ...CACHED, 'Content-Type': 'text/css; charset=utf-8' }))
  app.get(ICON_PATH, (c) => c.body(ICON, 200, { ...CACHED, 'Content-Type': 'image/svg+xml' }))
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
