/**
 * Branches and tags in the many spellings of CI systems.
 *
 * @module
 */

/** Refs that a forge makes for pull requests and changes, whole or shortened: no branch of anybody's. */
const CHANGE_REF =
  /^refs\/(pull|pull-requests|merge-requests|changes|merge)\/|^(origin\/)?(pull|pulls|pull-requests|merge-requests|pr)\/\d+(\/(merge|head|train))?$/i

/** Branch that a merge queue makes for a while: the base, which may contain slashes, and the pull request. */
const QUEUE_BRANCH = /^(?:refs\/heads\/)?gh-readonly-queue\/(.+)\/pr-(\d+)-[0-9a-f]{7,64}$/

/** The branch's own name; `undefined` for tags, pull request refs and the literal `HEAD`. */
export function branchName(ref: string | undefined): string | undefined {
  if (ref === undefined || ref === '' || ref === 'HEAD') return undefined
  if (ref.startsWith('refs/heads/')) return branchName(ref.slice('refs/heads/'.length))
  if (CHANGE_REF.test(ref)) return undefined
  const queued = mergeQueue(ref)
  if (queued !== undefined) return queued.base
  return ref.startsWith('refs/') ? undefined : ref
}

/** The branch's name without the remote that it was fetched from: only a leading `origin/` is one. */
export function remoteBranchName(ref: string | undefined): string | undefined {
  if (ref !== undefined && CHANGE_REF.test(ref)) return undefined
  return branchName(ref?.replace(/^(refs\/remotes\/)?origin\//, ''))
}

/** The tag's name: of `refs/tags/…`. */
export function tagName(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) || undefined : undefined
}

/** What a merge queue's branch says. */
export function mergeQueue(ref: string | undefined): { base: string; pullRequest: string } | undefined {
  const match = QUEUE_BRANCH.exec(ref ?? '')
  return match?.[1] !== undefined && match[2] !== undefined ? { base: match[1], pullRequest: match[2] } : undefined
}

/** The number in a ref or an address of a pull request. */
export function pullRequestNumber(text: string | undefined): string | undefined {
  return /(?:^|\/)(?:pull|pulls|pull-requests|merge_requests|merge-requests|pr)\/(\d+)(?:\/|$)/.exec(text ?? '')?.[1]
}
