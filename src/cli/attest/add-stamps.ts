/**
 * `jux attest --stamp`: adds a time stamp to bundles that were written without one.
 *
 * @module
 */

import { readAttestation, withTimestamps } from '../../attest/bundle.js'
import { JuxError, toJuxError } from '../../errors.js'
import { expandPath } from '../../sign/key-files.js'
import { sha256Of } from '../../xml/digest.js'
import type { CliContext } from '../command.js'
import { openInput, writeOutput } from '../files.js'
import type { AttestResultJson } from '../json.js'
import { errorFields } from '../output.js'
import type { Stamper } from './stamping.js'

/** Adds a stamp to one bundle. A bundle that has one stays as it is. */
export async function addStamp(name: string, stamper: Stamper, context: CliContext): Promise<AttestResultJson> {
  try {
    const bytes = await openInput(name, context).read()
    const read = readAttestation(bytes)
    const [signature] = read.envelope.signatures
    if (read.form !== 'bundle' || signature === undefined) {
      throw new JuxError('ATTESTATION_INVALID', {
        message: `${name} is a DSSE envelope alone, which has no place for a time stamp`,
        suggestions: ['make a bundle: npx jux attest REPORT --format bundle'],
        reason: 'bundle',
      })
    }
    if (read.timestamps.length > 0) {
      return { file: name, success: true, attestation: name, sha256: sha256Of(bytes) }
    }
    const result = await stamper.stamp(signature.value)
    if ('problem' in result) throw result.problem
    const stamped = Buffer.from(`${JSON.stringify(withTimestamps(read, [result.response]))}\n`)
    writeOutput(expandPath(name, context.system), stamped)
    const stamped_at = result.stamp.time.toISOString()
    return { file: name, success: true, attestation: name, sha256: sha256Of(stamped), stamped_at }
  } catch (thrown) {
    return { file: name, success: false, ...errorFields(toJuxError(thrown)) }
  }
}
