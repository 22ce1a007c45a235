/**
 * The tables of docs/configuration.md, from the table of settings.
 *
 * @module
 */
import { aboutSetting, LIMITS, SETTING_NAMES, type SettingName } from '../../src/config/table.js'
import { TEMPLATE_NAMES, templateText } from '../../src/config/views.js'
import { fileKey, variableName } from '../../src/setting-source.js'
import { code, type Sections, table } from './page.js'

/** The sections of docs/configuration.md. */
export function settingSections(): Sections {
  return {
    settings: table(
      ['option', 'variable', 'key in files', 'value', 'default', 'meaning'],
      SETTING_NAMES.map(settingRow),
    ),
    limits: limitTable(),
    templates: TEMPLATE_NAMES.filter((name) => name !== 'full')
      .map((name) => `\`${name}\`:\n\n\`\`\`ini\n${templateText(name)}\`\`\`\n`)
      .join('\n'),
  }
}

function settingRow(name: SettingName): readonly string[] {
  const { about, form, aliases, structured, defaultText = '' } = aboutSetting(name)
  const names = [name, ...aliases]
  return [
    code(...names),
    structured ? '' : code(...names.map(variableName)),
    structured ? '' : code(...names.map(fileKey)),
    form,
    defaultText,
    about,
  ]
}

function limitTable(): string {
  return table(
    ['part', 'default', 'of what'],
    Object.entries(LIMITS).map(([name, { about, default: size }]) => [code(name), size.toLocaleString('en-US'), about]),
  )
}
