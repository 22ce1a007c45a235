/**
 * Where the reporters are that `jux run` adds.
 *
 * @module
 */
import { fileURLToPath } from 'node:url'

/** Paths of the files that export them. */
export const ADDED_REPORTERS = {
  vitest: fileURLToPath(new URL('./added-vitest.js', import.meta.url)),
  jest: fileURLToPath(new URL('./added-jest.mjs', import.meta.url)),
  playwright: fileURLToPath(new URL('./added-playwright.js', import.meta.url)),
}
