/**
 * The error texts of a project: one row for each distinct text, with the latest failure that had it.
 *
 * A text itself is in `case_texts`; the rows here have its words.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { ErrorTextTable } from '../database/schema.js'
import { indexWords, projectWord } from './words.js'

/** A failure with its text. */
export interface ErrorOfCase {
  readonly run_seq: number
  readonly position: number
  readonly type: string | null
  readonly message: string | null
}

/** Rows by digest. */
export type ErrorRows = Map<string, Insertable<ErrorTextTable>>

/** Number of texts of one run that are indexed. A run with more has failed for one reason. */
export const MAX_TEXTS_OF_RUN = 1_000
/** Characters of a text that are indexed. */
const MAX_LENGTH = 1_000

/**
 * The rows of failures of a project: of failures with the same text the last one.
 *
 * @param known rows by digest, which are added to
 */
export function addErrorRows(known: ErrorRows, project: string, errors: Iterable<ErrorOfCase>): void {
  let count = 0
  for (const { run_seq, position, type, message } of errors) {
    const text = `${type ?? ''} ${message ?? ''}`.slice(0, MAX_LENGTH)
    if (text === ' ') continue
    const digest = hash('sha256', `${project}\0${text}`, 'base64url').slice(0, 22)
    const same = known.get(digest)
    if (same !== undefined) {
      if (run_seq >= same.run_seq) known.set(digest, { ...same, run_seq, position })
      continue
    }
    if (++count > MAX_TEXTS_OF_RUN) continue
    known.set(digest, { digest, project_word: projectWord(project), words: indexWords(text), run_seq, position })
  }
}

/** Rows in one order, so that two instances do not wait for each other (PostgreSQL). */
export function inOrder(rows: ErrorRows): Insertable<ErrorTextTable>[] {
  return [...rows.values()].sort((left, right) => (left.digest < right.digest ? -1 : 1))
}
