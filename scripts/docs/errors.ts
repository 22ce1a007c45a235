/**
 * Generates the sections of docs/errors.md: codes from their doc comments, reasons from their tables.
 *
 * @module
 */
import { ERROR_NUMBERS } from '../../src/errors.js'
import {
  REASONS,
  SYSTEM_REASONS,
  VERIFICATION_REASONS,
  type VerificationReason,
  XML_REASONS,
} from '../../src/reasons.js'
import { verificationError } from '../../src/sign/verification-error.js'
import { entryComments } from './comments.js'
import { code, type Sections, table } from './page.js'

/** The sections by name. */
export function errorSections(): Sections {
  const comments = entryComments('src/errors.ts', 'ERROR_NUMBERS')
  return {
    codes: table(
      ['number', 'code', 'meaning', 'what to do'],
      Object.entries(ERROR_NUMBERS).map(([name, number]) => {
        const [meaning = '', cure = ''] = splitAfterFirstSentence(comments.get(name) ?? '')
        return [String(number), code(name), meaning, cure]
      }),
    ),
    reasons: table(
      ['code', 'reason', 'meaning'],
      Object.entries(REASONS).flatMap(([name, reasons]) =>
        Object.entries(reasons).map(([reason, meaning], index) => [
          index === 0 ? code(name) : '',
          code(reason),
          meaning,
        ]),
      ),
    ),
    'reasons of the verifier': table(
      ['reason', 'code', 'meaning'],
      Object.keys(VERIFICATION_REASONS)
        .filter(isVerificationReason)
        .map((reason) => [code(reason), code(verificationError(reason).code), VERIFICATION_REASONS[reason]]),
    ),
    'reasons of unreadable XML': reasonTable(XML_REASONS),
    'reasons of the store': reasonTable(SYSTEM_REASONS),
  }
}

function reasonTable(reasons: Readonly<Record<string, string>>): string {
  return table(
    ['reason', 'meaning'],
    Object.entries(reasons).map(([reason, meaning]) => [code(reason), meaning]),
  )
}

function isVerificationReason(reason: string): reason is VerificationReason {
  return Object.hasOwn(VERIFICATION_REASONS, reason)
}

function splitAfterFirstSentence(text: string): readonly string[] {
  const end = text.indexOf('. ')
  return end < 0 ? [text] : [text.slice(0, end + 1), text.slice(end + 2)]
}
