/**
 * The catalogue of errors: codes from their doc comments, reasons from their tables.
 *
 * @module
 */
import { ERROR_NUMBERS } from '../../src/errors.js'
import { REASONS, REFUSALS, type Refusal, SYSTEM_REASONS, XML_REASONS } from '../../src/reasons.js'
import { refusal } from '../../src/sign/refusals.js'
import { entryComments } from './comments.js'
import { code, type Sections, table } from './page.js'

/** The sections of docs/errors.md. */
export function errorSections(): Sections {
  const meanings = entryComments('src/errors.ts', 'ERROR_NUMBERS')
  return {
    codes: table(
      ['number', 'code', 'meaning', 'what to do'],
      Object.entries(ERROR_NUMBERS).map(([name, number]) => {
        const [meaning = '', cure = ''] = afterFirstSentence(meanings.get(name) ?? '')
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
      Object.keys(REFUSALS)
        .filter(isRefusal)
        .map((reason) => [code(reason), code(refusal(reason).code), REFUSALS[reason]]),
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

function isRefusal(reason: string): reason is Refusal {
  return Object.hasOwn(REFUSALS, reason)
}

function afterFirstSentence(text: string): readonly string[] {
  const end = text.indexOf('. ')
  return end < 0 ? [text] : [text.slice(0, end + 1), text.slice(end + 2)]
}
