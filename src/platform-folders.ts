/**
 * The package env-paths, in a module of its own, so that `home.ts` runs before it in the bundle too.
 *
 * @module
 */
export { default as envPaths } from 'env-paths'
