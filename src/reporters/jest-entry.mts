/**
 * The entry `jux-reporter/jest`: the reporter in an `.mts` file, because Jest loads `.mjs` files with `import`. It
 * tries `require` on all others, which cannot resolve their imports under Yarn's Plug'n'Play.
 *
 * @module
 */
export { default, type JestTestFile } from './jest.js'
