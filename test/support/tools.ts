/**
 * Programs that some tests need, and that may be missing on a machine.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'

/** With `JUX_REQUIRE_TOOLS=1` a missing program is a failure instead of a skipped test. */
const REQUIRED = process.env.JUX_REQUIRE_TOOLS === '1'

/** Arguments that make a program print its version; default: `--version`. */
const PROBES: Readonly<Record<string, readonly string[]>> = {
  xmlsec1: ['--version'],
  xmllint: ['--version'],
  java: ['-version'],
  javac: ['-version'],
  openssl: ['version'],
  python3: ['--version'],
  git: ['--version'],
  strace: ['-V'],
  unzip: ['-v'],
}

/**
 * Whether a program can be run, for `it.skipIf(!hasTool('xmlsec1'))`. Prints one line if it cannot.
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
 * Whether this process runs as root, for which permissions do not apply. Prints one line with what is skipped then.
 *
 * For `it.skipIf(isRoot('a folder without read permission'))`.
 */
export function isRoot(what: string): boolean {
  if (process.getuid?.() !== 0) return false
  console.log(`did not run: ${what} (root may do everything)`)
  return true
}
