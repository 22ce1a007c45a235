/**
 * What the processes of a command may decide about their report.
 *
 * Under another account nothing that they say may touch keys, servers and the store: only what describes the run counts.
 * Under the same account they could read those anyway, so their options and variables count as in any run.
 *
 * @module
 */
import { aboutSetting, SETTING_NAMES, type SettingName } from '../../config/table.js'
import { flagName, variableName } from '../../setting-source.js'
import type { Environment } from '../../system.js'

const DESCRIBING: ReadonlySet<string> = new Set([
  'enabled',
  'watch',
  'project',
  'projectName',
  'tags',
  'environment',
  'properties',
  'metadata',
  'testProperties',
  'dialect',
  'filePaths',
  'owners',
  'nothingToRun',
  'suiteName',
  'className',
  'testName',
  'limits',
  'jobSummary',
] satisfies (SettingName | 'projectName' | 'metadata')[])

/** The part of something that counts, and a line for each part that does not. */
export interface Accepted<T> {
  readonly value: T
  readonly notices: readonly string[]
}

/** The options of a reporter that count. */
export function acceptedOptions(options: unknown, isOtherUser: boolean): Accepted<unknown> {
  if (!isOtherUser || typeof options !== 'object' || options === null) return { value: options, notices: [] }
  const entries = Object.entries(options)
  const refused = entries.filter(([name, value]) => !DESCRIBING.has(name) && value !== undefined && value !== null)
  return {
    value: Object.fromEntries(entries.filter(([name]) => DESCRIBING.has(name))),
    notices: refused.map(
      ([name]) =>
        `the option ${name} of the reporter does not count, because tests can change it; write ${flagOrVariable(name)} for jux run`,
    ),
  }
}

/**
 * The variables of a process of the command that count.
 *
 * @param given what `jux run` gave the command
 */
export function acceptedVariables(
  variables: Environment,
  given: Environment,
  isOtherUser: boolean,
): Accepted<Environment> {
  const accepted: Record<string, string | undefined> = {}
  const notices: string[] = []
  for (const [name, value] of Object.entries(variables)) {
    if (value === given[name]) continue
    const setting = SETTINGS_BY_VARIABLE.get(name)
    const isTask = !name.startsWith('JUX_')
    const counts = isTask || !isOtherUser || (setting !== undefined && DESCRIBING.has(setting))
    const isSecret = setting !== undefined && aboutSetting(setting).secret
    if (counts && !isSecret) accepted[name] = value
    else if (setting !== undefined) {
      notices.push(
        `${name} of the command does not count, because tests can change it; write ${flagOrVariable(setting)} for jux run`,
      )
    }
  }
  return { value: accepted, notices }
}

/** A line for each secret that the command has set: its processes do not send it. */
export function unusedSecrets(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => SETTINGS_BY_VARIABLE.has(name))
    .map((name) => `${name} of the command does not count under jux run; export it before jux run`)
}

const SETTINGS_BY_VARIABLE = new Map<string, SettingName>(
  SETTING_NAMES.flatMap((setting) => {
    const { aliases, oppositeVariable } = aboutSetting(setting)
    const names = [setting, ...aliases].map(variableName)
    return [...names, ...(oppositeVariable === undefined ? [] : [oppositeVariable])].map(
      (name) => [name, setting] as const,
    )
  }),
)

function flagOrVariable(name: string): string {
  const setting = SETTING_NAMES.find((one) => one === name || aboutSetting(one).aliases.includes(name))
  return setting !== undefined && !aboutSetting(setting).secret ? flagName(name) : `export ${variableName(name)}=…`
}
