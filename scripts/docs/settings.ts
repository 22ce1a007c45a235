/**
 * The tables of docs/configuration.md, from the schema of the settings.
 *
 * @module
 */
import {
  aboutSetting,
  fileKey,
  SETTING_NAMES,
  type SettingName,
  settingsSchema,
  variableName,
} from '../../src/config/schema.js'
import { TEMPLATE_NAMES, templateText } from '../../src/config/templates.js'
import { DEFAULT_LIMITS } from '../../src/scrub/limits.js'
import { entryComments } from './comments.js'
import { code, type Sections, table } from './page.js'

const DEFAULTS: Readonly<Record<string, unknown>> = settingsSchema.parse({})

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
  const { about, form, aliases, structured } = aboutSetting(name)
  const names = [name, ...aliases]
  return [
    code(...names),
    structured ? '' : code(...names.map(variableName)),
    structured ? '' : code(...names.map(fileKey)),
    form,
    shownDefault(DEFAULTS[name]),
    about,
  ]
}

function shownDefault(value: unknown): string {
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : code(String(value))
}

function limitTable(): string {
  const comments = entryComments('src/config/options.ts', 'JuxLimits')
  return table(
    ['part', 'default', 'of what'],
    Object.entries(DEFAULT_LIMITS).map(([name, value]: [string, number]) => [
      code(name),
      value.toLocaleString('en-US'),
      (comments.get(name) ?? '').replace(/ Default [\d,]+\.$/, ''),
    ]),
  )
}
