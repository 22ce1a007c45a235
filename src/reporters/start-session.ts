/**
 * Starts what makes the report of a run: the session of this process, or the one of `jux run`, which started it.
 *
 * @module
 */
import type { Runner } from '../model.js'
import { markStart } from '../run-mark.js'
import { parseAddress, WITNESS_VARIABLE, type WitnessAddress } from '../witness/protocol.js'
import type { Session, SessionInput } from './session-interface.js'

/**
 * Starts a session. Never rejects.
 *
 */
export async function startSession(input: SessionInput, runner: Runner): Promise<Session> {
  markStart()
  const address = takeAddress()
  if (address !== undefined) {
    const { connectToWitness } = await import('./hand-over.js')
    const session = await connectToWitness(input, runner, address)
    if (session !== undefined) return session
  }
  const { ReporterSession } = await import('./session.js')
  const session = new ReporterSession(input)
  await session.start()
  return session
}

/** A process may have several reporters and runs, and load this module more than once. */
const REMEMBERED = Symbol.for('jux-reporter.witness')

// Removed from the environment, because runs that a test starts are not the run that was asked for.
function takeAddress(): WitnessAddress | undefined {
  const text = process.env[WITNESS_VARIABLE]
  delete process.env[WITNESS_VARIABLE]
  if (text !== undefined) Reflect.set(globalThis, REMEMBERED, text)
  const known: unknown = Reflect.get(globalThis, REMEMBERED)
  return typeof known === 'string' ? parseAddress(known) : undefined
}
