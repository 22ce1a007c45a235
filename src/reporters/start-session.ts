/**
 * Starts what makes the report of a run: the session of this process, or the one of `jux run`, which started it.
 *
 * @module
 */
import type { Runner } from '../model.js'
import { markStart } from '../run-mark.js'
import { parseAddress, WITNESS_VARIABLE } from '../witness/protocol.js'
import type { Session, SessionInput } from './session-interface.js'

/**
 * Starts a session. Never rejects.
 *
 */
export async function startSession(input: SessionInput, runner: Runner): Promise<Session> {
  markStart()
  const address = parseAddress(process.env[WITNESS_VARIABLE])
  // Runs that a test starts are not the run that was asked for.
  delete process.env[WITNESS_VARIABLE]
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
