/**
 * Any JavaScript string as text that XML 1.0 can carry and that every parser hands back unchanged.
 *
 * Terminal sequences go whole, because a report is read and not played; every other character that XML 1.0 refuses, or that
 * a parser in use alters, stays visible as `\uXXXX`. docs/junit.md states the replacement for readers.
 *
 * @module
 */

/** Terminal sequences as programs print them (ECMA-48, 7-bit and 8-bit forms; `ESC c`, `ESC 7` … of DEC terminals). */
const ANSI_SEQUENCE = [
  // CSI: colors, cursor, erase.
  '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
  // OSC, DCS, SOS, PM, APC: window titles, hyperlinks. Only on one line and only when it ends, so that none swallows a report.
  '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c)',
  // Character sets, alignment, save and restore, reset.
  '\\u001b(?:[()*+][0-2AB]|#[3-68]|%[@G8]|[78=>cM])',
].join('|')

/**
 * Controls but TAB, LF and CR (XML 1.0 §2.2), DEL and C1; the other line ends of Unicode, which some parsers turn into
 * line feeds; halves of surrogate pairs; the two characters of the plane that XML excludes.
 */
const REPLACED =
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]'

/** Every terminal sequence of a text. */
export const ANSI: RegExp = new RegExp(ANSI_SEQUENCE, 'g')

// With the `u` flag a surrogate in a class matches only when it stands alone.
const NEEDS_WORK = new RegExp(REPLACED, 'u')
const WORK = new RegExp(`${ANSI_SEQUENCE}|${REPLACED}`, 'gu')

/**
 * Text without terminal sequences, every character of it legal in XML 1.0 and unchanged by its parsers.
 *
 * TAB, LF and CR stay: escaping keeps them (see `escape.ts`). Applied to its own result it changes nothing.
 *
 * @returns the same string when there is nothing to do
 */
export function legalText(text: string): string {
  return NEEDS_WORK.test(text) ? text.replace(WORK, replacement) : text
}

function replacement(match: string): string {
  const code = match.charCodeAt(0)
  const sequence = match.length > 1
  return sequence ? '' : `\\u${code.toString(16).padStart(4, '0')}`
}
