/**
 * What git knows about the tested source.
 *
 * @module
 */
import type { System } from '../system.js'

/** What was found out; a field is absent when git does not know it. */
export interface GitFacts {
  readonly commit?: string
  readonly branch?: string
}

/** Asks git; never rejects. */
export async function readGit(folder: string, system: System): Promise<GitFacts> {
  const ask = (...args: readonly string[]) =>
    system.exec('git', args, { cwd: folder, timeoutMs: 2_000 }).then(
      (text) => text || undefined,
      () => undefined,
    )
  const [commit, branch] = await Promise.all([
    ask('rev-parse', '--verify', '-q', 'HEAD'),
    ask('symbolic-ref', '--short', '-q', 'HEAD'),
  ])
  return { ...(commit && { commit }), ...(branch && { branch }) }
}
