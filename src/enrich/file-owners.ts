/**
 * The owners of files that a report of another program names.
 *
 * The report is untrusted: only a file that is in the repository counts, wherever a name or a link leads.
 *
 * @module
 */
import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { ownRepository } from './git.js'
import type { OwnersLookup } from './owners.js'

/** Returns the owners of a file that a report names; `undefined` for what names no file of the repository. */
export type NamedFileOwners = (name: string) => string | undefined

/** Longest name that is looked up. */
const MAX_NAME = 1_000
/** `\\host\share`: Windows would ask another computer for it. */
const NAMES_HOST = /^[\\/]{2}/
/** Most different names of a report that are looked up: each costs a look at the disk. */
const MAX_NAMES = 100_000

/**
 * Looks up owners of files by their names in a report: absolute, or relative to the folder or to the root of its repository.
 *
 * @param ownersOf of the same repository
 * @returns `undefined` outside of repositories
 */
export function namedFileOwners(folder: string, ownersOf: OwnersLookup): NamedFileOwners | undefined {
  const root = ownRepository(folder)?.root
  if (root === undefined) return undefined
  const known = new Map<string, string | undefined>()
  return (name) => {
    if (known.has(name)) return known.get(name)
    if (name === '' || name.length > MAX_NAME || known.size >= MAX_NAMES || NAMES_HOST.test(name)) return undefined
    const path = pathIn(root, resolve(folder, name)) ?? pathIn(root, resolve(root, name))
    const owners = path === undefined ? undefined : ownersOf(path)
    known.set(name, owners)
    return owners
  }
}

// The path of a file from the root of the repository.
function pathIn(root: string, path: string): string | undefined {
  try {
    const real = realpathSync(path)
    const inside = relative(realpathSync(root), real)
    if (inside.split(sep)[0] === '..' || isAbsolute(inside) || !statSync(real).isFile()) return undefined
    return inside.replaceAll(sep, '/')
  } catch {
    // Most names in a report are no files.
    return undefined
  }
}
