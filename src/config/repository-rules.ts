/**
 * What the project files of a repository cannot state: which commit and which branch were tested.
 *
 * A change to such a file would otherwise be enough to pass for another commit. The environment, the command line and the
 * files of the user can state both. Reporter options are code of the run itself; the report names the detected value too.
 *
 * @module
 */
import { placed, variableName } from '../setting-source.js'
import type { Candidate, Layer } from './layers.js'

const FACTS: ReadonlySet<string> = new Set(['branch', 'commitSha'])

/** Returns the layer without what a project file cannot state, with a notice for each value that is left out. */
export function withoutStatedFacts(layer: Layer): Layer {
  const ignored = layer.candidates.filter(isIgnored)
  if (ignored.length === 0) return layer
  const notices = ignored.map(
    ({ setting, source }) =>
      `${placed(source)} is ignored: a project file cannot say what was tested; remove it, or set ${variableName(setting)}`,
  )
  return {
    ...layer,
    candidates: layer.candidates.filter((candidate) => !isIgnored(candidate)),
    notices: [...layer.notices, ...notices],
  }
}

function isIgnored({ setting, source }: Candidate): boolean {
  return FACTS.has(setting) && source.trust === 'repository' && source.kind !== 'options'
}
