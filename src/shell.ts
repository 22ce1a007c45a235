/**
 * Command lines that a person can paste: into a POSIX shell, or on Windows into PowerShell and, as far as both agree,
 * cmd.exe.
 *
 * @module
 */
import { oneLine } from './terminal.js'

/**
 * Quotes a path as one word of a shell, for suggestions that can be pasted.
 *
 * POSIX: characters that are not printed as they are become octal escapes of `$'…'` (POSIX 2024), so that the pasted word
 * still names the file. Windows: double quotes, which both shells know. PowerShell expands `$` and `` ` `` in them, so a
 * word with these is in single quotes, which only PowerShell knows.
 */
export function shellWord(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? windowsWord(path) : posixWord(path)
}

/**
 * Translates a suggestion for the shells of a platform. Suggestions are written for POSIX shells, with words quoted by
 * `shellWord`; text that is no command stays as it is.
 */
export function shellLine(line: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' ? windowsLine(line) : line
}

/** `shellWord` for POSIX shells, on every platform. */
export function posixWord(path: string): string {
  if (/^[\w./:@%+,=~-]+$/.test(path)) return path
  if (oneLine(path) === path) return `'${path.replaceAll("'", "'\\''")}'`
  const octal = (part: string) =>
    [...Buffer.from(part)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  return `$'${[...path].map((part) => (oneLine(part) === part && !/['\\]/.test(part) ? part : octal(part))).join('')}'`
}

// PowerShell takes typographic quotes for plain ones.
function windowsWord(path: string): string {
  if (/^[\w.:\\/+-][\w./:\\+~=-]*$/.test(path)) return path
  if (/[$`“”„]/.test(path)) return `'${path.replace(/['‘’‚‛]/g, '$&$&')}'`
  // Programs read a backslash before a double quote as an escape.
  return `"${path.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&')}"`
}

/** Commands that look at a path, by their POSIX names. */
const SIMILAR: readonly (readonly [RegExp, string])[] = [
  [/^(?:ls -ld?|chmod [\w+]+) /, 'icacls '],
  [/^(?:ls|df -h) /, 'dir '],
  [/^unset (\w+)$/, 'Remove-Item Env:$1'],
]

function windowsLine(line: string): string {
  const parts = line.split(/ && (?=export )|; (?=unset )/)
  return parts.map(windowsCommand).join('; ')
}

function windowsCommand(command: string): string {
  const [, name, value = '', comment = ''] = /^export (\w+)=(.*?)( {2}# .*)?$/s.exec(command) ?? []
  if (name !== undefined) {
    const other = /^"\$(\w+)"$/.exec(value)?.[1]
    if (other !== undefined) return `$env:${name} = $env:${other}`
    const quoted = /^["'].*["']$/s.test(value) ? value : `"${value}"`
    const remark = comment === '' ? '  # in cmd.exe: ' : `${comment}; in cmd.exe: `
    return `$env:${name} = ${quoted}${remark}set ${name}=${value.replace(/^"(.*)"$/s, '$1')}`
  }
  const similar = SIMILAR.find(([pattern]) => pattern.test(command))
  return similar === undefined ? command : command.replace(similar[0], similar[1])
}
