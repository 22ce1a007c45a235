import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { aboutSetting, SETTING_NAMES, settingsSchema, variableName } from '../../src/config/schema.js'

const page = readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8')
const defaults: Readonly<Record<string, unknown>> = settingsSchema.parse({})

describe('docs/configuration.md', () => {
  it.each(SETTING_NAMES)('has a row for %s, with its variables, its default and its meaning', (name) => {
    const { about, aliases, structured } = aboutSetting(name)
    const value = defaults[name]
    const quoted = (names: readonly string[]) => names.map((text) => `\`${text}\``).join(', ')

    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\``))

    expect(row?.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''))).toEqual([
      quoted([name, ...aliases]),
      structured ? '' : quoted([name, ...aliases].map(variableName)),
      expect.any(String),
      value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${value}\``,
      about,
    ])
  })
})
