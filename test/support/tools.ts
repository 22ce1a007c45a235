/**
 * Programs that a test needs and a machine may lack.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'

/** With `JUX_REQUIRE_TOOLS=1` a missing program is a failure instead of a test that did not run. */
const REQUIRED = process.env.JUX_REQUIRE_TOOLS === '1'

/** How to ask each program whether it is there. */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  xmlsec1: ['--version'],
  xmllint: ['--version'],
  java: ['-version'],
  javac: ['-version'],
  openssl: ['version'],
  python3: ['--version'],
  git: ['--version'],
  strace: ['-V'],
}

/**
 * Whether a program can be run, for `it.skipIf(!hasTool('xmlsec1'))`.
 *
 * Says in one line what does not run without it.
 */
export function hasTool(name: string): boolean {
  try {
    execFileSync(name, [...(PROBES[name] ?? ['--version'])], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch (cause) {
    if (REQUIRED) throw new Error(`${name} is required and cannot be run`, { cause })
    console.log(`did not run: ${name} not found`)
    return false
  }
}

/**
 * Whether this process is root's, which no permission stops; says in one line what cannot be tried then.
 *
 * For `it.skipIf(isRoot('a folder that may not be read'))`.
 */
export function isRoot(what: string): boolean {
  if (process.getuid?.() !== 0) return false
  console.log(`did not run: ${what} (root may do everything)`)
  return true
}
