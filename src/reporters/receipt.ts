/**
 * The short block that a person reads after the runner's summary: where the report is, its content hash, who signed it.
 *
 * @module
 */
import type { Receipt } from '../pipeline.js'
import type { System } from '../system.js'

/** Lines joined by LF, with a final LF. */
export function formatReceipt({ report, path }: Receipt, system: System): string {
  const { signer } = report
  const lines = [
    ...(path === undefined ? [] : [`report  ${shorten(path, system)}`]),
    `sha256  ${report.contentHash}`,
    signer === undefined
      ? 'signed  no (set JUX_KEY_PATH to sign; "jux keygen" makes a key)'
      : `signed  ${signer.keyDescription}, key ${signer.fingerprint.slice(0, 16)}${signer.subject === undefined ? '' : `, ${signer.subject}`}`,
  ]
  return `${lines.map((line, index) => `${index === 0 ? '  jux  ' : '       '}${line}`).join('\n')}\n`
}

function shorten(path: string, { homeDir }: System): string {
  return homeDir.length > 1 && path.startsWith(`${homeDir}/`) ? `~${path.slice(homeDir.length)}` : path
}
