/**
 * The type of the reporter's options, src/config/options.ts, from the table of settings.
 *
 * @module
 */
import { aboutSetting, LIMITS, SETTING_NAMES, type SettingName } from '../../src/config/table.js'
import { variableName } from '../../src/setting-source.js'
import { code, type Page } from './page.js'

/** Comments wrap here. */
const MAX_COLUMNS = 100

/** Code wraps here, as in biome.json. */
const LINE_WIDTH = 120

/** Types that have a name in src/model.ts or in the module itself. */
const NAMED_TYPES: Readonly<Partial<Record<SettingName, string>>> = {
  properties: 'PropertySource',
  testProperties: 'TestPropertySource',
  filePaths: 'FilePathBase',
  suiteName: 'NameTemplate',
  className: 'NameTemplate',
  testName: 'NameTemplate',
  limits: 'JuxLimits',
}

/** Generates the module. */
export function optionsPage(): Page {
  const aliases = SETTING_NAMES.flatMap((name) => aboutSetting(name).aliases)
  return {
    path: 'src/config/options.ts',
    text: [
      HEAD,
      'export interface JuxLimits {\n',
      ...Object.entries(LIMITS).map(([name, { about, default: bytes }]) =>
        member(`${sentence(about)} Default: ${bytes.toLocaleString('en-US')}.`, `${name}?: number`),
      ),
      '}\n\n',
      '// A type and no interface: only a type is assignable to the Record that runners accept for the options of a reporter.\n',
      '/** Options of the reporters. All are optional. */\n',
      'export type JuxOptions = {\n',
      ...SETTING_NAMES.flatMap(settingMembers),
      '}\n\n',
      `/** Options that are other names of settings. */\n${union('AliasName', aliases)}\n`,
      '/** The settings that have a default, which a stage with a fallback of its own is checked against. */\n',
      'export interface SettingDefaults {\n',
      ...SETTING_NAMES.flatMap(defaultMember),
      '}\n',
    ].join(''),
  }
}

const HEAD = `/**
 * The reporter's options, as written in \`vitest.config.ts\`, \`jest.config.js\` or \`playwright.config.ts\`.
 *
 * Made from the table of settings (\`table.ts\`) by \`node scripts/docs.mjs\`.
 *
 * Every option can also be an environment variable (\`JUX_\` and the name in capitals) or a line of a file. The
 * environment takes precedence over the options, the options over files.
 *
 * @module
 */
import type { FilePathBase, NameTemplate, PropertySource, TestPropertySource } from '../model.js'

/** Maximum sizes in a report. Lengths are in UTF-16 code units, as \`String.length\` counts. */
`

function settingMembers(name: SettingName): readonly string[] {
  const { about, aliases, secret, structured, defaultText } = aboutSetting(name)
  const comment = [
    sentence(about),
    secret && !structured ? `Set it as ${code(variableName(name))} to keep it out of files.` : undefined,
    defaultText === undefined ? undefined : `Default: ${defaultText}.`,
  ]
  const type = NAMED_TYPES[name] ?? typeOf(aboutSetting(name))
  return [
    member(comment.filter((part) => part !== undefined).join(' '), `${name}?: ${type} | undefined`),
    ...aliases.map((alias) => member(`Another name of ${code(name)}.`, `${alias}?: ${type} | undefined`)),
  ]
}

function defaultMember(name: SettingName): readonly string[] {
  const value = aboutSetting(name).default
  if (value === undefined) return []
  const type = Array.isArray(value) ? 'readonly []' : typeof value === 'string' ? `'${value}'` : String(value)
  return [`  readonly ${name}: ${type}\n`]
}

function typeOf({ kind, words }: ReturnType<typeof aboutSetting>): string {
  if (kind.type === 'word') return words.map((word) => `'${word}'`).join(' | ')
  if (kind.type === 'flag') return 'boolean'
  if (kind.type === 'number') return 'number'
  return kind.type === 'list' ? 'readonly string[]' : 'string'
}

function member(comment: string, declaration: string): string {
  return `${docComment(comment)}  readonly ${declaration}\n`
}

function docComment(text: string): string {
  const single = `  /** ${text} */\n`
  if (single.length <= MAX_COLUMNS + 1) return single
  const lines = ['   *']
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > MAX_COLUMNS) lines.push('   *')
    lines[lines.length - 1] += ` ${word}`
  }
  return `  /**\n${lines.join('\n')}\n   */\n`
}

function sentence(about: string): string {
  return `${about.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`
}

// Formatted as Biome does: on one line if it fits.
function union(name: string, members: readonly string[]): string {
  const words = members.map((member) => `'${member}'`)
  const single = `export type ${name} = ${words.join(' | ')}\n`
  return single.length <= LINE_WIDTH + 1
    ? single
    : `export type ${name} =\n${words.map((word) => `  | ${word}\n`).join('')}`
}
