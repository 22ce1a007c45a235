/**
 * What a runner was asked to do, from the values of its settings.
 *
 * @module
 */
import { isAbsolute } from 'node:path'
import type { Selection, SelectionKind } from '../model.js'
import { relativeFile } from './errors.js'

/** Selections of one kind: none for a setting that is not set. */
export function select(kind: SelectionKind, values: unknown): readonly Selection[] {
  const list = Array.isArray(values) ? values : [values]
  return list.flatMap((value) => {
    const text = value instanceof RegExp ? value.source : value
    return typeof text === 'string' && text !== '' ? [{ kind, value: text }] : []
  })
}

/** Selections of files. A report has no paths of the machine. */
export function selectFiles(kind: SelectionKind, values: unknown, rootDir: string): readonly Selection[] {
  return select(kind, values).map(({ value }) => ({
    kind,
    value: isAbsolute(value) ? relativeFile(rootDir, value) : value,
  }))
}

/** A number of a setting; `undefined` for anything else. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
