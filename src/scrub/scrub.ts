/**
 * Removes from a run what a report must not contain: secrets, and text beyond the limits.
 *
 * Secrets are replaced first, so that no cut leaves a part of a secret. The properties `jux:scrubbed` and
 * `jux:truncated` count what was done.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Property, TestRun } from '../model.js'
import type { Environment } from '../system.js'
import { applyLimits } from './limits.js'
import { type SecretSettings, secretRules } from './secret-rules.js'
import { replaceSecrets, replaceSecretsInText } from './secrets.js'

/** Settings of scrubbing. */
export interface ScrubSettings extends SecretSettings, PartialSettings<'limits'> {}

/** Replaces the secrets of a run and cuts it to the limits; unchanged parts are the same objects. */
export function scrub(run: TestRun, settings: ScrubSettings, env: Environment): TestRun {
  const clean =
    settings.scrub === false
      ? { run, counts: new Map<string, number>() }
      : replaceSecrets(run, secretRules(settings, env))
  const limited = applyLimits(clean.run, settings.limits)
  const added = [
    ...countsFact('jux:scrubbed', clean.counts),
    ...countsFact('jux:truncated', new Map(Object.entries(limited.cuts))),
  ]
  return added.length === 0 ? limited.run : { ...limited.run, properties: [...limited.run.properties, ...added] }
}

/** Creates a function that replaces the secrets in text that is printed. */
export function textScrubber(settings: SecretSettings, env: Environment): (text: string) => string {
  const rules = secretRules(settings, env)
  return (text) => replaceSecretsInText(text, rules)
}

// `env=2 github-token=1`: each kind with its count.
function countsFact(name: string, counts: ReadonlyMap<string, number>): readonly Property[] {
  const parts = [...counts].filter(([, count]) => count > 0).map(([what, count]) => `${what}=${count}`)
  return parts.length === 0 ? [] : [{ name, value: parts.sort().join(' ') }]
}
