/**
 * The short block that a person reads after the runner's summary: where the report is, its content hash, who signed it,
 * what the server said.
 *
 * @module
 */
import { printable } from '../errors.js'
import type { Receipt } from '../pipeline.js'
import type { System } from '../system.js'
import type { Paint } from '../terminal.js'

/** Lines joined by LF, with a final LF. */
export function formatReceipt(receipt: Receipt, system: System, paint: Paint): string {
  const rows = receiptRows(receipt, system)
  const width = Math.max(...rows.map(([label]) => label.length))
  const lines = rows.map(([label, value], index) => {
    const margin = index === 0 ? paint.strong('  jux') : '     '
    return `${margin}  ${paint.faint(label.padEnd(width))}  ${printable(value.replace(/\s+/g, ' '))}\n`
  })
  return lines.join('')
}

/** What there is to say, as labels and texts; in a dry run what would have been sent. */
export function receiptRows(receipt: Receipt, system: System): readonly (readonly [label: string, text: string])[] {
  if (receipt.preview !== undefined) return receipt.preview.rows
  const { report, path, queued, submitted } = receipt
  const { signer } = report
  return [
    ...(path === undefined ? [] : [[queued ? 'queued' : 'report', shorten(path, system)] as const]),
    ['sha256', report.contentHash],
    [
      'signed',
      signer === undefined
        ? 'no (set JUX_KEY_PATH to sign; "jux keygen" makes a key)'
        : `${signer.keyDescription}, key ${signer.fingerprint.slice(0, 16)}${signer.subject === undefined ? '' : `, ${signer.subject}`}`,
    ],
    ...(submitted === undefined ? [] : [['sent', sentence(submitted)] as const]),
    ...(submitted?.warnings ?? []).map((warning) => ['warn', warning] as const),
  ]
}

function sentence({ status, id, url, page = url }: NonNullable<Receipt['submitted']>): string {
  const what = status === 'duplicate' ? 'the server has it already' : 'created'
  return `${what}${id === undefined ? '' : ` as ${id}`}, ${page}`
}

function shorten(path: string, { homeDir }: System): string {
  return homeDir.length > 1 && path.startsWith(`${homeDir}/`) ? `~${path.slice(homeDir.length)}` : path
}
