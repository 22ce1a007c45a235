/**
 * Who signed a run, what that is worth, and how to check it without believing this server.
 *
 * @module
 */
import type { ListedRun } from '../queries/runs.js'
import { formatBytes, groupHex } from './format.js'
import { reportPath } from './links.js'
import { Block, Foreign, SignatureMark } from './parts.js'

const SENTENCES = {
  trusted: 'The report is whole, and signed by a key that this server trusts for this project.',
  untrusted: 'The report is whole, but this server does not trust whoever signed it.',
  unsigned: 'Nobody signed this report: it may have been written or changed by anybody who could submit it.',
} as const
/** Reasons of the verifier, in words. */
const REASONS: Readonly<Record<string, string>> = {
  'untrusted-key': 'Its key is not among the trusted ones.',
  'certificate-expired': 'Its certificate had expired when the report arrived.',
  'certificate-not-yet-valid': 'Its certificate was not valid yet when the report arrived.',
  'certificate-chain': 'Its certificate leads to no trusted authority.',
  'certificate-usage': 'Its certificate is not made for signing.',
  'weak-key': 'Its key is too short to be relied on.',
}

/** Makes the part of the page. */
export function SignaturePanel({ run }: { run: ListedRun }) {
  const file = `${run.content_hash}.xml`
  const reason = run.signature_reason === null ? undefined : (REASONS[run.signature_reason] ?? run.signature_reason)
  return (
    <section aria-labelledby="signature">
      <h2 id="signature">Signature</h2>
      <div class={`panel padded seal ${run.signature}`}>
        <SignatureMark state={run.signature} />
        <p>
          {SENTENCES[run.signature]}
          {run.signature === 'untrusted' && reason !== undefined && ` ${reason}`}
        </p>
        <dl class="facts">
          {run.signer_fingerprint !== null && (
            <>
              <dt>Key, SHA-256</dt>
              <dd class="mono">{groupHex(run.signer_fingerprint)}</dd>
            </>
          )}
          {run.signer_subject !== null && (
            <>
              <dt>Certificate of</dt>
              <dd>
                <Foreign>{run.signer_subject}</Foreign>
              </dd>
            </>
          )}
          {run.signer_algorithm !== null && (
            <>
              <dt>Algorithm</dt>
              <dd>{run.signer_algorithm}</dd>
            </>
          )}
          <dt>Content, SHA-256</dt>
          <dd class="mono">{groupHex(run.content_hash)}</dd>
          <dt>Report</dt>
          <dd>
            <a href={reportPath(run.id)} download={file}>
              Download the XML
            </a>{' '}
            ({formatBytes(run.size_bytes)}, exactly the bytes that were submitted)
          </dd>
        </dl>
        {run.signature !== 'unsigned' && (
          <details>
            <summary>Verify it yourself</summary>
            <Block text={`npx jux-reporter verify ${file} ${trustFlag(run)}`} />
            <p class="muted">
              With the signer's {run.signer_subject === null ? 'public key' : 'certificate'} in hand, which has to come
              from the signer, not from here. <code>npx jux-reporter inspect {file}</code> shows what the file says.
            </p>
          </details>
        )}
      </div>
    </section>
  )
}

function trustFlag({ signer_subject }: ListedRun): string {
  return signer_subject === null ? '--public-key key.pub.pem' : '--cert key.crt'
}
