/**
 * Flags that set a setting, described by the table of settings.
 *
 * @module
 */
import { type Command, Option } from 'commander'
import type { FlagNames } from '../config/layers.js'
import { aboutSetting, plainAbout, type SettingName } from '../config/table.js'
import { variableName } from '../setting-source.js'

/** The setting that each flag sets. */
const SETTING_OF = new WeakMap<Option, SettingName>()

/**
 * The flag of a command that sets a setting.
 *
 * @param flags as commander wants them: `--timeout <seconds>`
 * @returns a flag whose help says what the setting does, its variable and its default
 */
export function settingOption(name: SettingName, flags: string): Option {
  const { words, defaultText, secret } = aboutSetting(name)
  const variable = secret ? `${variableName(name)} keeps it out of the list of processes` : variableName(name)
  const notes = defaultText === undefined ? variable : `${variable}, default: ${defaultText.replaceAll('`', '')}`
  const option = new Option(flags, `${plainAbout(name)} (${notes})`)
  SETTING_OF.set(option, name)
  return words.length === 0 ? option : option.choices(words)
}

/** How a command spells the flags that `settingOption` made: `{ apiTimeout: '--timeout' }`. */
export function flagNames(command: Command): FlagNames {
  const pairs = command.options.map((option) => [SETTING_OF.get(option), option.long] as const)
  return Object.fromEntries(pairs.flatMap(([name, long]) => (name && long ? [[name, long]] : [])))
}
