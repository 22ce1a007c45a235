/**
 * Explains a configuration for `--verbose`: the files that were read, and every setting that is not a default, with the
 * place of its value and without secrets.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { placed } from '../setting-source.js'
import type { System } from '../system.js'
import { configFiles, readConfigFile } from './layers.js'
import type { SourcedSettings } from './load.js'
import { describeSettings } from './views.js'

/** Longer values are cut. */
const MAX_VALUE_CHARACTERS = 200

/** A label and a text. */
export type Row = readonly [label: string, text: string]

/** Lists files and settings as rows. Reads the files again, so call it only for a user who asks. */
export function explainConfig(config: SourcedSettings, cwd: string, system: System): readonly Row[] {
  const files = configFiles(cwd, system).filter((file) =>
    file.form === 'ini' ? existsSync(file.path) : readConfigFile(file, system).candidates.length > 0,
  )
  const settings = describeSettings(config).filter(({ name }) => config.sources[name].kind !== 'default')
  return [
    ...(files.length === 0 ? [['config', 'no configuration file was found'] as const] : []),
    ...files.map(({ path, form }) => ['config', form === 'ini' ? path : `${path}#jux`] as const),
    ...(settings.length === 0 ? [['set', 'nothing: every setting has its default'] as const] : []),
    ...settings.map(
      ({ name, value }) => ['set', `${name} = ${valueText(value)}, from ${placed(config.sources[name])}`] as const,
    ),
  ]
}

// A URL without the user and the password in it.
function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : JSON.stringify(value)
  const shown = (text ?? '(not set)').replace(/\/\/[^/@\s"]*@/g, '//(set)@')
  return shown.length > MAX_VALUE_CHARACTERS ? `${shown.slice(0, MAX_VALUE_CHARACTERS)}…` : shown
}
