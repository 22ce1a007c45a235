// Where the parts of a build are. This is the only place that knows.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Folder of this build. */
export const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/** The modules of this build, one file each. A package without this folder has them in `DIST`. */
const MODULES = fileURLToPath(new URL('../build', import.meta.url))

/** Folder of another build, which is measured as "before": `OLD_DIST`, beside its package.json; `undefined` without it. */
export const OLD_DIST = process.env.OLD_DIST ? resolve(process.env.OLD_DIST) : undefined

/** The parts that have no public entry, and those that must come from the same modules as these. */
const PARTS = {
  render: 'render/junit.js',
  signature: 'sign/sign.js',
  keys: 'sign/keys.js',
  facts: 'enrich/facts.js',
  scrub: 'scrub/scrub.js',
  body: 'submit/body.js',
  encoding: 'submit/encoding.js',
}

/** Loads a part of a build, see `PARTS`. Of this build, from the modules before they are bundled. */
export function loadPart(name, dist = DIST) {
  const folder = dist === DIST && existsSync(MODULES) ? MODULES : dist
  return import(pathToFileURL(join(folder, PARTS[name])).href)
}

/** Loads the public library of this build. */
export function loadLibrary() {
  return import(entryUrl('.'))
}

/** The program `jux` of a build. */
export function programOf(dist = DIST) {
  return join(dist, 'cli/bin.js')
}

/**
 * The URL of a public entry, as package.json names it.
 *
 * @param {'.' | './vitest' | './jest'} entry
 */
export function entryUrl(entry, dist = DIST) {
  const root = dirname(dist)
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return pathToFileURL(join(root, exports[entry].default)).href
}
