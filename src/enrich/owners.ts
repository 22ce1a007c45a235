/**
 * Finds the CODEOWNERS file of a repository.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type OwnersDialect, type OwnersRules, ownersOf, parseOwners } from './codeowners.js'
import { ownRepository } from './git.js'

/** Returns the owners of a file, separated by spaces; `undefined` if it has none. The path is relative to the run's folder in its repository. */
export type OwnersLookup = (path: string) => string | undefined

/** Larger files are ignored, as GitHub does. */
const MAX_BYTES = 3 * 1024 * 1024

/** Where the forges look, in their order. */
const PLACES = {
  github: ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'],
  gitlab: ['CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'],
} as const satisfies Readonly<Record<OwnersDialect, readonly string[]>>

/**
 * Looks up owners by the CODEOWNERS file of the repository around a folder. The file is read at the first look-up.
 *
 * @returns `undefined` outside of repositories, and in that of another user, who decides nothing
 */
export function ownersIn(folder: string): OwnersLookup | undefined {
  const repository = ownRepository(folder)
  if (repository === undefined) return undefined
  let rules: OwnersRules | 'none' | undefined
  return (path) => {
    rules ??= readRules(repository.root, repository.remote) ?? 'none'
    if (rules === 'none') return undefined
    return ownersOf(rules, path).join(' ') || undefined
  }
}

function readRules(root: string, remote: string | undefined): OwnersRules | undefined {
  const isGitlab = isGitlabRemote(remote ?? '')
  const order = isGitlab ? (['gitlab', 'github'] as const) : (['github', 'gitlab'] as const)
  for (const dialect of order) {
    for (const place of PLACES[dialect]) {
      const text = readText(join(root, place))
      if (text !== undefined) return parseOwners(text, dialectOf(place, text, isGitlab))
    }
  }
  return undefined
}

// GitLab can be in a folder of its host, and a repository on GitHub can have the name of GitLab.
function isGitlabRemote(remote: string): boolean {
  // `https://user@host:port/path`, or `user@host:path`.
  const [, host = ''] = /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:[^@/]*@)?([^:/]*)/i.exec(remote) ?? []
  return /\bgitlab\b/i.test(remote) && !/\bgithub\b/i.test(host)
}

// A file in a folder of a forge is that forge's. Others follow the remote, else sections tell GitLab's.
function dialectOf(place: string, text: string, isGitlab: boolean): OwnersDialect {
  if (place.startsWith('.github/')) return 'github'
  return isGitlab || place.startsWith('.gitlab/') || /^\^?\[[^\]]+\]/m.test(text) ? 'gitlab' : 'github'
}

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path)
    return stats.isFile() && stats.size <= MAX_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    // There is none, or it cannot be read. Owners are no condition of a report.
    return undefined
  }
}
