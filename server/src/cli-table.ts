/**
 * A table of the command line, and what is said below an empty one.
 *
 * @module
 */
import { oneLine } from 'jux-reporter/internal'

/** Aligns rows under a head. Cells may be texts from outside. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((cells) => cells.map(oneLine))
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)))
  const lineOf = (cells: readonly string[]) => cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')
  return lines.map((cells) => `${lineOf(cells).trimEnd()}\n`).join('')
}

/** The line on standard error below an empty table. */
export function nextCommand(words: string): string {
  return `nothing to list; next: npx jux-server ${words}\n`
}
