/**
 * Makes texts that look like secrets, and scrubs them.
 *
 * @module
 */
import type { TestRun } from '../../src/model.js'
import { type ScrubSettings, scrub } from '../../src/scrub/scrub.js'
import { aModule, aRun, aTest } from './runs.js'

/** Joins a token at run time, so that no secret scanner reports it in the sources. */
export const fake = (...parts: string[]) => parts.join('')
export const BODY = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'
export const JWT = fake(
  'eyJ',
  'hbGciOiJIUzI1NiJ9',
  '.eyJ',
  'zdWIiOiIxMjM0NTY3ODkwIn0',
  '.',
  'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9',
)
export const PEM = fake(
  '-----BEGIN ',
  'PRIVATE KEY-----\n',
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(3),
  '-----END ',
  'PRIVATE KEY-----',
)

/** A run with a test that printed this text. */
export function said(text: string): TestRun {
  return aRun({ modules: [aModule({ tests: [aTest({ output: [{ stream: 'stdout', text }] })] })] })
}

/** The output of a test that printed this text, after scrubbing. */
export function scrubbed(text: string, env: Record<string, string> = {}, settings: ScrubSettings = {}): string {
  return scrub(said(text), settings, env).modules[0]?.tests[0]?.output[0]?.text ?? ''
}
