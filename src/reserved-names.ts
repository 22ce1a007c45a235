/**
 * The names of properties that only facts have: custom properties must not look like something that was detected.
 *
 * @module
 */
import { legalText } from './xml/text.js'

/** Beginnings of reserved names. The dotted ones are those of other Jux tools, which servers read as well. */
export const RESERVED_PREFIXES = ['git:', 'ci:', 'jux:', 'env:', 'jux.'] as const

/** Reserved names without a prefix: the project, and the facts about machine and runner as they are named in submissions. */
export const RESERVED_NAMES: readonly string[] = [
  'project',
  'hostname',
  'username',
  'platform',
  'node_version',
  'runner',
  'runner_version',
  'timestamp',
  'outcome',
  'client',
  'client_version',
]

/** Settings that state a fact; the others are only detected. */
const SETTINGS: Readonly<Record<string, string>> = {
  project: 'project',
  'git:branch': 'branch',
  'git:commit': 'commitSha',
  'jux:environment': 'environment',
  'jux:tags': 'tags',
}

/** Whether a custom property must not have this name. Case, white space around it and what a report leaves out do not matter. */
export function isReservedName(name: string): boolean {
  const plain = plainName(name)
  return RESERVED_NAMES.includes(plain) || RESERVED_PREFIXES.some((prefix) => plain.startsWith(prefix))
}

/** The setting that states the fact of this name, if there is one. */
export function settingOfFact(name: string): string | undefined {
  const plain = plainName(name)
  return Object.hasOwn(SETTINGS, plain) ? SETTINGS[plain] : undefined
}

/** A name that a custom property may have instead. */
export function ownName(name: string): string {
  return `my:${plainName(name).split(/[:.]/).at(-1) || 'name'}`
}

// As it would be written: escape sequences of terminals are left out there.
function plainName(name: string): string {
  return legalText(name).trim().toLowerCase()
}
