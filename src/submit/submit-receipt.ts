/**
 * What a submission gives back.
 *
 * @module
 */
import type { TestCounts } from '../model.js'
import type { Accepted } from './attempts.js'
import { redact } from './errors.js'
import type { ServerCounts } from './response.js'

/** Confirms that the server has a report. */
export interface SubmitReceipt {
  readonly status: 'created' | 'duplicate'
  readonly id?: string | undefined
  /** The message of the server. */
  readonly message?: string | undefined
  readonly url: string
  /** The page of the run, if the server names one (`Location`, RFC 9110 §10.2.2). */
  readonly page?: string | undefined
  readonly httpStatus: number
  readonly attempts: number
  readonly warnings: readonly string[]
  /** What changed since an earlier run, in the words of the server: one line. */
  readonly changes?: string | undefined
  /** The receipt of the server, as JSON. Nothing in it is checked. */
  readonly signedReceipt?: string | undefined
}

/** Confirms that the server has a decision. */
export interface DecisionReceipt
  extends Pick<SubmitReceipt, 'status' | 'id' | 'message' | 'page' | 'httpStatus' | 'attempts' | 'warnings'> {}

/** The outcome of one report of several. */
export type Settled = { readonly receipt: SubmitReceipt } | { readonly error: Error }

/** One text for each count that differs; a count that the server does not report is not compared. */
export function countDifferences(ours: TestCounts, theirs: ServerCounts): string[] {
  return (['tests', 'failures', 'errors', 'skipped'] as const)
    .filter((name) => theirs[name] !== undefined && theirs[name] !== ours[name])
    .map((name) => `${name}: ${ours[name]} here, ${theirs[name]} on the server`)
}

/** What a receipt is made with, beside the answer. */
export interface ReceiptParts {
  readonly submit: URL
  /** Compared with those of the server. */
  readonly counts: TestCounts | undefined
  readonly attempts: number
  /** Texts that must be in no receipt. */
  readonly secrets: readonly string[]
  /** About another version of the API. */
  readonly warning: string | undefined
}

/** The receipt for an answer that confirms. */
export function receiptOf({ response, body }: Accepted, parts: ReceiptParts): SubmitReceipt {
  const { submit, counts, attempts, secrets, warning } = parts
  const clean = (text: string | undefined) => (text === undefined ? undefined : redact(text, secrets))
  const differences = counts === undefined ? [] : countDifferences(counts, body?.counts ?? {})
  const isLeaking = hasSecret(body?.receipt, secrets)
  return {
    status: response.status === 409 || body?.status === 'duplicate' ? 'duplicate' : 'created',
    id: clean(body?.id),
    message: clean(body?.message),
    url: submit.href,
    page: pageOf(response.header('location'), submit, secrets),
    changes: clean(body?.changes),
    httpStatus: response.status,
    attempts,
    signedReceipt: isLeaking ? undefined : body?.receipt,
    warnings: [
      ...(differences.length === 0 ? [] : [`the server counted different results: ${differences.join('; ')}`]),
      ...(isLeaking ? ['the receipt of the server was not kept: it contains the credentials'] : []),
      ...(warning === undefined ? [] : [warning]),
    ],
  }
}

// A server that repeats our credentials must not have them stored. The signed text is in base64.
function hasSecret(receipt: string | undefined, secrets: readonly string[]): boolean {
  const [, payload = ''] = /"payload":"([^"]*)"/.exec(receipt ?? '') ?? []
  const text = `${receipt ?? ''}\n${Buffer.from(payload, 'base64').toString('utf8')}`
  return redact(text, secrets) !== text
}

// Only a page of the same origin: the link must not lead to another site.
function pageOf(location: string | undefined, submit: URL, secrets: readonly string[]): string | undefined {
  if (location === undefined || !URL.canParse(location, submit.href)) return undefined
  const page = new URL(location, submit)
  return page.origin === submit.origin ? redact(page.href, secrets) : undefined
}
