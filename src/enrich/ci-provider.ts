/**
 * The shape of a row in the tables of CI providers.
 *
 * @module
 */
import type { Environment } from '../system.js'
import type { CiFields } from './ci.js'

/** Where a provider's facts come from. */
export interface CiSource {
  /** A variable's value, trimmed; `undefined` when unset or empty. */
  get(name: string): string | undefined
  /** The event file's content, parsed. */
  readonly event: unknown
}

/** Names of variables of which the first one set counts, or a function for anything else. */
export type Reading = readonly string[] | ((source: CiSource) => string | undefined)

/** One provider. */
export interface CiProvider {
  /** As reports name it (`ci:provider`). */
  readonly id: string
  /** As people name it. */
  readonly title: string
  /** A variable that is set (and not `false`) in every run; or a function. */
  readonly detect: string | ((env: Environment, isOn: (name: string) => boolean) => boolean)
  /** Variable with the path of a JSON file about the event. */
  readonly eventFile?: string
  /** Variable with the ref that is built: `refs/pull/12/merge` is a merge that the forge made. */
  readonly refVariable?: string
  readonly fields: Readonly<Partial<Record<keyof CiFields, Reading>>>
  /** Variables kept as `env:NAME`. */
  readonly variables: readonly string[]
}

/** Text or number at a path of property names inside parsed JSON, as text. */
export function at(value: unknown, ...path: readonly string[]): string | undefined {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = Object.entries(here).find(([key]) => key === name)?.[1]
  }
  return typeof here === 'string' || typeof here === 'number' ? String(here) : undefined
}

/** The parts joined, if all of them are known. */
export function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('')
}

/** A whole number and one: some systems count repetitions from 0, ours count attempts from 1. */
export function plusOne(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? String(Number(text) + 1) : undefined
}

/** An address without slashes at its end. */
export function unslashed(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, '')
}
