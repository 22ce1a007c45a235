/**
 * The words of texts and of queries. Both engines index these words, so that they find the same.
 *
 * A word is a run of letters and digits, in lower case and without accents. Each character of a script without spaces is a word. The
 * parts of a word such as `TimeoutError` follow after the text, so that each can be found, and phrases stay together.
 *
 * @module
 */
import { hash } from 'node:crypto'
import { HttpError } from '../http-error.js'

/** A part of a query: words that follow each other. */
export interface SearchTerm {
  readonly words: readonly string[]
  /** Whether the last word may go on. */
  readonly isPrefix: boolean
}

/** Longest query, in UTF-16 code units. */
export const MAX_QUERY_LENGTH = 200
/** Number of words of a query. Each makes a query slower. */
const MAX_WORDS = 12
/** A longer word is cut, in texts and in queries. */
const MAX_WORD_LENGTH = 60
/** A prefix of one character has too many words. */
const MIN_PREFIX_LENGTH = 2
/** Between a text and the parts of its words. No query has it, because it is no letter. */
const GAP = '·'

const ALONE = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}'
const WORDS = new RegExp(`[${ALONE}]|(?:(?![${ALONE}])[\\p{L}\\p{N}\\p{M}])+`, 'gu')
const ACCENTS = /[\u0300-\u036f]/g

/** The words of a text for the index, separated by spaces. */
export function indexWords(text: string): string {
  const found = text.match(WORDS) ?? []
  const parts = found.flatMap((word) => {
    const split = word
      .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
      .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
      .split(' ')
    return split.length === 1 ? [] : split
  })
  const words = found.flatMap(normalized)
  return [...words, ...(parts.length === 0 ? [] : [GAP, ...parts.flatMap(normalized)])].join(' ')
}

/** The word that all texts of a project have in the index of SQLite. */
export function projectWord(project: string): string {
  return `p${hash('sha256', project).slice(0, 15)}`
}

/**
 * The words of `indexWords` with their positions, as a `tsvector` of PostgreSQL. PostgreSQL would split texts at other places.
 */
export function vectorOf(words: string): string {
  return words
    .split(' ')
    .flatMap((word, at) => (word === GAP || word === '' ? [] : [`'${word}':${at + 1}`]))
    .join(' ')
}

/**
 * Reads a query: all of its words must be there, those in double quotes one after the other. The last word may go on.
 *
 * @throws {HttpError} 400 without a word, or with too many
 */
export function readQuery(text: string): readonly SearchTerm[] {
  if (text.length > MAX_QUERY_LENGTH) {
    throw refused(`the query is longer than ${MAX_QUERY_LENGTH} characters`)
  }
  // An odd part is in quotes. A quote without an end is as if it had one.
  const terms = text.split('"').flatMap((part, at, parts) => {
    const pieces = at % 2 === 1 ? [part] : part.split(/\s+/)
    return pieces.flatMap((piece, index): SearchTerm[] => {
      const words = (piece.match(WORDS) ?? []).flatMap(normalized)
      if (words.length === 0) return []
      const isLast = at === parts.length - 1 && at % 2 === 0 && index === pieces.length - 1
      return [{ words, isPrefix: isLast && (words.at(-1) ?? '').length >= MIN_PREFIX_LENGTH }]
    })
  })
  const count = terms.reduce((sum, { words }) => sum + words.length, 0)
  if (count === 0) throw refused('the query has no letter and no digit')
  if (count > MAX_WORDS) throw refused(`the query has more than ${MAX_WORDS} words`)
  return terms
}

/** Whether a text has all terms, as both engines find them. */
export function hasTerms(text: string, terms: readonly SearchTerm[]): boolean {
  const words = indexWords(text).split(' ')
  return terms.every((term) => words.some((_, at) => startsWith(words.slice(at), term)))
}

function startsWith(words: readonly string[], { words: wanted, isPrefix }: SearchTerm): boolean {
  return wanted.every((word, at) => {
    const own = words[at] ?? ''
    return isPrefix && at === wanted.length - 1 ? own.startsWith(word) : own === word
  })
}

/** A query for FTS5. All words are in quotes, so that none is an operator. */
export function ftsQuery(terms: readonly SearchTerm[]): string {
  return terms.map(({ words, isPrefix }) => `"${words.join(' ')}"${isPrefix ? ' *' : ''}`).join(' AND ')
}

/** One term as a `tsquery`. */
export function tsQuery({ words, isPrefix }: SearchTerm): string {
  return `${words.map((word) => `'${word}'`).join(' <-> ')}${isPrefix ? ':*' : ''}`
}

// To lower case may make two characters of one, and so may the decomposition. What is no letter then is left out again.
function normalized(word: string): string[] {
  const plain = word.normalize('NFKD').replace(ACCENTS, '').toLowerCase().normalize('NFC')
  return (plain.match(WORDS) ?? []).map((one) => one.slice(0, MAX_WORD_LENGTH).replace(/[\ud800-\udbff]$/, ''))
}

function refused(message: string): HttpError {
  return new HttpError(400, message, {
    suggestions: ['search for some words: payment timeout', 'or for a phrase: "expected 1"'],
  })
}
