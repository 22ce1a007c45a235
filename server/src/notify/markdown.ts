/**
 * Texts of reports in Markdown that others render.
 *
 * In a code span nothing is a link, a mention, a reference to an issue, an image, HTML or a command.
 *
 * @module
 */

/** A text of one line as a code span (CommonMark, "Code spans"). */
export function codeSpan(text: string): string {
  const runs = text.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map((run) => run.length)) + 1)
  // A space at each end is removed again; without it, a backtick at an end would belong to the fence.
  return `${fence} ${text} ${fence}`
}

/** A text of one line with every ASCII punctuation character escaped (CommonMark, "Backslash escapes"). */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~&$]/g, '\\$&')
}
