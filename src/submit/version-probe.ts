/**
 * Whether the server speaks the version of the API that we speak.
 *
 * A courtesy: what goes wrong here is nobody's trouble.
 *
 * @module
 */
import type { Transport } from './transport.js'

/** Major version of the API that is spoken here. */
const OUR_MAJOR = '1'
const PROBE_TIMEOUT_MS = 5_000

/**
 * Asks the server for its version, without credentials.
 *
 * @param timeoutMs at most 5 s are waited
 * @returns a warning when it is another major version; `undefined` when it is ours, or not said
 */
export async function versionWarning(transport: Transport, url: URL, timeoutMs: number): Promise<string | undefined> {
  try {
    const reply = await transport.send({ url, timeoutMs: Math.min(PROBE_TIMEOUT_MS, timeoutMs) })
    const answer: unknown = reply.status === 200 ? JSON.parse(reply.body) : undefined
    if (typeof answer !== 'object' || answer === null || !('version' in answer)) return undefined
    const version = typeof answer.version === 'string' ? answer.version.trim().slice(0, 40) : ''
    if (version === '' || version === OUR_MAJOR || version.startsWith(`${OUR_MAJOR}.`)) return undefined
    return `the server speaks version ${version} of the API, this program version ${OUR_MAJOR}.x: upgrade with "npm install jux-reporter@latest", or upgrade the server`
  } catch {
    return undefined
  }
}
