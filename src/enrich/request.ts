/**
 * What was asked of a run -> properties. Values that are usual are stated too: a reader must be able to tell that nothing
 * narrowed a run from that nobody knows.
 *
 * @module
 */
import { type Property, type RunRequest, SELECTION_KINDS, type Selection } from '../model.js'

/** Between the values of one word. */
const SEPARATOR = ' '

/** The properties; none for what is not known. */
export function requestFacts(request: RunRequest | undefined): readonly Property[] {
  if (request === undefined) return []
  const { selection, only, bail, retries, shardLabel } = request
  return [
    ...(selection === undefined ? [] : selectionFacts(selection)),
    { name: 'jux:only', value: only ?? '' },
    { name: 'jux:bail', value: bail === undefined ? '' : String(bail) },
    { name: 'jux:run_retries', value: retries === undefined ? '' : String(retries) },
    { name: 'jux:shard_label', value: shardLabel ?? '' },
  ].filter(({ value }) => value !== '')
}

function selectionFacts(selection: readonly Selection[]): readonly Property[] {
  const kinds = SELECTION_KINDS.filter((kind) => selection.some((one) => one.kind === kind))
  const values = kinds.map((kind) => {
    const own = selection.filter((one) => one.kind === kind).map(({ value }) => value)
    return { name: `jux:selection:${kind}`, value: own.join(SEPARATOR) }
  })
  return [{ name: 'jux:selection', value: kinds.length === 0 ? 'all' : kinds.join(',') }, ...values]
}
