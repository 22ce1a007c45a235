/**
 * Stacks of errors that were thrown in a browser. Their frames are URLs of Vitest's server, with a port and numbers that
 * change in every run; here they become places in files.
 *
 * @module
 */

/** Lines of a stack that are read, because a hostile stack may be very long. */
const MAX_FRAMES = 200

/** Longest line of a stack that is read; longer lines are left out. */
const MAX_FRAME_LENGTH = 4_096

/** One frame, as Vitest parses it: with source maps, and without frames of Vitest itself. */
export interface ParsedFrame {
  /** Absolute path. */
  readonly file: string
  readonly line: number
  readonly column?: number | undefined
  readonly method?: string | undefined
}

/** Makes an absolute path relative to the run's root, with `/` separators. */
export type RelativeFile = (path: string) => string

/** Whether the first frame of a stack is a URL. */
export function hasUrlFrames(stack: string): boolean {
  if (!stack.includes('http')) return false
  for (const line of stack.split('\n', MAX_FRAMES)) {
    if (line.length > MAX_FRAME_LENGTH) continue
    if (urlFrameOf(line) !== undefined) return true
    if (/^\s*at .*:\d{1,9}:\d{1,9}\)?\s*$/.test(line)) return false
  }
  return false
}

/**
 * Replaces the frames of a stack.
 *
 * @param head what is before the frames
 * @param text the frames
 * @param frames as Vitest parsed them; if they are `undefined`, URLs become paths without source maps
 * @returns `undefined` if nothing is left
 */
export function withFileFrames(
  head: string,
  text: string,
  frames: readonly ParsedFrame[] | undefined,
  relativeFile: RelativeFile,
): string | undefined {
  const lines =
    frames === undefined
      ? unmappedFrames(text, relativeFile)
      : frames.map(({ file, line, column, method }) =>
          frameText(method, [relativeFile(file), line, column].filter((part) => part !== undefined).join(':')),
        )
  return [...(head === '' ? [] : [head.trimEnd()]), ...lines].join('\n') || undefined
}

/** Replaces the URLs of test files: those with the query `browserv`, which Vitest's server adds to each of them. */
export function withoutServerUrls(text: string, relativeFile: RelativeFile): string {
  if (!text.includes('browserv=')) return text
  return text.replace(/https?:\/\/[^\s'"`()<>]+/g, (url) => {
    const query = /[?&]browserv=\d+(?:&[\w%=-]*)*((?::\d{1,9}){1,2})?/.exec(url)
    const file = query === null ? undefined : fileOfUrl(url.slice(0, query.index), relativeFile)
    if (query === null || file === undefined) return url
    return `${file}${query[1] ?? ''}${url.slice(query.index + query[0].length)}`
  })
}

function unmappedFrames(text: string, relativeFile: RelativeFile): string[] {
  return text.split('\n', MAX_FRAMES).flatMap((line) => {
    if (line.trim() === '' || line.length > MAX_FRAME_LENGTH) return []
    const frame = urlFrameOf(line)
    if (frame === undefined) return [line]
    const file = fileOfUrl(frame.url, relativeFile)
    return file === undefined ? [] : [frameText(frame.method, `${file}${frame.place}`)]
  })
}

function frameText(method: string | undefined, place: string): string {
  return method ? `    at ${method} (${place})` : `    at ${place}`
}

// Chromium: `at method (URL:1:2)`, `at async URL:1:2`. Firefox and WebKit: `method@URL:1:2`.
function urlFrameOf(line: string): { method: string; url: string; place: string } | undefined {
  const place = /:\d{1,9}:\d{1,9}(?=\)?\s*$)/.exec(line)
  if (place === null) return undefined
  const start = Math.max(line.lastIndexOf('http://', place.index), line.lastIndexOf('https://', place.index))
  if (start === -1) return undefined
  const before = line.slice(0, start)
  const url = line.slice(start, place.index)
  if (!/^\s*at (?:.*\(|async )?$|^[^@]*@$/.test(before) || /[\s)]/.test(url)) return undefined
  const method = withoutEnd(before.replace(/^\s*at /, ''))
  return { method: method === 'async' ? '' : method, url, place: place[0] }
}

// What is before the place of a frame, without the last space, bracket or `@`.
function withoutEnd(text: string): string {
  let end = text.length
  while (end > 0 && ' @('.includes(text.charAt(end - 1))) end--
  return text.slice(0, end)
}

// Vitest's server has the files of the project below `/`, and all files below `/@fs/` or with their whole path.
function fileOfUrl(url: string, relativeFile: RelativeFile): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url).pathname)
    // `/@fs/C:/a.ts` on Windows.
    if (path.startsWith('/@fs/')) return relativeFile(path.slice(/^\/@fs\/[A-Za-z]:/.test(path) ? 5 : 4))
    const own = relativeFile(path)
    return own.startsWith('..') ? path.slice(1) : own
  } catch {
    return undefined
  }
}
