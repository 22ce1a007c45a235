/**
 * Sends the signed decision of a gate to the configured server.
 *
 * @module
 */
import { readAttestation } from '../attest/bundle.js'
import { PREDICATES, readStatement, STATEMENT_MEDIA_TYPE, type SummaryStatement } from '../attest/statement.js'
import type { FlagNames } from '../config/layers.js'
import { loadConfig } from '../config/load.js'
import type { Settings } from '../config/table.js'
import { checkCombination } from '../config/trust.js'
import { JuxError, printable, shellWord, toJuxError } from '../errors.js'
import { type DecisionReceipt, SubmitClient, type SubmitSettings } from '../submit/client.js'
import { resolveEndpoints } from '../submit/endpoints.js'
import type { Preview } from '../submit/preview.js'
import { publishCommand } from '../submit/unsent.js'
import type { CliContext } from './command.js'
import { oneLine } from './output.js'

/**
 * Reads a decision. Its type is in the envelope: the name of the file says nothing. Nothing is verified.
 *
 * @throws {JuxError} `ATTESTATION_INVALID` for anything else
 */
export function readDecision(bytes: Uint8Array): SummaryStatement {
  const { payloadType, payload } = readAttestation(bytes).envelope
  const statement = payloadType === STATEMENT_MEDIA_TYPE ? readStatement(payload) : undefined
  if (statement?.predicateType === PREDICATES.summary) return statement
  throw new JuxError('ATTESTATION_INVALID', {
    message: 'a server takes reports and decisions of gates, and this is neither',
    suggestions: ['npx jux verify reports/ --policy policy.json --decision decision.json --submit'],
    reason: statement === undefined ? 'payload-type' : 'predicate-type',
  })
}

/** Describes the submission of a decision. Opens no connection. */
export function previewDecision(bytes: Uint8Array, settings: SubmitSettings): Preview {
  const { predicate } = readDecision(bytes)
  const server = settings.apiUrl ? resolveEndpoints(settings.apiUrl).decisions.href : 'none is configured (JUX_API_URL)'
  return {
    problem: undefined,
    rows: [
      ['server', server],
      ['decision', predicate.verificationResult],
      ['policy', predicate['jux:policyName'] ?? predicate.policy.uri],
      ['project', predicate['jux:about']?.projects.join(', ') || 'not stated'],
      ['size', `${bytes.length} bytes`],
      ['sent', 'nothing: this is a dry run'],
    ],
  }
}

/**
 * Sends a decision, within the deadline that a run has for its report: a job that waits longer for a server may be ended, and its exit
 * code would no longer be that of the gate.
 *
 * @throws {JuxError} `API_*`, `CONFIG_*`
 */
async function sendDecision(
  bytes: Uint8Array,
  { deadline, ...settings }: SubmitSettings & Pick<Settings, 'deadline'>,
  isQuiet: boolean,
  context: CliContext,
): Promise<DecisionReceipt> {
  const client = new SubmitClient(settings, context.system, { submitter: 'reporter' })
  const log = (line: string, level: 'notice' | 'verbose') => {
    if (level === 'notice' && !isQuiet) context.err(`${printable(line)}\n`)
  }
  try {
    return await client.submitDecision(bytes, { deadlineMs: deadline * 1_000, log })
  } finally {
    await client.close()
  }
}

/**
 * Sends the decision that a gate has just written, and prints a line about it. The gate has decided: whatever happens here does not
 * change its result, and is said in one line with the command that sends the decision later.
 *
 * @param file as named on the command line
 */
export async function submitWritten(
  file: string,
  bytes: Uint8Array,
  names: FlagNames,
  isQuiet: boolean,
  context: CliContext,
): Promise<void> {
  const { system } = context
  let again = `npx jux publish --file ${shellWord(file)}`
  try {
    const config = loadConfig({ flags: {}, flagNames: names, cwd: system.cwd, system })
    if (!isQuiet) for (const notice of config.notices) context.err(`${printable(notice)}\n`)
    const settings = { ...config.settings, sources: config.sources }
    again = publishCommand({ file }, settings, system)
    checkCombination(config, again)
    const receipt = await sendDecision(bytes, settings, isQuiet, context)
    const id = receipt.id === undefined ? '' : ` as ${oneLine(receipt.id)}`
    const page = receipt.page === undefined ? '' : `, ${oneLine(receipt.page)}`
    const status = receipt.status === 'duplicate' ? 'the server has it already' : 'submitted'
    if (!isQuiet) context.err(`${oneLine(file)}  ${status}${id}${page}\n`)
    for (const warning of receipt.warnings) context.err(`warn  ${printable(warning)}\n`)
  } catch (thrown) {
    const { message } = toJuxError(thrown)
    context.err(`warn  the decision was not submitted: ${oneLine(message)}; send it later: ${printable(again)}\n`)
  }
}
