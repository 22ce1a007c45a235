/**
 * The small parts that pages are made of.
 *
 * @module
 */
import type { Child } from 'hono/jsx'
import type { CaseStatus, RunRow, SignatureState } from '../database/schema.js'
import { formatCount, formatShortTime, formatTime } from './format.js'
import { type Query, webAddress } from './links.js'

/** What a run or a test came to, as a word. */
export type Verdict = CaseStatus | 'flaky' | 'interrupted' | 'empty'

/** Verdicts as words. */
export const WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'Passed',
  failed: 'Failed',
  error: 'Error',
  skipped: 'Skipped',
  flaky: 'Flaky',
  interrupted: 'Interrupted',
  empty: 'No tests',
}
const SIGNATURE_WORDS: Readonly<Record<SignatureState, string>> = {
  trusted: 'Trusted',
  untrusted: 'Untrusted',
  unsigned: 'Unsigned',
}
/** Outlines of 16 by 16. */
const ICONS = {
  passed: 'M3.5 8.5l3 3 6-7',
  failed: 'M4 4l8 8M12 4l-8 8',
  error: 'M8 3.5v5.5M8 12v.6',
  skipped: 'M3.5 8h9',
  flaky: 'M2.5 9.5c1.4-5 3-5 5.5-1.5s4.1 3.5 5.5-1.5',
  interrupted: 'M4 4h8v8H4z',
  empty: 'M8 8m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0',
  trusted: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.7 8l1.7 1.700L10.5 6.5',
  untrusted: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4zM8 5.500v3M8 10.600v.4',
  unsigned: 'M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
} as const

/** What a run came to. A run that says of itself that it was broken off has not passed, whatever its test cases say. */
export function runVerdict(run: Pick<RunRow, 'failures' | 'errors' | 'tests' | 'outcome'>): Verdict {
  if (run.failures > 0) return 'failed'
  if (run.errors > 0) return 'error'
  if (run.outcome === 'interrupted' || run.outcome === 'failed' || run.outcome === 'error') return run.outcome
  return run.tests === 0 ? 'empty' : 'passed'
}

/** What a test case came to. */
export function caseVerdict({ status, flaky }: { status: CaseStatus; flaky: number }): Verdict {
  return status === 'passed' && flaky === 1 ? 'flaky' : status
}

/** A word with a sign and a colour, in this order of importance. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <span class={`mark ${verdict}`}>
      <Icon name={verdict} />
      {WORDS[verdict]}
    </span>
  )
}

/** Whether a run is signed, and by whom in a word. */
export function SignatureMark({ state }: { state: SignatureState }) {
  return (
    <span class={`mark ${state}`}>
      <Icon name={state} />
      {SIGNATURE_WORDS[state]}
    </span>
  )
}

/** A time, short, with the whole of it where a pointer rests. */
export function Time({ ms, nowMs }: { ms: number; nowMs?: number }) {
  const iso = new Date(ms).toISOString()
  return (
    <time datetime={iso} title={formatTime(ms)}>
      {nowMs === undefined ? formatTime(ms) : formatShortTime(ms, nowMs)}
    </time>
  )
}

/** One number with its name. */
export function Figure({ name, value, tone }: { name: string; value: Child; tone?: Verdict | undefined }) {
  return (
    <div class={tone === undefined ? 'figure' : `figure ${tone}`}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** Text from a report: it may run in either direction, and turns nothing around it. */
export function Foreign({ children }: { children: string }) {
  return <bdi>{children}</bdi>
}

/** A value from a report; a link when it is a web address. */
export function ForeignValue({ value }: { value: string }) {
  return <Outside address={value} text={value} />
}

/** A link to where a report says, if that is a web address; text alone if not. */
export function Outside({ address, text }: { address: string; text: string }) {
  const href = webAddress(address)
  if (href === undefined) return <Foreign>{text}</Foreign>
  return (
    <a href={href} rel="noopener noreferrer nofollow">
      <Foreign>{text}</Foreign>
    </a>
  )
}

/** Where a list stands, and the way to the rest of it. */
export function Pager({
  page,
  perPage,
  total,
  link,
}: {
  page: number
  perPage: number
  total: number
  link: (query: Query) => string
}) {
  const pages = Math.max(1, Math.ceil(total / perPage))
  const first = total === 0 ? 0 : (page - 1) * perPage + 1
  const to = (target: number) => link({ page: target === 1 ? undefined : target })
  return (
    <nav class="pager" aria-label="Pages">
      <span>
        {formatCount(Math.min(first, total))}–{formatCount(Math.min(page * perPage, total))} of {formatCount(total)}
      </span>
      {page > 1 && (
        <a href={to(Math.min(page - 1, pages))} rel="prev">
          Previous
        </a>
      )}
      {page < pages && (
        <a href={to(page + 1)} rel="next">
          Next
        </a>
      )}
    </nav>
  )
}

/** What is said where there is nothing. */
export function Nothing({ children }: { children: Child }) {
  return <p class="nothing">{children}</p>
}

/** A text as it was printed. */
export function Block({ text }: { text: string }) {
  return (
    <pre class="block">
      <Foreign>{text}</Foreign>
    </pre>
  )
}

/** A sign; the word beside it says the same. */
export function Icon({ name }: { name: keyof typeof ICONS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} />
    </svg>
  )
}
