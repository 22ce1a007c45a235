/**
 * What the tested project is called.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { repositoryName } from './remote-url.js'

/** What is known when the name is looked for. */
export interface ProjectClues {
  /** The user's own word. */
  readonly configured?: string | undefined
  /** Address of the repository. */
  readonly remote?: string | undefined
  /** Folder whose tests run: in a monorepo that of the package. */
  readonly rootDir: string
  /** Root of the working tree: package.json is not looked for above it. */
  readonly treeRoot?: string | undefined
}

/** The user's word, else the last part of the remote, else the name in the nearest package.json, else the folder's name. */
export function projectName({ configured, remote, rootDir, treeRoot }: ProjectClues): string {
  return (
    configured ??
    (remote === undefined ? undefined : repositoryName(remote)) ??
    packageName(rootDir, treeRoot) ??
    (basename(resolve(rootDir)) || 'unknown')
  )
}

function packageName(rootDir: string, treeRoot: string | undefined): string | undefined {
  for (let folder = resolve(rootDir); ; folder = dirname(folder)) {
    const name = nameIn(join(folder, 'package.json'))
    if (name !== undefined) return name
    if (treeRoot === undefined || folder === treeRoot || dirname(folder) === folder) return undefined
  }
}

function nameIn(path: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof manifest !== 'object' || manifest === null || !('name' in manifest)) return undefined
    return typeof manifest.name === 'string' && manifest.name.trim() !== '' ? manifest.name.trim() : undefined
  } catch {
    return undefined
  }
}
