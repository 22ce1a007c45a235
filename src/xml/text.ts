/**
 * Turns any JavaScript string into text that is legal in XML 1.0 and that every parser returns unchanged.
 *
 * Terminal sequences are removed whole, because a report is not shown by a terminal. Every other character that XML 1.0
 * does not allow, or that some parser alters, becomes a visible `\uXXXX`. docs/junit.md documents the replacement.
 *
 * @module
 */

/** Terminal sequences as programs print them (ECMA-48, 7-bit and 8-bit forms; `ESC c`, `ESC 7` … of DEC terminals). */
const ANSI_SEQUENCE = [
  // CSI: colors, cursor, erase.
  '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
  // OSC, DCS, SOS, PM, APC: window titles, hyperlinks. Only on one line and only with an end, so that a sequence that never
  // ends does not remove the rest of the text.
  '(?:\\u001b[\\]PX^_]|[\\u009d\\u0090\\u0098\\u009e\\u009f])[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f]*(?:\\u0007|\\u001b\\\\|\\u009c)',
  // Character sets, alignment, save and restore, reset.
  '\\u001b(?:[()*+][0-2AB]|#[3-68]|%[@G8]|[78=>cM])',
].join('|')

/**
 * Control characters except TAB, LF and CR (XML 1.0 §2.2), DEL and C1; the other line ends of Unicode, which some parsers
 * turn into line feeds; lone surrogates; U+FFFE and U+FFFF, which XML excludes.
 */
const REPLACED =
  '[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u2028\\u2029\\ud800-\\udfff\\ufffe\\uffff]'

/** Matches every terminal sequence of a text. */
export const ANSI: RegExp = new RegExp(ANSI_SEQUENCE, 'g')

// Most texts are plain ASCII. An expression without the `u` flag says so several times as fast.
const NOT_PLAIN = /[^\t\n\r\x20-\x7e]/

// With the `u` flag, a surrogate in a class matches only if it is not part of a pair. Every terminal sequence contains a
// character of `REPLACED`.
const ILLEGAL = new RegExp(REPLACED, 'u')
const ILLEGAL_PARTS = new RegExp(`${ANSI_SEQUENCE}|${REPLACED}`, 'gu')

/**
 * Removes terminal sequences and replaces the characters that XML 1.0 does not allow or that parsers alter.
 *
 * TAB, LF and CR stay, because escaping preserves them (see `characters.ts`). Applied to its own result, it changes nothing.
 *
 * @returns the same string when nothing has to be replaced
 */
export function legalText(text: string): string {
  if (!NOT_PLAIN.test(text)) return text
  return ILLEGAL.test(text) ? text.replace(ILLEGAL_PARTS, replacePart) : text
}

function replacePart(part: string): string {
  const isSequence = part.length > 1
  return isSequence ? '' : `\\u${part.charCodeAt(0).toString(16).padStart(4, '0')}`
}
