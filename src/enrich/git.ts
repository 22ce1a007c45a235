/**
 * What git knows about the tested source.
 *
 * Git is asked several short questions at once; whatever it does not answer in time, or at all, is unknown. Where git is missing or refuses, the
 * files of the repository are read instead.
 *
 * @module
 */
import { errnoOf, messageOf } from '../errors.js'
import type { Environment, System } from '../system.js'
import { readRepositoryFiles } from './git-files.js'
import { cleanRemote } from './remote-url.js'

/** What was found out; a field is absent when nobody knows it. */
export interface GitFacts {
  /** HEAD: the commit whose files are tested. */
  readonly commit?: string
  /** Parents of the commit, as the commit itself names them: a shallow clone has them too. */
  readonly parents: readonly string[]
  /** ISO 8601, in the author's time zone. */
  readonly authorDate?: string
  /** Absent for a detached HEAD. */
  readonly branch?: string
  readonly status?: 'clean' | 'dirty'
  /** Without credentials. */
  readonly remote?: string
  /** A tag that names this very commit. */
  readonly tag?: string
  /** Root of the working tree. */
  readonly root?: string
  /** Why something is unknown, and what helps. */
  readonly hints: readonly string[]
}

/** For all questions together. */
const GIT_TIMEOUT_MS = 3_500

/** Remotes by preference; without any of these the first one. */
const REMOTE_NAMES = ['origin', 'home', 'upstream', 'github', 'gitlab']

// Read-only, in English, without programs that the configuration names; and about this folder, even inside a git hook.
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

const QUESTIONS = {
  commit: ['rev-list', '--max-count=1', '--header', 'HEAD', '--'],
  branch: ['symbolic-ref', '--quiet', 'HEAD'],
  status: ['status', '--porcelain', '--untracked-files=normal'],
  remotes: ['config', '--get-regexp', '^remote\\..*\\.url$'],
  tag: ['describe', '--tags', '--exact-match', 'HEAD'],
  root: ['rev-parse', '--show-toplevel'],
} as const

type Question = keyof typeof QUESTIONS
type Answer = { readonly text: string } | { readonly error: unknown }

/**
 * Asks git about the repository that a folder lies in.
 *
 * Never rejects, and settles within `GIT_TIMEOUT_MS` and the time of reading a few files.
 */
export async function readGit(folder: string, system: System): Promise<GitFacts> {
  const files = readRepositoryFiles(folder)
  if (files === undefined) return { parents: [], hints: [] }
  const answers = await askAll(folder, system)
  const commit = parseCommit(textOf(answers.commit))
  const sha = commit.sha ?? files.commit
  const branch = branchOf(textOf(answers.branch)) ?? files.branch
  const status = textOf(answers.status)
  const remote = preferredRemote(parseRemotes(textOf(answers.remotes)) ?? files.remotes)
  const tag = textOf(answers.tag)
  return {
    ...(sha && { commit: sha }),
    parents: commit.parents,
    ...(commit.authorDate && { authorDate: commit.authorDate }),
    ...(branch && { branch }),
    ...(status !== undefined && sha && { status: status === '' ? 'clean' : 'dirty' }),
    ...(remote && { remote: cleanRemote(remote) }),
    ...(tag && { tag }),
    root: textOf(answers.root) || files.root,
    hints: hintsFor(answers, sha, files.root),
  }
}

/** What the files say at once: for a process that cannot wait for git. */
export function readGitFiles(folder: string, hint: string): GitFacts {
  const files = readRepositoryFiles(folder)
  if (files === undefined) return { parents: [], hints: [] }
  const { root, commit, branch, remotes } = files
  const remote = preferredRemote(remotes)
  return {
    ...(commit && { commit }),
    parents: [],
    ...(branch && { branch }),
    ...(remote && { remote: cleanRemote(remote) }),
    root,
    hints: [hint],
  }
}

async function askAll(folder: string, system: System): Promise<Readonly<Record<Question, Answer>>> {
  const ask = (question: Question): Promise<Answer> =>
    system
      .exec('git', ['-c', 'core.fsmonitor=false', ...QUESTIONS[question]], {
        cwd: folder,
        timeoutMs: GIT_TIMEOUT_MS,
        env: GIT_ENVIRONMENT,
      })
      .then(
        (text) => ({ text }),
        (error: unknown) => ({ error }),
      )
  const [commit, branch, status, remotes, tag, root] = await Promise.all([
    ask('commit'),
    ask('branch'),
    ask('status'),
    ask('remotes'),
    ask('tag'),
    ask('root'),
  ])
  return { commit, branch, status, remotes, tag, root }
}

function textOf(answer: Answer): string | undefined {
  return 'text' in answer ? answer.text : undefined
}

interface Commit {
  readonly sha?: string
  readonly parents: readonly string[]
  readonly authorDate?: string
}

// The raw commit: its name on the first line, then `parent NAME` lines and `author NAME <MAIL> SECONDS ZONE`, then an empty line.
function parseCommit(raw: string | undefined): Commit {
  if (raw === undefined) return { parents: [] }
  const [sha, ...headers] = (raw.split('\n\n', 1)[0] ?? '').split('\n')
  if (sha === undefined || !/^[0-9a-f]{40,64}$/.test(sha)) return { parents: [] }
  const parents = headers.flatMap((line) => /^parent ([0-9a-f]{40,64})$/.exec(line)?.[1] ?? [])
  const author = headers.flatMap((line) => /^author .*> (-?\d+) ([+-]\d{4})$/.exec(line) ?? [])
  const authorDate = isoDate(Number(author[1]), author[2])
  return { sha, parents, ...(authorDate && { authorDate }) }
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
  // The first address of a remote is the one that git fetches from.
  return new Map(pairs.reverse())
}

function preferredRemote(remotes: ReadonlyMap<string, string>): string | undefined {
  const name = REMOTE_NAMES.find((candidate) => remotes.has(candidate)) ?? [...remotes.keys()].sort()[0]
  return name === undefined ? undefined : remotes.get(name)
}

function hintsFor(answers: Readonly<Record<Question, Answer>>, commit: string | undefined, root: string): string[] {
  const errors = Object.values(answers).flatMap((answer) => ('error' in answer ? [answer.error] : []))
  if (errors.some((error) => errnoOf(error) === 'ENOENT'))
    return ['git is not installed: state and tag of the source are unknown']
  if (errors.some((error) => messageOf(error).includes('dubious ownership'))) {
    return [
      `git does not trust ${root}, which belongs to another user: git config --global --add safe.directory ${root}`,
    ]
  }
  if (errors.some((error) => messageOf(error).includes('took longer than'))) {
    return [`git did not answer within ${GIT_TIMEOUT_MS / 1_000} s: some facts about the source are unknown`]
  }
  return commit === undefined ? ['the repository has no commit yet'] : []
}
