/**
 * Reads facts about the tested source from git.
 *
 * Several short git commands run at the same time. The facts of a command that fails or times out are unknown. If git is
 * missing, the files of the repository are read instead. A repository of another user has no facts, as git's rule
 * `safe.directory` says: whoever owns it decides what it says.
 *
 * @module
 */
import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { errnoOf, messageOf, shellWord } from '../errors.js'
import type { Environment, System } from '../system.js'
import { cleanRemote } from './git-names.js'

/** Facts from git; unknown fields are absent. */
export interface GitFacts {
  /** HEAD: the commit whose files are tested. */
  readonly commit?: string | undefined
  /** Parents of the commit, from the commit object, so that they are known in a shallow clone, too. */
  readonly parents: readonly string[]
  /** ISO 8601, in the author's time zone. */
  readonly authorDate?: string | undefined
  /** Absent if HEAD is detached. */
  readonly branch?: string | undefined
  readonly status?: 'clean' | 'dirty' | undefined
  /** Without credentials. */
  readonly remote?: string | undefined
  /** A tag of the commit. */
  readonly tag?: string | undefined
  /** Root of the working tree. */
  readonly root?: string | undefined
  /** Messages about unknown facts and how to provide them. */
  readonly hints: readonly string[]
}

// For each command; all of them run at the same time.
const GIT_TIMEOUT_MS = 3_500

// Preferred remotes, in order; without any of these, the first by name.
const REMOTE_NAMES = ['origin', 'home', 'upstream', 'github', 'gitlab']

// Read-only, in English, and without programs from the configuration. In a git hook, the variables that are unset here may
// point to another repository.
const GIT_ENVIRONMENT: Environment = {
  LC_ALL: 'C',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_NAMESPACE: undefined,
  GIT_PREFIX: undefined,
}

// Objects are named by 40 (SHA-1) or 64 (SHA-256) hexadecimal digits.
const OBJECT_NAME = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

// Much larger than these files; only packed-refs of huge repositories come close.
const MAX_FILE_BYTES = 64 * 1024 * 1024

const COMMANDS = {
  commit: ['rev-list', '--max-count=1', '--header', 'HEAD', '--'],
  branch: ['symbolic-ref', '--quiet', 'HEAD'],
  status: ['status', '--porcelain', '--untracked-files=normal'],
  remotes: ['config', '--get-regexp', '^remote\\..*\\.url$'],
  tag: ['describe', '--tags', '--exact-match', 'HEAD'],
  root: ['rev-parse', '--show-toplevel'],
} as const

type Command = keyof typeof COMMANDS
type Result = { readonly text: string } | { readonly error: unknown }

/**
 * Reads the facts about the repository that contains a folder.
 *
 * Never rejects, and settles within `GIT_TIMEOUT_MS` plus the time to read a few files.
 */
export async function readGit(folder: string, system: System): Promise<GitFacts> {
  const files = readRepositoryFiles(folder)
  if (files === undefined) return { parents: [], hints: [] }
  const results = await runAll(folder, system)
  const errors = Object.values(results).flatMap((result) => ('error' in result ? [result.error] : []))
  if (errors.some((error) => messageOf(error).includes('dubious ownership'))) return factsOfOther(files.root)
  // Git knows the exceptions of its rule. Without its answer there are none.
  if (!('text' in results.root) && !isOwn(files)) return factsOfOther(files.root)
  const { sha = files.commit, parents, authorDate } = parseCommit(textOf(results.commit))
  const status = textOf(results.status)
  const remote = preferredRemote(parseRemotes(textOf(results.remotes)) ?? files.remotes)
  return {
    commit: sha,
    parents,
    authorDate,
    branch: branchOf(textOf(results.branch)) ?? files.branch,
    status: status === undefined || sha === undefined ? undefined : status === '' ? 'clean' : 'dirty',
    remote: remote ? cleanRemote(remote) : undefined,
    tag: textOf(results.tag) || undefined,
    root: textOf(results.root) || files.root,
    hints: hintsFor(errors, sha),
  }
}

/** Reads the facts from the files of the repository, for a process that cannot wait for git. */
export function readGitFiles(folder: string, hint: string): GitFacts {
  const files = readRepositoryFiles(folder)
  if (files === undefined) return { parents: [], hints: [] }
  if (!isOwn(files)) return factsOfOther(files.root)
  const { root, commit, branch, remotes } = files
  const remote = preferredRemote(remotes)
  return { commit, parents: [], branch, remote: remote ? cleanRemote(remote) : undefined, root, hints: [hint] }
}

/**
 * The path of a folder in the repository around it, with `/` separators; empty for the root of the repository.
 *
 * Known at once, because it needs no git: whoever owns the repository decides nothing but this path.
 *
 * @returns `undefined` outside of repositories
 */
export function folderInRepository(folder: string): string | undefined {
  const real = realPath(folder)
  const found = findRepository(real)
  return found === undefined ? undefined : relative(found.root, real).split(sep).join('/')
}

/**
 * Which files of a repository differ from the commit, as git lists them.
 *
 * @param root of the working tree
 * @param without a folder whose files do not count, absolute; it may be elsewhere
 * @returns `undefined` if git does not say it
 */
export async function changedFiles(root: string, without: string, system: System): Promise<string | undefined> {
  const below = relative(root, realPath(without)).split(sep).join('/')
  const isInside = below !== '' && !below.startsWith('..') && !isAbsolute(below)
  const paths = isInside ? [':/', `:(exclude,top,literal)${below}`] : [':/']
  try {
    return await runGit([...COMMANDS.status, '--', ...paths], root, system)
  } catch {
    return undefined
  }
}

/**
 * The repository around a folder, if it belongs to the user: its root, and the address of its remote.
 *
 * @returns `undefined` outside of repositories, and in one of another user
 */
export function ownRepository(
  folder: string,
): { readonly root: string; readonly remote: string | undefined } | undefined {
  const files = readRepositoryFiles(realPath(folder))
  return files === undefined || !isOwn(files) ? undefined : { root: files.root, remote: preferredRemote(files.remotes) }
}

/** The root of the working tree around a folder, as `GitFacts.root` has it; `undefined` outside of repositories. */
export function repositoryOf(folder: string): string | undefined {
  return findRepository(realPath(folder))?.root
}

function runGit(args: readonly string[], folder: string, system: System): Promise<string> {
  return system.exec('git', ['-c', 'core.fsmonitor=false', '-c', 'safe.bareRepository=explicit', ...args], {
    cwd: folder,
    timeoutMs: GIT_TIMEOUT_MS,
    env: GIT_ENVIRONMENT,
  })
}

async function runAll(folder: string, system: System): Promise<Readonly<Record<Command, Result>>> {
  const run = (command: Command): Promise<Result> =>
    runGit(COMMANDS[command], folder, system).then(
      (text) => ({ text }),
      (error: unknown) => ({ error }),
    )
  const [commit, branch, status, remotes, tag, root] = await Promise.all([
    run('commit'),
    run('branch'),
    run('status'),
    run('remotes'),
    run('tag'),
    run('root'),
  ])
  return { commit, branch, status, remotes, tag, root }
}

function textOf(result: Result): string | undefined {
  return 'text' in result ? result.text : undefined
}

interface Commit {
  readonly sha?: string | undefined
  readonly parents: readonly string[]
  readonly authorDate?: string | undefined
}

// The raw commit: its name on the first line, then `parent NAME` lines and `author NAME <MAIL> SECONDS ZONE`, then an empty line.
function parseCommit(raw: string | undefined): Commit {
  if (raw === undefined) return { parents: [] }
  const [sha, ...headers] = (raw.split('\n\n', 1)[0] ?? '').split('\n')
  if (sha === undefined || !/^[0-9a-f]{40,64}$/.test(sha)) return { parents: [] }
  const parents = headers.flatMap((line) => /^parent ([0-9a-f]{40,64})$/.exec(line)?.[1] ?? [])
  const author = headers.flatMap((line) => /^author .*> (-?\d+) ([+-]\d{4})$/.exec(line) ?? [])
  return { sha, parents, authorDate: isoDate(Number(author[1]), author[2]) }
}

function isoDate(epochSeconds: number, zone: string | undefined): string | undefined {
  const match = /^([+-])(\d\d)(\d\d)$/.exec(zone ?? '')
  if (match === null) return undefined
  const offsetMinutes = (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
  const local = new Date((epochSeconds + offsetMinutes * 60) * 1_000)
  if (Number.isNaN(local.getTime())) return undefined
  return `${local.toISOString().slice(0, 19)}${match[1]}${match[2]}:${match[3]}`
}

function branchOf(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
}

function parseRemotes(lines: string | undefined): ReadonlyMap<string, string> | undefined {
  if (lines === undefined) return undefined
  const pairs = lines.split('\n').flatMap((line): [string, string][] => {
    const match = /^remote\.(.+)\.url (.+)$/.exec(line)
    return match?.[1] !== undefined && match[2] !== undefined ? [[match[1], match[2]]] : []
  })
  // Git fetches from the first address of a remote, so it must be the last entry for the Map.
  return new Map(pairs.reverse())
}

function preferredRemote(remotes: ReadonlyMap<string, string>): string | undefined {
  const name = REMOTE_NAMES.find((candidate) => remotes.has(candidate)) ?? [...remotes.keys()].sort()[0]
  return name === undefined ? undefined : remotes.get(name)
}

// Git's rule, without its exceptions: working tree and repository belong to the user, or to the user behind sudo.
function isOwn({ root, gitDir }: RepositoryFiles): boolean {
  const user = process.getuid?.()
  if (user === undefined) return true
  const users = [user, ...(user === 0 && process.env.SUDO_UID ? [Number(process.env.SUDO_UID)] : [])]
  return [root, join(root, '.git'), gitDir].every((path) => {
    const stats = statSync(path, { throwIfNoEntry: false })
    return stats === undefined || users.includes(stats.uid)
  })
}

function factsOfOther(root: string): GitFacts {
  const cure = `git config --global --add safe.directory ${shellWord(root)}`
  return {
    parents: [],
    hints: [`${root} belongs to another user, so commit, branch and status of the source are unknown: ${cure}`],
  }
}

function hintsFor(errors: readonly unknown[], commit: string | undefined): string[] {
  if (errors.some((error) => errnoOf(error) === 'ENOENT'))
    return ['git is not installed: status and tag of the source are unknown']
  if (errors.some((error) => messageOf(error).includes('took longer than'))) {
    return [`git timed out after ${GIT_TIMEOUT_MS / 1_000} s: some facts about the source are unknown`]
  }
  return commit === undefined ? ['the repository has no commit yet'] : []
}

/** Facts from the files of a repository. */
interface RepositoryFiles {
  /** Folder of the working tree. */
  readonly root: string
  readonly gitDir: string
  readonly commit: string | undefined
  readonly branch: string | undefined
  /** Addresses by remote name, as written. */
  readonly remotes: ReadonlyMap<string, string>
}

function readRepositoryFiles(folder: string): RepositoryFiles | undefined {
  const found = findRepository(folder)
  if (found === undefined) return undefined
  const { root, gitDir } = found
  const commonDir = resolve(gitDir, readText(join(gitDir, 'commondir'))?.trim() || '.')
  const head = readText(join(gitDir, 'HEAD'))?.trim() ?? ''
  const ref = /^ref: (refs\/\S+)$/.exec(head)?.[1]
  const commit = ref === undefined ? head : resolveRef(ref, gitDir, commonDir)
  const branch = branchOf(ref)
  return {
    root,
    gitDir,
    commit: commit !== undefined && OBJECT_NAME.test(commit) ? commit : undefined,
    // With reftables, HEAD contains this placeholder.
    branch: branch === '.invalid' ? undefined : branch,
    remotes: readRemotes(join(commonDir, 'config')),
  }
}

function findRepository(folder: string): { root: string; gitDir: string } | undefined {
  for (let root = resolve(folder); ; root = dirname(root)) {
    const dotGit = join(root, '.git')
    const stats = statsOf(dotGit)
    // An empty folder of this name is no repository.
    if (stats?.isDirectory() && statsOf(join(dotGit, 'HEAD')) !== undefined) return { root, gitDir: dotGit }
    if (stats?.isFile()) {
      // In worktrees and submodules, `.git` is a file with the path of the folder.
      const named = /^gitdir: (.+)$/m.exec(readText(dotGit) ?? '')?.[1]
      if (named !== undefined) return { root, gitDir: resolve(root, named.trim()) }
    }
    if (dirname(root) === root) return undefined
  }
}

// A folder may have several paths, such as one through a symbolic link; git uses the real one.
function realPath(folder: string): string {
  try {
    return realpathSync.native(folder)
  } catch {
    return resolve(folder)
  }
}

// What cannot be seen is not there: a folder above may be closed to the user, or to a process under --permission.
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function resolveRef(ref: string, gitDir: string, commonDir: string): string | undefined {
  // A name such as refs/../../x points outside the repository.
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

function readText(path: string): string | undefined {
  try {
    const stats = statSync(path)
    // A pipe or a device could block the run, or never end.
    return stats.isFile() && stats.size <= MAX_FILE_BYTES ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}
