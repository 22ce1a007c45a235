/**
 * Stacks that name the modules of this package's source, not its bundled files.
 *
 * Node can do the same for the whole process, but that process is the test runner's.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'

/** The bundled files are beside this one. */
const FOLDER = new URL('.', import.meta.url).href

/** A stack, its places in bundled files replaced with those in the source. A place without a source map stays. */
export function sourceStack(stack: string): string {
  return stack.replace(
    /(file:\/\/[^\s()]+\.m?js):(\d+):(\d+)/g,
    (place, file: string, line: string, column: string) => sourcePlace(file, Number(line), Number(column)) ?? place,
  )
}

function sourcePlace(file: string, line: number, column: number): string | undefined {
  if (!file.startsWith(FOLDER)) return undefined
  try {
    const payload: SourceMapPayload = JSON.parse(readFileSync(new URL(`${file}.map`), 'utf8'))
    const entry = new SourceMap(payload).findEntry(line - 1, column - 1)
    if (!('originalSource' in entry)) return undefined
    return `${new URL(entry.originalSource, file).href}:${entry.originalLine + 1}:${entry.originalColumn + 1}`
  } catch {
    // Not bundled.
    return undefined
  }
}
