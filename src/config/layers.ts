/**
 * The places where settings are written: flags, environment, reporter options, files. Each is read into a layer.
 *
 * Files, strongest first: the one that `JUX_CONFIG_FILE` names; in the folder of the run, and then in each folder above
 * it up to the root of the repository, `.jux.conf` and the key `jux` of `package.json`; the user's files; the
 * machine's.
 *
 * @module
 */
import { existsSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { errnoOf, isRefused, JuxError, shellWord } from '../errors.js'
import { NotAFileError, readInputFileSync } from '../input-file.js'
import { nearestWord } from '../nearest.js'
import { expandHome, isInHome } from '../paths.js'
import { fileKey, flagName, placed, type SettingSource, variableName } from '../setting-source.js'
import type { System } from '../system.js'
import { isCredential, originOf } from './credentials.js'
import { parseIni } from './ini.js'
import { invalid, unknownName, valueProblems } from './problems.js'
import { aboutSetting, SETTING_NAMES, type SettingName } from './table.js'
import { check } from './values.js'

/** One value for one setting. */
export interface Candidate {
  readonly setting: SettingName
  readonly source: SettingSource
  /** The value, with paths made absolute; `undefined` if it is not acceptable. */
  readonly value: unknown
  /** Why the value is not acceptable. */
  readonly problems: readonly JuxError[]
}

/** All settings that are written in one place. */
export interface Layer {
  readonly candidates: readonly Candidate[]
  readonly problems: readonly JuxError[]
  readonly notices: readonly string[]
}

/** The flags of a command by the setting that each sets: `{ apiTimeout: '--timeout' }`. */
export type FlagNames = Readonly<Partial<Record<string, string>>>

/** A place where a file may be. */
export interface ConfigFile {
  readonly path: string
  readonly scope: 'named' | 'project' | 'user' | 'system'
  readonly form: 'ini' | 'package'
}

/** Variables of the `JUX_` family that are not settings; those that begin with `JUX_SERVER_` are the server's. */
const OTHER_VARIABLES = [
  'JUX_DEBUG',
  'JUX_CHECK_RENDERING',
  // Not a setting: a file of the repository must not choose where signatures are sent.
  'JUX_TSA_URL',
  'JUX_CONFIG_FILE',
  'JUX_RUN',
  'JUX_RUN_FLAGS',
  'JUX_WITNESS',
]

/** May begin every key of an INI file: the Python tools share files with other programs. */
const FILE_PREFIX = 'jux_'

const EMPTY: Layer = { candidates: [], problems: [], notices: [] }

/** What may be written under a name. */
interface Known {
  readonly setting: SettingName
  readonly isOpposite?: true
}

/** The names that settings have in one kind of place, and what may be written under each. */
type Spelling = ReadonlyMap<string, Known>

const OPTIONS = spellNames((name) => name)
const FILE_KEYS = new Map([...spellNames(fileKey), ...spellNames((name) => FILE_PREFIX + fileKey(name))])
const VARIABLES = spellNames(variableName, (name) => aboutSetting(name).oppositeVariable)

/**
 * Reads the `JUX_` variables. An empty variable counts as not set: CI systems replace a missing secret with an empty
 * text.
 *
 * An unknown variable that looks like a typo is a problem. Any other may belong to another program and gets a notice.
 */
export function readEnvironment(system: Pick<System, 'env' | 'cwd' | 'homeDir'>): Layer {
  const candidates: Candidate[] = []
  const problems: JuxError[] = []
  const notices: string[] = []
  const flags = system.env.JUX_RUN_FLAGS?.split(',') ?? []
  for (const [name, raw] of Object.entries(system.env)) {
    if (!name.startsWith('JUX_') || raw === undefined || raw.trim() === '') continue
    // The flags of "jux run" arrive as variables.
    const flag = flags.includes(name) ? flagName(name.slice('JUX_'.length).toLowerCase()) : undefined
    const source: SettingSource = {
      kind: flag === undefined ? 'variable' : 'flag',
      name: flag ?? name,
      place: flag ?? name,
      trust: 'user',
    }
    const candidate = readEntry({ name, raw, source, base: system.cwd }, VARIABLES, system.homeDir)
    if (candidate !== undefined) candidates.push(candidate)
    else if (!OTHER_VARIABLES.includes(name) && !name.startsWith('JUX_SERVER_')) {
      const meant = nearestWord(name, [...VARIABLES.keys(), ...OTHER_VARIABLES])
      if (meant === undefined) notices.push(`${name} is not a variable of this program and has no effect`)
      else problems.push(unknownName(`environment variable ${name}`, source, [meant]))
    }
  }
  return { candidates, problems, notices }
}

/** Reads an object: reporter options, or the key `jux` of a package.json. */
export function readObject(
  object: unknown,
  { kind, place }: Pick<SettingSource, 'kind' | 'place'>,
  base: string,
  homeDir: string | undefined,
): Layer {
  if (object === undefined || object === null) return EMPTY
  if (typeof object !== 'object' || Array.isArray(object)) {
    return { ...EMPTY, problems: [invalid(`${place} must be an object`, 'bad-value')] }
  }
  const candidates: Candidate[] = []
  const problems: JuxError[] = []
  for (const [name, raw] of Object.entries(object)) {
    if (raw === undefined || raw === null || raw === '') continue
    const source: SettingSource = { kind, name, place, trust: 'repository' }
    const candidate = readEntry({ name, raw, source, base }, OPTIONS, homeDir)
    if (candidate !== undefined) candidates.push(candidate)
    else problems.push(unknownName(`option ${placed(source)}`, source, OPTIONS.keys()))
  }
  return { candidates, problems, notices: [] }
}

/**
 * Reads the flags of a command: values by name of the setting. Other flags of the command are ignored.
 *
 * @param names how the command spells them; absent: as `flagName` does
 */
export function readFlags(
  flags: Readonly<Record<string, unknown>>,
  { cwd, homeDir }: Pick<System, 'cwd' | 'homeDir'>,
  names: FlagNames = {},
): Layer {
  const candidates = Object.entries(flags).flatMap(([name, raw]) => {
    if (raw === undefined) return []
    const flag = names[name] ?? flagName(name)
    const source: SettingSource = { kind: 'flag', name: flag, place: flag, trust: 'user' }
    const candidate = readEntry({ name, raw, source, base: cwd }, OPTIONS, homeDir)
    return candidate === undefined ? [] : [candidate]
  })
  return { ...EMPTY, candidates }
}

/** Every place where a file may be, strongest first. */
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

/** Largest configuration file, or package.json. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

/**
 * Reads one file. A missing file is an empty layer, except the one that `JUX_CONFIG_FILE` names, which must exist.
 */
export function readConfigFile(file: ConfigFile, system: OwnerSystem): Layer {
  const { homeDir } = system
  let text: string
  try {
    text = readInputFileSync(file.path, MAX_FILE_BYTES).toString('utf8')
  } catch (cause) {
    const missing = errnoOf(cause) === 'ENOENT' || errnoOf(cause) === 'ENOTDIR'
    // Node's permission model does not tell whether a file exists.
    return (missing || isRefused(cause)) && file.scope !== 'named'
      ? EMPTY
      : { ...EMPTY, problems: [unreadable(file, missing, cause)] }
  }
  const layer = file.form === 'ini' ? readIni(text, file, homeDir) : readPackage(text, file.path, homeDir)
  if (file.scope !== 'project' || layer.candidates.length + layer.problems.length === 0) return layer
  return isOfOther(file.path, system) ? { ...EMPTY, notices: [ignoredLine(file.path)] } : layer
}

/** Part of the system that the owner of a file is compared with. */
type OwnerSystem = Pick<System, 'homeDir' | 'uid' | 'env'>

// As git does with repositories: what another user wrote is not obeyed, except if that is root. `sudo` names the user behind it.
function isOfOther(path: string, { uid, env }: OwnerSystem): boolean {
  if (uid === undefined) return false
  const own = [0, uid, ...(uid === 0 && env.SUDO_UID ? [Number(env.SUDO_UID)] : [])]
  const owner = statSync(path, { throwIfNoEntry: false })?.uid
  return owner !== undefined && !own.includes(owner)
}

function ignoredLine(path: string): string {
  return `${path} is ignored, because it belongs to another user: sudo chown "$(id -u)" ${shellWord(path)}`
}

/** The setting that a key of an INI file sets. */
export function settingOfKey(key: string): SettingName | undefined {
  return FILE_KEYS.get(key)?.setting
}

// The names with the prefix of the Python tools, or those without it, as the person wrote this one.
function similarKeys(key: string): readonly string[] {
  const isPrefixed = /^jux[-_]/i.test(key)
  return [...FILE_KEYS.keys()].filter((known) => known.startsWith(FILE_PREFIX) === isPrefixed)
}

interface Entry {
  /** The name that `spelling` knows. */
  readonly name: string
  readonly raw: unknown
  readonly source: SettingSource
  /** Folder that a relative path is relative to. */
  readonly base: string
}

// Each entry is parsed on its own: one mistake must not hide another, and a key may occur twice in a file.
function readEntry({ name, raw, source: place, base }: Entry, spelling: Spelling, homeDir: string | undefined) {
  const known = spelling.get(name)
  if (known === undefined) return undefined
  const { setting, isOpposite } = known
  const about = aboutSetting(setting)
  const source: SettingSource = isOpposite ? { ...place, isOpposite } : place
  const candidate: Candidate = { setting, source, value: undefined, problems: [] }
  const parsed = check(about.kind, raw)
  if (parsed.success) {
    const { data } = parsed
    if (isOpposite) return { ...candidate, value: data !== true }
    if (!about.path) return { ...candidate, value: data }
    const path = expandHome(String(data), homeDir)
    return isInHome(path)
      ? { ...candidate, problems: [homeless(source)] }
      : { ...candidate, value: resolve(base, path) }
  }
  const checked = { ...about, setting, source, raw, members: about.kind.members }
  return { ...candidate, problems: valueProblems(checked, parsed.error.issues) }
}

function homeless(source: SettingSource): JuxError {
  const message = `${placed(source)} is in the home folder, and this user has none`
  return invalid(message, 'bad-value', ['write an absolute path, or set HOME'])
}

function readIni(text: string, { path, scope }: ConfigFile, homeDir: string | undefined): Layer {
  const { entries, problems } = parseIni(text, path)
  const unknown: JuxError[] = []
  const candidates: Candidate[] = []
  for (const { key, value, line, server } of entries) {
    const trust = scope === 'project' ? 'repository' : 'user'
    const bound = server === undefined ? {} : { boundTo: originOf(server) }
    const source: SettingSource = { kind: 'file', name: key, place: `${path}:${line}`, trust, ...bound }
    const candidate = readEntry({ name: key, raw: value, source, base: dirname(path) }, FILE_KEYS, homeDir)
    if (candidate === undefined) {
      unknown.push(unknownName(`key ${placed(source)}`, source, similarKeys(key)))
    } else if (server !== undefined && !isCredential(candidate.setting)) {
      unknown.push(
        invalid(
          `${placed(source)} is no credential, and sections for one server have credentials only`,
          'unknown-key',
          [`move ${key} to the section [jux] of ${path}`],
        ),
      )
    } else if (value !== '') candidates.push(candidate)
  }
  return { candidates, problems: [...problems, ...unknown], notices: [] }
}

// The package manager reports a package.json that is not JSON.
function readPackage(text: string, path: string, homeDir: string | undefined): Layer {
  let manifest: unknown
  try {
    manifest = JSON.parse(text)
  } catch {
    return EMPTY
  }
  const jux = typeof manifest === 'object' && manifest !== null && 'jux' in manifest ? manifest.jux : undefined
  return readObject(jux, { kind: 'package', place: `${path}#jux` }, dirname(path), homeDir)
}

function unreadable(file: ConfigFile, missing: boolean, cause: unknown): JuxError {
  return new JuxError(missing ? 'CONFIG_NOT_FOUND' : 'FILE_PERMISSION_DENIED', {
    message: `configuration file ${file.path} ${unreadableText(missing, cause)}`,
    reason: 'unreadable-file',
    suggestions: missing ? ['unset JUX_CONFIG_FILE'] : unreadableCures(file, errnoOf(cause)),
    cause,
  })
}

function unreadableText(missing: boolean, cause: unknown): string {
  if (missing) return 'does not exist'
  return cause instanceof NotAFileError ? `is ${cause.message}` : `cannot be read (${errnoOf(cause) ?? 'unknown'})`
}

function unreadableCures({ path, scope }: ConfigFile, errno: string | undefined): string[] {
  if (scope === 'named') return ['unset JUX_CONFIG_FILE']
  const isDenied = errno === 'EACCES' || errno === 'EPERM'
  return [isDenied ? `chmod u+r ${shellWord(path)}` : `replace ${path} with a file, or remove it`]
}

function userFiles(system: System): string[] {
  const { env, homeDir, platform } = system
  // The XDG specification ignores a relative path. It would be a file of the folder in which a command happens to run.
  const named = env.XDG_CONFIG_HOME && isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : undefined
  // Without a home folder only the variables name one.
  const inHome = (...names: string[]) => (homeDir === undefined ? [] : [join(homeDir, ...names)])
  const configFolders = named === undefined ? inHome('.config') : [named]
  const appFolders = {
    darwin: inHome('Library', 'Application Support'),
    win32: env.APPDATA ? [env.APPDATA] : inHome('AppData', 'Roaming'),
  }
  return [
    ...configFolders.flatMap((folder) => [join(folder, 'jux', 'config'), join(folder, 'jux', 'config.ini')]),
    ...inHome('.jux', 'config'),
    ...(platform === 'darwin' || platform === 'win32' ? appFolders[platform] : []).map((folder) =>
      join(folder, 'jux', 'config.ini'),
    ),
  ]
}

// Outside a repository only the folder itself is searched: other users may own the folders above it.
function foldersUp(cwd: string): string[] {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (isThere(join(folder, '.git'))) return folders
    if (dirname(folder) === folder) return folders.slice(0, 1)
  }
}

// Under Node's permission model `existsSync` throws.
function isThere(path: string): boolean {
  try {
    return existsSync(path)
  } catch {
    return false
  }
}

function spellNames(
  spell: (camelName: string) => string,
  opposite: (name: SettingName) => string | undefined = () => undefined,
): Spelling {
  const names = new Map<string, Known>()
  for (const setting of SETTING_NAMES) {
    for (const name of [setting, ...aboutSetting(setting).aliases]) names.set(spell(name), { setting })
    const not = opposite(setting)
    if (not !== undefined) names.set(not, { setting, isOpposite: true })
  }
  return names
}
