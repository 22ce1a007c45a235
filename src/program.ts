/**
 * How a program is started without a shell, on every platform.
 *
 * POSIX systems find and start programs and scripts themselves. Windows starts `.exe` files only, and looks for them in
 * the working folder first, which may be a checkout of somebody else. So on Windows the program is looked for in `PATH`
 * alone, scripts are given to their interpreter, and `.cmd` and `.bat` files to cmd.exe, as Node documents ("Spawning
 * .bat and .cmd files on Windows").
 *
 * @module
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { win32 } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

/** The arguments of `spawn` and `execFile`. */
export interface ProgramCall {
  readonly file: string
  readonly args: readonly string[]
  /** The arguments are one command line already, with its quotes (Windows). */
  readonly windowsVerbatimArguments?: boolean
}

/** Where a program is looked for. */
export interface ProgramPlace {
  readonly platform: NodeJS.Platform
  readonly env: Environment
  readonly cwd: string
  /** The first bytes of a file as text; `undefined` if there is no such file. For tests. */
  readonly head?: (path: string) => string | undefined
}

/** An argument that cmd.exe cannot pass to a `.cmd` file. */
export class UnsafeArgumentError extends Error {
  override readonly name = 'UnsafeArgumentError'
  readonly code = 'EINVAL'
}

const SCRIPT_EXTENSIONS: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs'])
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD'
const HEAD_BYTES = 256

/**
 * Decides how to start a program.
 *
 * @param program a name that is looked for in `PATH`, or a path
 * @throws {UnsafeArgumentError} for an argument with a line break or a NUL, if the program is a `.cmd` or `.bat` file
 */
export function programCall(program: string, args: readonly string[], place: ProgramPlace): ProgramCall {
  if (place.platform !== 'win32') return { file: program, args }
  const file = findProgram(program, place)
  // The error of the system for a program that does not exist.
  if (file === undefined) return { file: program, args }
  const extension = win32.extname(file).toLowerCase()
  if (extension === '.cmd' || extension === '.bat') return batchCall(file, args, place.env)
  if (SCRIPT_EXTENSIONS.has(extension)) return { file: process.execPath, args: [file, ...args] }
  const interpreter = /^#!\s*(?:\S*[\\/])?(?:env\s+(?:-S\s+)?)?(\S+?)(?:\s+(.*?))?\s*$/m.exec(
    (place.head ?? headOf)(file)?.split('\n', 1)[0] ?? '',
  )
  if (interpreter === null) return { file, args }
  const [, name = '', flags = ''] = interpreter
  const words = [...flags.split(/\s+/).filter((word) => word !== ''), file, ...args]
  const base = win32.basename(name)
  return base === 'node'
    ? { file: process.execPath, args: words }
    : { file: findProgram(base, place) ?? base, args: words }
}

// With the extensions of PATHEXT, and as it is if it has an extension already or is a script with an interpreter line.
function findProgram(program: string, { env, cwd, head = headOf }: ProgramPlace): string | undefined {
  if (program === '') return undefined
  const extensions = (variableOf(env, 'PATHEXT') || DEFAULT_EXTENSIONS).split(';').filter((text) => text !== '')
  const names = [
    ...(win32.extname(program) === '' ? [] : [program]),
    ...extensions.map((extension) => `${program}${extension.toLowerCase()}`),
    program,
  ]
  const isPath = /[\\/]/.test(program) || win32.isAbsolute(program)
  const folders = isPath
    ? [cwd]
    : (variableOf(env, 'PATH') ?? '').split(';').map((folder) => folder.replace(/^"|"$/g, ''))
  for (const folder of folders) {
    // A relative folder would be one of the checkout.
    if (!win32.isAbsolute(folder)) continue
    for (const name of names) {
      const path = isPath ? win32.resolve(folder, name) : win32.join(folder, name)
      if (head(path) !== undefined) return path
    }
  }
  return undefined
}

// Names of variables have no case on Windows; a copy of `process.env` is an ordinary object.
function variableOf(env: Environment, name: string): string | undefined {
  const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name)
  return key === undefined ? undefined : env[key]
}

// /d: no AutoRun; /e:ON: `%cd:~,%` below works; /v:OFF: `!` has no meaning; /s /c: the text between the outer quotes.
function batchCall(file: string, args: readonly string[], env: Environment): ProgramCall {
  const unsafe = args.find((arg) => /[\r\n\0]/.test(arg))
  if (unsafe !== undefined) {
    throw new UnsafeArgumentError(
      `an argument for ${win32.basename(file)} has a line break, which cmd.exe cannot pass on`,
    )
  }
  const line = [`"${withoutVariables(file)}"`, ...args.map(batchWord)].join(' ')
  return {
    file: variableOf(env, 'COMSPEC') || 'cmd.exe',
    args: ['/d', '/e:ON', '/v:OFF', '/s', '/c', `"${line}"`],
    windowsVerbatimArguments: true,
  }
}

// Inside double quotes cmd.exe acts on `%` and `"` only. Programs read `""` as one quote, and backslashes before a quote
// as pairs.
function batchWord(arg: string): string {
  const escaped = arg.replace(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&')
  return `"${withoutVariables(escaped)}"`
}

// `%cd:~,%` is an empty part of a variable that always exists. It ends what would be the name of another variable.
function withoutVariables(text: string): string {
  return text.replaceAll('%', '%%cd:~,%')
}

function headOf(path: string): string | undefined {
  let descriptor: number | undefined
  try {
    if (!statSync(path).isFile()) return undefined
    descriptor = openSync(path, 'r')
    const bytes = Buffer.alloc(HEAD_BYTES)
    return bytes.subarray(0, readSync(descriptor, bytes)).toString('latin1')
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
