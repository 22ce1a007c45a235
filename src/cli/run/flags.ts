/**
 * The flags of `jux run`: one for each setting, and the spellings of pytest-jux for the same settings.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import { aboutSetting, plainAbout, SETTING_NAMES, type SettingName } from '../../config/table.js'
import { nearestWord } from '../../nearest.js'
import { flagName, variableName } from '../../setting-source.js'

/** Flags of pytest-jux with another name here; `--key` and `--cert` work without `jux` too. */
const OTHER_NAMES: Readonly<Record<string, SettingName>> = {
  '--key': 'keyPath',
  '--cert': 'certPath',
  '--private-key': 'keyPath',
}

/** Another spelling of the flag of a setting: it is not in the help, and sets the same value. */
class Spelling extends Option {
  readonly #setting: SettingName

  constructor(flags: string, setting: SettingName, isOpposite = false) {
    super(flags)
    this.#setting = setting
    this.negate = isOpposite
    this.hideHelp()
  }

  override attributeName(): string {
    return this.#setting
  }
}

/** Adds all flags to a command. The attributes of their values are the names of the settings. */
export function addFlags(command: Command): void {
  for (const setting of SETTING_NAMES) addFlag(command, setting)
  for (const setting of SETTING_NAMES) addSpellings(command, setting)
  for (const [name, setting] of Object.entries(OTHER_NAMES)) {
    if (name !== '--private-key') command.addOption(new Spelling(`${name} <path>`, setting))
    command.addOption(new Spelling(juxFlag(name, '<path>'), setting))
  }
  refuse(command, '--jux-xml-path [path]', [
    'reports have their content hash as name; to choose the folder, write --storage-path reports,',
    'then the report is reports/reports/<content hash>.xml',
  ])
}

/** The arguments of a command, and the flags of pytest-jux's kind (`--jux-…`) among them, with their values. */
export function takeJuxFlags(command: Command, words: readonly string[]): { kept: string[]; taken: string[] } {
  const kept: string[] = []
  const taken: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (!/^--(?:no-)?jux-/.test(word)) {
      kept.push(word)
      continue
    }
    taken.push(word)
    const option = command.options.find(({ long }) => long === word)
    const value = words[at + 1]
    if (option?.required === true && value !== undefined) {
      taken.push(value)
      at += 1
    }
  }
  return { kept, taken }
}

/** A message for a flag that does not exist. */
export function unknownFlag(command: Command, flag: string): string {
  const name = flag.replace(/=.*$/s, '')
  const option = command.options.find(({ long }) => long === name)
  if (option !== undefined && flag.includes('=')) {
    const opposite = option.negate ? name.replace('--no-', '--') : name.replace('--', '--no-')
    return `error: option '${name}' takes no value\n(Write ${name}, or ${opposite} for the opposite.)`
  }
  const known = command.options
    .filter(({ hidden }) => !hidden || name.includes('-jux-'))
    .flatMap(({ long }) => long ?? [])
  const meant = nearestWord(name, known)
  return `error: unknown option '${name}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`
}

// All users of a machine can read secrets on a command line. Structured values cannot be written there.
function addFlag(command: Command, setting: SettingName): void {
  const { secret, structured, flag, words, path } = aboutSetting(setting)
  if (secret || structured) return
  const name = flagName(setting)
  if (flag) command.option(name, plainAbout(setting)).option(name.replace('--', '--no-'), `the opposite of ${name}`)
  else {
    const option = new Option(`${name} <${path ? 'path' : 'value'}>`, plainAbout(setting))
    // For help and completions only: the setting may accept other spellings too.
    if (words.length > 0) option.argChoices = [...words]
    command.addOption(option)
  }
}

function addSpellings(command: Command, setting: SettingName): void {
  const { secret, structured, flag, aliases } = aboutSetting(setting)
  if (structured) return
  for (const name of [setting, ...aliases].map(flagName)) {
    if (secret) {
      // The short name `--key` is that of the path, as in pytest-jux.
      if (name === '--key') continue
      const cure = `all users of a machine can read command lines; write export ${variableName(setting)}=… before the command`
      for (const spelling of [name, juxFlag(name)]) refuse(command, `${spelling} [value]`, [cure])
      continue
    }
    const value = flag ? '' : '<value>'
    if (name !== flagName(setting)) command.addOption(new Spelling(`${name} ${value}`.trim(), setting))
    command.addOption(new Spelling(juxFlag(name, value), setting))
    if (!flag) continue
    if (name !== flagName(setting)) command.addOption(new Spelling(name.replace('--', '--no-'), setting, true))
    command.addOption(new Spelling(juxFlag(name).replace('--', '--no-'), setting, true))
    command.addOption(new Spelling(juxFlag(name).replace('--jux-', '--jux-no-'), setting, true))
  }
}

function juxFlag(name: string, value = ''): string {
  return `${name.replace('--', '--jux-')} ${value}`.trim()
}

function refuse(command: Command, flags: string, sentences: readonly string[]): void {
  const option = new Option(flags).hideHelp()
  command.addOption(option)
  command.on(`option:${option.name()}`, () => {
    command.error(`error: ${option.long} is not a flag of jux run: ${sentences.join(' ')}`, { exitCode: 64 })
  })
}
