/**
 * The signed files beside the reports of a dossier: attestations, and receipts of a server.
 *
 * @module
 */
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { MAX_RECEIPT_BYTES, receiptDifference, verifyReceipt } from '../../attest/receipt.js'
import { JuxError } from '../../errors.js'
import { type DossierParts, reportStem } from '../../gate/dossier/contents.js'
import type { GateReport } from '../../gate/report.js'
import { expandPath } from '../../sign/key-files.js'
import { loadTrust } from '../../sign/trust.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { receiptFile } from '../../store/reports.js'
import type { CliContext } from '../command.js'
import { openInput } from '../files.js'
import { type GateMaterials, readIfThere } from './files.js'
import { attestationFile, MAX_ATTESTATION_BYTES, verifyBeside } from './read-reports.js'

type Envelope = DossierParts['envelopes'][number]

/** What was found, and the keys that verify it. */
export interface Evidence {
  readonly envelopes: readonly Envelope[]
  readonly keys: readonly KeyObject[]
  /** By name of the report: which server has received it, when and as what. */
  readonly received: ReadonlyMap<string, string>
  /** Receipts that were not read, because no key of a server is given. */
  readonly unread: readonly string[]
}

/**
 * Reads and verifies what is beside the reports. Receipts are read only if the server's key is given.
 *
 * @param receiptKeys files with public keys of the server
 * @throws {JuxError} for a file that is there and cannot be verified, or is not about its report
 */
export async function evidenceBeside(
  { loaded, input }: GateMaterials,
  receiptKeys: readonly string[],
  context: CliContext,
): Promise<Evidence> {
  const server = receiptKeys.length === 0 ? undefined : await loadTrust({ publicKeys: receiptKeys }, context.system)
  const envelopes: Envelope[] = []
  const received = new Map<string, string>()
  const unread: string[] = []
  for (const [index, report] of input.reports.entries()) {
    const stem = reportStem(report, index, input.reports.length)
    const attestation = await readIfThere(attestationFile(report.name), MAX_ATTESTATION_BYTES, 'attestation', context)
    if (attestation !== undefined) {
      const bytes = await openInput(report.name, context).read()
      const { fingerprint } = verifyBeside(attestation, { ...report, bytes }, loaded, input.now)
      const name = `${stem}.sigstore.json`
      envelopes.push({ name, bytes: attestation, fingerprint, role: 'attestations', about: `${stem}.xml` })
    }
    const file = receiptFile(report.name)
    if (server === undefined) {
      if (existsSync(expandPath(file, context.system))) unread.push(file)
      continue
    }
    const receipt = await readIfThere(file, MAX_RECEIPT_BYTES, 'receipt', context)
    if (receipt === undefined) continue
    const { fingerprint, text, isSame } = verifiedReceipt(report, receipt, server, input.now)
    received.set(report.name, text)
    const about = isSame ? `${stem}.xml` : undefined
    envelopes.push({ name: `${stem}.receipt.json`, bytes: receipt, fingerprint, role: 'receipts', about })
  }
  return { envelopes, keys: server?.publicKeys ?? [], received, unread }
}

function verifiedReceipt(
  report: GateReport,
  bytes: Uint8Array,
  server: TrustedKeys,
  at: Date,
): { readonly fingerprint: string; readonly text: string; readonly isSame: boolean } {
  const { content, signed } = verifyReceipt(bytes, server, at)
  const counts = report.summary
  const difference = receiptDifference(content, { contentHash: report.signed.contentHash, counts })
  if (difference === undefined) {
    const isSame = content.sha256 === report.sha256
    const other = isSame ? '' : ', with another signature or encoding'
    const text = `${content.server}, ${content.received_at}, as ${content.id}${other}`
    return { fingerprint: signed.fingerprint, text, isSame }
  }
  throw new JuxError('ATTESTATION_INVALID', {
    message: `the receipt beside ${report.name} is not for it: ${difference.detail}`,
    reason: difference.reason,
  })
}
