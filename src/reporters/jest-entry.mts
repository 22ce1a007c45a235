/**
 * What `jux-reporter/jest` names: the reporter, in a file that Jest imports. It tries `require` on all others, which under Yarn's
 * Plug'n'Play finds nothing that such a module imports.
 *
 * @module
 */
export { default, type JestTestFile } from './jest.js'
