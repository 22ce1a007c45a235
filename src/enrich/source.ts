/**
 * Decides which commit, branch and tag were tested, from the settings, git and CI.
 *
 * CI's variables describe an event, and a job may check out something else: another branch, a pull request, another
 * repository. So they count only if CI's commit has to do with HEAD.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Property } from '../model.js'
import type { CiFacts } from './ci.js'
import type { GitFacts } from './git.js'
import { branchName } from './git-names.js'

/** The facts about the tested source. Unknown facts have an empty value. */
export function sourceFacts(
  settings: PartialSettings<'branch' | 'commitSha'>,
  git: GitFacts,
  ci: CiFacts | undefined,
): readonly Property[] {
  const event = describesHead(git, ci) ? ci : undefined
  const commit = state(settings.commitSha, git.commit ?? ci?.commit, isSameCommit)
  const branch = state(settings.branch, detectBranch(git, ci, event), (one, other) => branchName(one) === other)
  return [
    { name: 'git:commit', value: commit.value },
    { name: 'git:detected_commit', value: commit.detected },
    { name: 'git:head_commit', value: headCommit(git, ci, event) },
    { name: 'git:merge_base', value: mergeBase(git, event) },
    { name: 'git:branch', value: branch.value },
    { name: 'git:detected_branch', value: branch.detected },
    { name: 'git:tag', value: event?.tag ?? git.tag ?? '' },
    { name: 'git:status', value: git.status ?? '' },
    { name: 'git:remote', value: git.remote ?? ci?.remote ?? '' },
    { name: 'git:author_date', value: git.authorDate ?? '' },
  ]
}

// The value of a fact, and the detected one if a setting states another.
function state(
  stated: string | undefined,
  detected = '',
  isSame: (stated: string, detected: string) => boolean,
): { value: string; detected: string } {
  if (stated === undefined || stated === detected) return { value: detected || (stated ?? ''), detected: '' }
  if (detected === '') return { value: stated, detected: '' }
  return isSame(stated, detected) ? { value: detected, detected: '' } : { value: stated, detected }
}

/** Whether the event of CI describes what was checked out. Without both commits nothing speaks against it. */
export function describesHead(git: GitFacts, ci: CiFacts | undefined): boolean {
  if (ci?.commit === undefined || git.commit === undefined) return true
  return isHead(ci.commit, git) || (isPullRequest(ci) && isMergedIntoHead(ci.commit, git))
}

// Git has no branch in the detached HEAD of most CI systems, so CI comes first if it describes HEAD. A tag is not a branch.
function detectBranch(git: GitFacts, ci: CiFacts | undefined, event: CiFacts | undefined): string | undefined {
  if (event?.tag !== undefined) return undefined
  const branch = event?.branch ?? git.branch ?? headCandidate(git, ci)?.branch
  return branch === git.tag && git.branch === undefined ? undefined : branch
}

// A forge merges the base (first parent) with the pull request's branch (second parent). In any other merge it is unknown which
// parent is which.
function headCommit(git: GitFacts, ci: CiFacts | undefined, event: CiFacts | undefined): string {
  if (event === undefined || !isPullRequest(event)) {
    const candidate = git.commit === undefined ? undefined : headCandidate(git, ci)
    return candidate?.isPullRequest ? candidate.commit : ''
  }
  if (event.headCommit !== undefined) return event.headCommit
  if (git.parents.length < 2) return git.commit ?? ''
  return (event.testsMerge ? git.parents[1] : undefined) ?? ''
}

// The commit in which a forge merges a pull request has the base as its first parent: that is what the tests ran on.
function mergeBase(git: GitFacts, event: CiFacts | undefined): string {
  if (event === undefined || !isPullRequest(event)) return ''
  const merged = event.testsMerge && git.parents.length > 1 ? git.parents[0] : undefined
  return merged ?? event.mergeBase ?? ''
}

function headCandidate(git: GitFacts, ci: CiFacts | undefined) {
  const all = [...(ci?.candidates ?? [])]
  if (ci?.headCommit !== undefined && isPullRequest(ci)) {
    all.push({ branch: ci.branch, commit: ci.headCommit, isPullRequest: true })
  }
  return (
    all.find(({ commit }) => isHead(commit, git)) ??
    all.find(({ commit, isPullRequest: isMerged }) => isMerged && isMergedIntoHead(commit, git))
  )
}

function isPullRequest({ pullRequest, buildsBase }: CiFacts): boolean {
  return pullRequest !== undefined && !buildsBase
}

function isHead(commit: string, git: GitFacts): boolean {
  return git.commit !== undefined && isSameCommit(commit, git.commit)
}

function isMergedIntoHead(commit: string, { parents }: GitFacts): boolean {
  return parents.length > 1 && parents.some((parent) => isSameCommit(commit, parent))
}

// The stated name may be short.
function isSameCommit(stated: string, whole: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(stated) && whole.toLowerCase().startsWith(stated.toLowerCase())
}
