/**
 * Where the value of a setting comes from, and how a person changes it there.
 *
 * The environment variable of a setting is `JUX_` and its name in capitals, its key in INI files is the same in small
 * letters, its flag has dashes; aliases follow the same rule.
 *
 * @module
 */

/** A place where a value is written, and the name it has there. */
export interface SettingSource {
  readonly kind: 'default' | 'flag' | 'variable' | 'options' | 'file' | 'package'
  /** The name as written there: `--timeout`, `JUX_SUBMIT_TIMEOUT`, `submitTimeout`, `api_url`. */
  readonly name: string
  /** `default`, a variable, a flag, `reporter options`, `FILE:LINE`, `FILE#jux`. */
  readonly place: string
  /**
   * Who writes there: the `user` of the machine, or the authors of the `repository`. Reporter options are the
   * repository's, but they are code that runs in the same process anyway.
   */
  readonly trust: 'user' | 'repository'
  /** The name means the opposite of the setting: `JUX_NO_SIGN`. */
  readonly isOpposite?: true
  /** The value follows from another setting, which is written there. */
  readonly isDerived?: true
  /** A credential that is used for the server with this origin only. */
  readonly boundTo?: string
}

/** The sources of some settings; one that is absent was passed by a program. */
export type SettingSources = Readonly<Partial<Record<string, SettingSource>>>

/** Whether a file of the repository sets this. */
export function isOfRepository({ kind, trust }: SettingSource): boolean {
  return trust === 'repository' && (kind === 'file' || kind === 'package')
}

/** The name of a setting, or its alias, as an environment variable: `apiUrl` is `JUX_API_URL`. */
export function variableName(camelName: string): string {
  return `JUX_${fileKey(camelName).toUpperCase()}`
}

/** The name of a setting, or its alias, as a key of an INI file: `apiUrl` is `api_url`. */
export function fileKey(camelName: string): string {
  return camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The name of a setting, or its alias, as a flag: `apiUrl` is `--api-url`. */
export function flagName(camelName: string): string {
  return `--${fileKey(camelName).replaceAll('_', '-')}`
}

/** The name of a setting where its value is written, with the place: `JUX_API_URL`, `api_url (FILE:3)`. */
export function placed({ name, place }: Pick<SettingSource, 'name' | 'place'>): string {
  return name === place ? name : `${name} (${place})`
}

/** The name under which a setting was set, with the place; a setting that is not set has the name of its variable. */
export function nameOf(setting: string, sources: SettingSources = {}): string {
  const source = sources[setting]
  return source === undefined || source.kind === 'default' ? variableName(setting) : placed(source)
}

/**
 * How a person gives a setting another value, at the place where its present value is written: a stronger place would
 * work too, but two spellings of one setting in the same place contradict each other.
 *
 * @param value the value of the setting, as it is written in a variable or a file
 * @returns `export JUX_DEADLINE=120`, `--timeout 120`, `write deadline = 120 in FILE:3`
 */
export function changeOf(setting: string, value: string, sources: SettingSources = {}): string {
  const source = sources[setting]
  if (source === undefined || source.kind === 'default' || source.isDerived) {
    return `export ${variableName(setting)}=${value}`
  }
  return writtenAt(source, source.isOpposite ? opposite(value) : value)
}

/** How a person writes a text at a place: `export JUX_DEADLINE=120`, `write deadline = 120 in FILE:3`. */
export function writtenAt({ kind, name, place }: SettingSource, value: string): string {
  switch (kind) {
    case 'flag':
      if (value === 'true') return name
      return value === 'false' ? name.replace(/^--/, '--no-') : `${name} ${value}`
    case 'options':
    case 'package':
      return `write ${name}: ${literal(value)} in ${place}`
    case 'file':
      return `write ${name} = ${value} in ${place}`
    default:
      return `export ${name}=${value}`
  }
}

/** How a person removes a setting from the place where it is written. */
export function removalOf(source: SettingSource): string {
  switch (source.kind) {
    case 'flag':
      return `leave out ${source.name}`
    case 'variable':
      return `unset ${source.name}`
    default:
      return `remove ${placed(source)}`
  }
}

function opposite(value: string): string {
  return value === 'true' ? 'false' : 'true'
}

function literal(value: string): string {
  return /^(?:true|false|\d+(?:\.\d+)?)$/.test(value) ? value : JSON.stringify(value)
}
