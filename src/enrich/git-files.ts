/**
 * What the files of a repository say without git: for machines that have none, or on which git refuses to read them.
 *
 * Reads and follows, never runs anything: a repository that belongs to somebody else may name programs in its configuration.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** As much as the files say. */
export interface RepositoryFiles {
  /** Folder of the working tree. */
  readonly root: string
  readonly commit?: string
  readonly branch?: string
  /** Addresses by remote name, as written. */
  readonly remotes: ReadonlyMap<string, string>
}

/** Objects are named by 40 (SHA-1) or 64 (SHA-256) hexadecimal digits. */
const OBJECT_NAME = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** The repository that a folder lies in, as its files tell; `undefined` outside one. */
export function readRepositoryFiles(folder: string): RepositoryFiles | undefined {
  const found = findRepository(folder)
  if (found === undefined) return undefined
  const { root, gitDir } = found
  const commonDir = resolve(gitDir, readText(join(gitDir, 'commondir'))?.trim() || '.')
  const head = readText(join(gitDir, 'HEAD'))?.trim() ?? ''
  const ref = /^ref: (refs\/\S+)$/.exec(head)?.[1]
  const commit = ref === undefined ? head : resolveRef(ref, gitDir, commonDir)
  const branch = ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
  return {
    root,
    ...(commit !== undefined && OBJECT_NAME.test(commit) && { commit }),
    // A repository with reftables keeps a placeholder in HEAD.
    ...(branch !== undefined && branch !== '.invalid' && { branch }),
    remotes: readRemotes(join(commonDir, 'config')),
  }
}

function findRepository(folder: string): { root: string; gitDir: string } | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const dotGit = join(root, '.git')
    const stats = statSync(dotGit, { throwIfNoEntry: false })
    if (stats?.isDirectory()) return { root, gitDir: dotGit }
    if (stats?.isFile()) {
      // Worktrees and submodules: a file that names the folder.
      const named = /^gitdir: (.+)$/m.exec(readText(dotGit) ?? '')?.[1]
      if (named !== undefined) return { root, gitDir: resolve(root, named.trim()) }
    }
    if (dirname(root) === root) return undefined
  }
}

function resolveRef(ref: string, gitDir: string, commonDir: string): string | undefined {
  // A name such as refs/../../x would lead out of the repository.
  if (ref.split('/').includes('..')) return undefined
  const loose = readText(join(gitDir, ref)) ?? readText(join(commonDir, ref))
  if (loose !== undefined) return loose.trim()
  for (const line of readText(join(commonDir, 'packed-refs'))?.split('\n') ?? []) {
    const [object, name] = line.trim().split(' ')
    if (name === ref) return object
  }
  return undefined
}

function readRemotes(path: string): ReadonlyMap<string, string> {
  const remotes = new Map<string, string>()
  let remote: string | undefined
  for (const line of readText(path)?.split('\n') ?? []) {
    const section = /^\s*\[([^\]]*)\]/.exec(line)
    if (section !== null) remote = /^remote\s+"(.+)"$/.exec(section[1] ?? '')?.[1]
    const url = /^\s*url\s*=\s*"?([^"]*?)"?\s*$/i.exec(line)?.[1]
    if (remote !== undefined && url !== undefined && !remotes.has(remote)) remotes.set(remote, url)
  }
  return remotes
}

/** Nothing that is read here is longer, except packed-refs of huge repositories. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

function readText(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_FILE_BYTES ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
