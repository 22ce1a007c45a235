/**
 * Credentials that belong to one server: those of a section `[jux "https://jux.example.com"]`, and those beside
 * `apiKeyOrigin` in the same place. They are used for that server only, whoever names it.
 *
 * @module
 */
import { isCredential, originOf } from './credentials.js'
import type { Candidate, Layer } from './layers.js'

/** Returns the layer with its credentials bound to the server that `apiKeyOrigin` names in the same place. */
export function withBoundCredentials(layer: Layer): Layer {
  const origin = layer.candidates.find(({ setting, value }) => setting === 'apiKeyOrigin' && value !== undefined)
  if (origin === undefined) return layer
  const boundTo = originOf(String(origin.value))
  return {
    ...layer,
    candidates: layer.candidates.map((candidate) =>
      isCredential(candidate.setting) && candidate.source.boundTo === undefined
        ? { ...candidate, source: { ...candidate.source, boundTo } }
        : candidate,
    ),
  }
}

/** Returns the layer without the credentials that belong to another server. */
export function forServer(layer: Layer, apiUrl: string): Layer {
  const origin = originOf(apiUrl)
  const isOther = ({ source: { boundTo } }: Candidate) => boundTo !== undefined && boundTo !== origin
  return layer.candidates.some(isOther)
    ? { ...layer, candidates: layer.candidates.filter((candidate) => !isOther(candidate)) }
    : layer
}
