/**
 * Files and places: relative to the root, with `/`, and found in stacks.
 *
 * @module
 */
import { isAbsolute, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Location } from '../model.js'

/** Where a module lies, and where the run's root is. */
export interface Place {
  readonly rootDir: string
  /** As `relativeFile` gives it; absent for errors that belong to no file. */
  readonly file?: string
}

/** A path or `file:` URL relative to the root with `/` separators; unchanged when it is no path of this machine. */
export function relativeFile(rootDir: string, path: string): string {
  const plain = path.startsWith('file:') ? fromUrl(path) : path
  if (!isAbsolute(plain)) return plain.split(sep).join('/')
  const inside = relative(rootDir, plain)
  return (inside === '' ? plain : inside).split(sep).join('/')
}

/** A location relative to a module: `file` only when it is another one; none without a usable line. */
export function locationIn(
  place: Place,
  found: { file?: string; line: number; column?: number },
): Location | undefined {
  if (!Number.isInteger(found.line) || found.line < 1) return undefined
  const file = found.file === undefined ? undefined : relativeFile(place.rootDir, found.file)
  return {
    ...(file === undefined || file === place.file ? {} : { file }),
    line: found.line,
    ...(found.column !== undefined && found.column >= 1 ? { column: found.column } : {}),
  }
}

/** Lines of a stack, and characters of a line, that are searched: a hostile stack may be endless. */
const MAX_FRAMES = 200
const MAX_FRAME_LENGTH = 4_096

/** The first frame of a stack that belongs to the user: not in `node_modules`, not in Node itself. */
export function firstOwnFrame(place: Place, stack: string): Location | undefined {
  for (const line of stack.split('\n', MAX_FRAMES)) {
    const frame = line.length > MAX_FRAME_LENGTH ? undefined : parseFrame(line)
    if (frame !== undefined && !/[\\/]node_modules[\\/]/.test(frame.file)) return locationIn(place, frame)
  }
  return undefined
}

// `at name (file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `at async C:\a.ts:1:2`; names and paths may contain spaces and parentheses.
function parseFrame(line: string): { file: string; line: number; column: number } | undefined {
  const end = /:(\d{1,9}):(\d{1,9})\)?\s*$/.exec(line)
  const start = /^\s*at (?:async )?/.exec(line)
  if (end === null || start === null) return undefined
  const body = line.slice(start[0].length, end.index)
  const opening = / \((?=file:|\/|[A-Za-z]:[\\/])/.exec(body)
  const file = opening === null ? body : body.slice(opening.index + opening[0].length)
  return /^(?:file:|\/|[A-Za-z]:[\\/])/.test(file) ? { file, line: Number(end[1]), column: Number(end[2]) } : undefined
}

function fromUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}
