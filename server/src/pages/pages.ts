/**
 * The pages that people read.
 *
 * @module
 */
import type { App, ServerContext } from '../context.js'

/** Paths that need no key: what a browser shows to somebody who has yet to sign in. */
export const PUBLIC_PAGES: readonly string[] = []

/** Adds the paths. */
export function addPages(_app: App, _server: ServerContext): void {}
