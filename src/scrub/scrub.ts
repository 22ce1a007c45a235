/**
 * Removes from a run what a report must not contain: secrets, and text beyond the limits.
 *
 * Secrets are replaced first, so that no cut leaves a part of a secret. The properties `jux:scrubbed` and
 * `jux:truncated` count what was done.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { ModuleResult, Property, TestRun } from '../model.js'
import type { Environment } from '../system.js'
import { applyLimits, type LimitedModule, type LimitedRun, limitModule } from './limits.js'
import { type SecretSettings, secretRules } from './secret-rules.js'
import {
  createReplacer,
  mayHoldSecretsInText,
  replaceSecrets,
  replaceSecretsInText,
  type SecretCounts,
} from './secrets.js'

/** Settings of scrubbing. */
export interface ScrubSettings extends SecretSettings, PartialSettings<'limits'> {}

/** A file without its secrets and within the limits of its texts. */
export interface ScrubbedModule extends LimitedModule {
  readonly secrets: SecretCounts
}

/** Returns what is known of a file that is scrubbed already; `undefined` for any other file. */
export type ScrubbedModules = (module: ModuleResult) => ScrubbedModule | undefined

const NO_SECRETS: SecretCounts = new Map()

/** Replaces the secrets of a run and cuts it to the limits; unchanged parts are the same objects. */
export function scrub(run: TestRun, settings: ScrubSettings, env: Environment): TestRun {
  return scrubRest(run, settings, env, () => undefined).run
}

/** Scrubs a run some of whose files are scrubbed already: the others, and everything outside files. */
export function scrubRest(
  run: TestRun,
  settings: ScrubSettings,
  env: Environment,
  done: ScrubbedModules,
): Pick<LimitedRun, 'run' | 'isTooLarge'> {
  const clean =
    settings.scrub === false
      ? { run, counts: NO_SECRETS }
      : replaceSecrets(run, secretRules(settings, env), (module) => done(module) !== undefined)
  const limited = applyLimits(clean.run, settings.limits ?? {}, done)
  const secrets = [clean.counts, ...run.modules.flatMap((module) => done(module)?.secrets ?? [])]
  const added = [
    ...countsFact('jux:scrubbed', sumOfCounts(secrets)),
    ...countsFact('jux:truncated', new Map(Object.entries(limited.cuts))),
  ]
  const { isTooLarge } = limited
  if (added.length === 0) return { run: limited.run, isTooLarge }
  return { run: { ...limited.run, properties: [...limited.run.properties, ...added] }, isTooLarge }
}

/**
 * Creates a function that scrubs single files, before the others are known.
 *
 * The function returns `undefined` for a file that cannot be scrubbed alone: placeholders in names are numbered over the
 * whole run.
 */
export function moduleScrubber(
  settings: ScrubSettings,
  env: Environment,
): (module: ModuleResult) => ScrubbedModule | undefined {
  const rules = settings.scrub === false ? undefined : secretRules(settings, env)
  return (module) => {
    if (rules === undefined) return { ...limitModule(module, settings.limits), secrets: NO_SECRETS }
    const replacer = createReplacer(rules)
    const clean = replacer.module(module)
    if (replacer.hasPlaceholders()) return undefined
    return { ...limitModule(clean, settings.limits), secrets: replacer.counts }
  }
}

/** Creates a function that replaces the secrets in text that is printed. */
export function textScrubber(settings: SecretSettings, env: Environment): (text: string) => string {
  const rules = secretRules(settings, env)
  return (text) => replaceSecretsInText(text, rules)
}

/** Replaces the secrets of a report that is not a run of ours, text by text, and counts them. */
export interface ReportScrubber {
  /** Replaces the secrets of a name; different names stay different. */
  name(text: string): string
  text(text: string): string
  /** Replaces the secrets of a value that has a name, such as that of a property: `password` makes its value a secret. */
  namedValue(name: string, value: string): string
  /** The fact about what was replaced so far: `jux:scrubbed`, or nothing. */
  facts(): readonly Property[]
}

/** Creates a scrubber for the texts of one report. */
export function reportScrubber(settings: SecretSettings, env: Environment): ReportScrubber {
  if (settings.scrub === false) {
    return { name: (text) => text, text: (text) => text, namedValue: (_, value) => value, facts: () => [] }
  }
  const rules = secretRules(settings, env)
  const { visitor, counts } = createReplacer(rules)
  const mayHold = (text: string) => mayHoldSecretsInText(text, rules)
  const text = (value: string) => (mayHold(value) ? visitor.detail(value) : value)
  const namedValue = (name: string, value: string) => {
    const before = `${name}=`
    if (!mayHold(before + value)) return value
    const replaced = visitor.detail(before + value)
    // The name itself may hold a secret; then the value is searched alone.
    return replaced.startsWith(before) ? replaced.slice(before.length) : text(value)
  }
  return {
    // A name that looks like one with a placeholder must not become the same as another.
    name: (value) => (mayHold(value) || value.includes('[secret:') ? (visitor.name?.(value) ?? value) : value),
    text,
    namedValue,
    facts: () => countsFact('jux:scrubbed', counts),
  }
}

function sumOfCounts(all: readonly SecretCounts[]): SecretCounts {
  const sums = new Map<string, number>()
  for (const [kind, count] of all.flatMap((counts) => [...counts])) sums.set(kind, (sums.get(kind) ?? 0) + count)
  return sums
}

// `env=2 github-token=1`: each kind with its count.
function countsFact(name: string, counts: ReadonlyMap<string, number>): readonly Property[] {
  const parts = [...counts].filter(([, count]) => count > 0).map(([what, count]) => `${what}=${count}`)
  return parts.length === 0 ? [] : [{ name, value: parts.sort().join(' ') }]
}
