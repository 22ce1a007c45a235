/**
 * The configuration files: where they are, and what each says.
 *
 * From the strongest to the weakest: the file that `JUX_CONFIG_FILE` names; in the folder of the run and then in each one above it up to the
 * root of the repository `.jux.conf` and the key `jux` of `package.json`; the user's files; the machine's.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { errnoOf, JuxError } from '../errors.js'
import type { System } from '../system.js'
import { type Candidate, FILE_NAMES, type Layer, readObject, unknownName } from './candidates.js'
import { parseIni } from './ini-file.js'

/** A place where a file may be. */
export interface ConfigFile {
  readonly path: string
  readonly scope: 'named' | 'project' | 'user' | 'system'
  readonly form: 'ini' | 'package'
}

/** Every place that is looked at, strongest first. */
export function configFiles(cwd: string, system: System): readonly ConfigFile[] {
  const named = system.env.JUX_CONFIG_FILE
  const project = foldersUp(cwd).flatMap((folder): ConfigFile[] => [
    { path: join(folder, '.jux.conf'), scope: 'project', form: 'ini' },
    { path: join(folder, 'package.json'), scope: 'project', form: 'package' },
  ])
  const user = userFiles(system).map((path): ConfigFile => ({ path, scope: 'user', form: 'ini' }))
  return [
    ...(named ? [{ path: resolve(system.cwd, named), scope: 'named', form: 'ini' } as const] : []),
    ...project,
    ...user,
    ...(system.platform === 'win32' ? [] : [{ path: '/etc/jux/config', scope: 'system', form: 'ini' } as const]),
  ]
}

/**
 * What one file says; nothing if it does not exist.
 *
 * @param file only one that `JUX_CONFIG_FILE` names has to exist
 */
export function readConfigFile(file: ConfigFile): Layer {
  let text: string
  try {
    text = readFileSync(file.path, 'utf8')
  } catch (cause) {
    const missing = errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR'
    if (missing && file.scope !== 'named') return { candidates: [], problems: [], notices: [] }
    return { candidates: [], problems: [unreadable(file, missing, cause)], notices: [] }
  }
  return file.form === 'ini' ? readIni(text, file.path) : readPackage(text, file.path)
}

function readIni(text: string, path: string): Layer {
  const { entries, problems } = parseIni(text, path)
  const unknown: JuxError[] = []
  const candidates: Candidate[] = []
  for (const { key, value, line } of entries) {
    const setting = FILE_NAMES.get(key)
    const source = `${path}:${line}`
    if (setting === undefined) unknown.push(unknownName(`key ${key} (${source})`, key, FILE_NAMES.keys()))
    else if (value !== '') candidates.push({ setting, raw: value, name: key, source, base: dirname(path) })
  }
  return { candidates, problems: [...problems, ...unknown], notices: [] }
}

// A package.json that is no JSON is the package manager's to complain about, not ours.
function readPackage(text: string, path: string): Layer {
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    return { candidates: [], problems: [], notices: [] }
  }
  const jux = typeof manifest === 'object' && manifest !== null && 'jux' in manifest ? manifest.jux : undefined
  return readObject(jux, `${path}#jux`, dirname(path))
}

function unreadable(file: ConfigFile, missing: boolean, cause: unknown): JuxError {
  return new JuxError(missing ? 'CONFIG_NOT_FOUND' : 'FILE_PERMISSION_DENIED', {
    message: `configuration file ${file.path} ${missing ? 'does not exist' : `cannot be read (${errnoOf(cause) ?? 'unknown'})`}`,
    reason: 'unreadable-file',
    suggestions: missing
      ? ['correct JUX_CONFIG_FILE, or unset it']
      : [`make it readable, or remove it: ls -ld ${file.path}`],
    cause,
  })
}

function userFiles(system: System): string[] {
  const { env, homeDir, platform } = system
  const xdg = join(env.XDG_CONFIG_HOME || join(homeDir, '.config'), 'jux', 'config')
  const files = [xdg, `${xdg}.ini`, join(homeDir, '.jux', 'config')]
  if (platform === 'darwin') files.push(join(homeDir, 'Library', 'Application Support', 'jux', 'config.ini'))
  if (platform === 'win32') files.push(join(env.APPDATA || join(homeDir, 'AppData', 'Roaming'), 'jux', 'config.ini'))
  return files
}

// Without a repository only the folder itself: what lies above it may be anybody's.
function foldersUp(cwd: string): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (existsSync(join(folder, '.git'))) return folders
    if (dirname(folder) === folder) return folders.slice(0, 1)
  }
}
