/**
 * INI files as the Jux tools share them: section `[jux]`, `key = value`, comments after `#` or `;`. Of a section
 * `[pytest]`, which other files of the Python tools have, only keys that begin with `jux_` are read.
 *
 * A section `[jux "https://jux.example.com"]` has the credentials for one server.
 *
 * A `#` or `;` begins a comment only at the start of a line or after a space, so that tokens and URLs may contain both;
 * `%` has no special meaning. A value in double quotes is a JSON string, so that it may contain anything.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import type { ReasonOf } from '../reasons.js'

/** One line with a key and a value. */
export interface IniEntry {
  readonly key: string
  readonly value: string
  /** From 1. */
  readonly line: number
  /** The server that a section `[jux "https://jux.example.com"]` is about. */
  readonly server?: string | undefined
}

/** The entries of one section, and what is wrong with the file. */
export interface IniSection {
  readonly entries: readonly IniEntry[]
  readonly problems: readonly JuxError[]
}

const SECTION = 'jux'
const PYTEST_SECTIONS: readonly (string | undefined)[] = ['pytest', 'tool:pytest']

/**
 * Reads the section `[jux]`, and the keys of `[pytest]` that begin with `jux_`.
 *
 * Other sections belong to other programs and are skipped, except one whose name differs in case only.
 *
 * @param text the file
 * @param file its path, for messages
 */
export function parseIni(text: string, file: string): IniSection {
  const entries: IniEntry[] = []
  const problems: JuxError[] = []
  let section: string | undefined
  let server: string | undefined
  let foundOutside = false
  for (const [index, whole] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = index + 1
    const content = whole.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    const named = /^\[jux\s+"([^"]*)"\]\s*(?:[#;].*)?$/.exec(content)?.[1]
    if (named !== undefined) {
      section = SECTION
      server = named
      if (!isServer(named)) {
        problems.push(
          syntax(
            `${file}:${line}: section [jux "${named}"] names no http:// or https:// URL`,
            'section',
            `write [jux "https://jux.example.com"] in ${file}:${line}, with the address of your server`,
          ),
        )
      }
      continue
    }
    const header = /^\[([^\]]*)\]\s*(?:[#;].*)?$/.exec(content)
    if (header !== null) {
      server = undefined
      section = (header[1] ?? '').trim()
      if (section !== SECTION && section.toLowerCase() === SECTION) {
        problems.push(
          syntax(`${file}:${line}: section [${section}] has no effect`, 'section', `write [jux] in ${file}:${line}`),
        )
      }
      continue
    }
    if (section === undefined) {
      if (!foundOutside) {
        problems.push(
          syntax(
            `${file}:${line}: this line is in no section`,
            'section',
            `write [jux] in a line before ${file}:${line}`,
          ),
        )
      }
      foundOutside = true
      continue
    }
    const isPytest = PYTEST_SECTIONS.includes(section)
    if (section !== SECTION && !(isPytest && content.startsWith('jux_'))) continue
    const pair = /^([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(content)
    if (pair === null) {
      problems.push(
        syntax(
          `${file}:${line}: this line is not "key = value"`,
          'line',
          `begin ${file}:${line} with #, or write it as key = value`,
        ),
      )
      continue
    }
    entries.push({ key: pair[1] ?? '', value: decodeValue(pair[2] ?? ''), line, server })
  }
  return { entries, problems }
}

/** Encodes a value for a file, so that reading the file gives the same value. */
export function encodeValue(value: string): string {
  return /^["']|(^|\s)[#;]|[\r\n]|^\s|\s$/.test(value) ? JSON.stringify(value) : value
}

function isServer(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function decodeValue(written: string): string {
  const quoted = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*(?:[#;].*)?$/.exec(written)?.[1]
  return quoted === undefined ? written.replace(/(^|\s)[#;].*$/, '').trim() : unquote(quoted)
}

// As the npm package "ini" does, which the first version used: valid JSON is decoded, in single quotes too.
function unquote(quoted: string): string {
  const inner = quoted.startsWith("'") ? quoted.slice(1, -1) : quoted
  try {
    return String(JSON.parse(inner))
  } catch {
    return inner
  }
}

function syntax(message: string, reason: ReasonOf<'CONFIG_INVALID_SYNTAX'>, suggestion: string): JuxError {
  return new JuxError('CONFIG_INVALID_SYNTAX', { message, reason, suggestions: [suggestion] })
}
