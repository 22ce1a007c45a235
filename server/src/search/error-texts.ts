/**
 * The error texts of a project: one row for each distinct text, with the latest failure that had it.
 *
 * A text itself is in `case_texts`; the rows here have its words.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Database, ErrorTextTable, RunRow } from '../database/schema.js'
import { indexWords, projectWord } from './words.js'

/** A failure with its text. */
export interface ErrorOfCase {
  readonly run_seq: number
  readonly position: number
  readonly type: string | null
  readonly message: string | null
}

/** A text, with the latest failure that had it. Its words are found when it is stored: most texts are stored already. */
interface FoundText extends Omit<Insertable<ErrorTextTable>, 'id' | 'words'> {
  readonly text: string
}

/** Texts by digest. */
export type ErrorRows = Map<string, FoundText>

/**
 * How old the latest failure of a text may be. If every run changed the row of a frequent text, runs that are stored at the same time
 * would wait for each other (PostgreSQL).
 */
export const TEXT_STEP_MS = 60_000
/** Number of texts of one run that are indexed. A run with more has failed for one reason. */
export const MAX_TEXTS_OF_RUN = 1_000
/** Characters of a text that are indexed. */
const MAX_LENGTH = 1_000
const DIGESTS_AT_ONCE = 500

/**
 * The rows of failures of a project: of failures with the same text the last one.
 *
 * @param known rows by digest, which are added to
 */
export function addErrorRows(
  known: ErrorRows,
  { project, inserted_at }: Pick<RunRow, 'project' | 'inserted_at'>,
  errors: Iterable<ErrorOfCase>,
): void {
  let count = 0
  for (const { run_seq, position, type, message } of errors) {
    const text = `${type ?? ''} ${message ?? ''}`.slice(0, MAX_LENGTH)
    if (text === ' ') continue
    const digest = hash('sha256', `${project}\0${text}`, 'base64url').slice(0, 22)
    const same = known.get(digest)
    if (same !== undefined) {
      if (run_seq >= same.run_seq) known.set(digest, { ...same, run_seq, position, seen_at: inserted_at })
      continue
    }
    if (++count > MAX_TEXTS_OF_RUN) continue
    const project_word = projectWord(project)
    known.set(digest, { digest, project_word, text, run_seq, position, seen_at: inserted_at })
  }
}

/** Leaves out the rows of texts whose row is from the same minute. */
export async function leaveOutFresh(database: Database, found: ErrorRows): Promise<void> {
  const digests = [...found.keys()]
  for (let from = 0; from < digests.length; from += DIGESTS_AT_ONCE) {
    const stored = await database
      .selectFrom('error_texts')
      .select(['digest', 'seen_at'])
      .where('digest', 'in', digests.slice(from, from + DIGESTS_AT_ONCE))
      .execute()
    for (const { digest, seen_at } of stored) {
      if ((found.get(digest)?.seen_at ?? 0) - seen_at < TEXT_STEP_MS) found.delete(digest)
    }
  }
}

/** Rows in one order, so that two instances do not wait for each other (PostgreSQL). */
export function inOrder(rows: ErrorRows): Insertable<ErrorTextTable>[] {
  return [...rows.values()]
    .sort((left, right) => (left.digest < right.digest ? -1 : 1))
    .map(({ text, ...row }) => ({ ...row, words: indexWords(text) }))
}
