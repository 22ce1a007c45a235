/**
 * Flags that set a setting, described by the table of settings.
 *
 * @module
 */
import { Option } from 'commander'
import { aboutSetting, plainAbout, type SettingName } from '../config/table.js'
import { variableName } from '../setting-source.js'

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
  return words.length === 0 ? option : option.choices(words)
}
