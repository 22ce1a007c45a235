/**
 * Reads names of branches, tags and pull requests in the forms of git and of CI systems, and removes the credentials that
 * people and CI systems write into addresses of repositories.
 *
 * @module
 */

// Refs that a forge creates for pull requests and changes, in full or shortened. They are not branches of the user.
const CHANGE_REF =
  /^refs\/(pull|pull-requests|merge-requests|changes|merge)\/|^(origin\/)?(pull|pulls|pull-requests|merge-requests|pr)\/\d+(\/(merge|head|train))?$/i

// The temporary branch of a merge queue: its base, which may contain slashes, and the pull request.
const QUEUE_BRANCH = /^(?:refs\/heads\/)?gh-readonly-queue\/(.+)\/pr-(\d+)-[0-9a-f]{7,64}$/

// A longer user name in a remote is probably a token.
const MAX_USER_CHARS = 32

// Longer than file systems allow for the files of git's refs.
const MAX_BRANCH_CHARS = 1_000

/** Whether git could have a branch of this name. */
export function isBranchName(name: string): boolean {
  return name.length <= MAX_BRANCH_CHARS && !/[\x00-\x20\x7f~^?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$/.test(name)
}

/** Returns the branch name in a ref; `undefined` for tags, refs of pull requests and the literal `HEAD`. */
export function branchName(ref: string | undefined): string | undefined {
  if (ref === undefined || ref === '' || ref === 'HEAD') return undefined
  if (ref.startsWith('refs/heads/')) return branchName(ref.slice('refs/heads/'.length))
  if (CHANGE_REF.test(ref)) return undefined
  const queued = mergeQueue(ref)
  if (queued !== undefined) return queued.base
  return ref.startsWith('refs/') ? undefined : ref
}

/** Returns the branch name without a leading `origin/`. */
export function remoteBranchName(ref: string | undefined): string | undefined {
  if (ref !== undefined && CHANGE_REF.test(ref)) return undefined
  return branchName(ref?.replace(/^(refs\/remotes\/)?origin\//, ''))
}

/** Returns the tag name in `refs/tags/…`. */
export function tagName(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) || undefined : undefined
}

/** Returns the base branch and the pull request in the name of a merge queue's branch. */
export function mergeQueue(ref: string | undefined): { base: string; pullRequest: string } | undefined {
  const match = QUEUE_BRANCH.exec(ref ?? '')
  return match?.[1] !== undefined && match[2] !== undefined ? { base: match[1], pullRequest: match[2] } : undefined
}

/** Returns the number in the ref or address of a pull request. */
export function pullRequestNumber(text: string | undefined): string | undefined {
  return /(?:^|\/)(?:pull|pulls|pull-requests|merge_requests|merge-requests|pr)\/(\d+)(?:\/|$)/.exec(text ?? '')?.[1]
}

/**
 * Removes user, password, query and fragment from the address of a repository. A plain user of ssh (`git@`) stays, because it
 * is part of the address.
 *
 * Accepts every form that git accepts: URLs of any scheme, `user@host:path`, local paths, `helper::address`. A text that looks
 * like a URL but cannot be parsed loses everything before its last `@`, so that no part of a password remains.
 */
export function cleanRemote(remote: string): string {
  const address = remote.trim()
  const helper = /^([a-z][a-z0-9+.-]*)::(.*)$/is.exec(address)
  if (helper !== null) {
    // `ext::` runs a command, which may contain anything.
    return helper[1]?.toLowerCase() === 'ext' ? 'ext::' : `${helper[1]}::${cleanRemote(helper[2] ?? '')}`
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? cleanUrl(address) : cleanScp(address)
}

/** Returns the last part of a repository's path, without `.git`; `undefined` if there is none. */
export function repositoryName(remote: string): string | undefined {
  const path = cleanRemote(remote)
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/[\\/]+$/, '')
    .replace(/\.git$/i, '')
    .replace(/[\\/]+$/, '')
  const name = path.split(/[\\/:]/).at(-1) ?? ''
  return name === '' || name === '.' || name === '..' ? undefined : percentDecoded(name)
}

function cleanUrl(address: string): string {
  const scheme = address.slice(0, address.indexOf('://') + 3)
  const rest = address.slice(scheme.length)
  const tail = /[?#].*$/s.exec(rest)?.[0] ?? ''
  // An `@` after `?` or `#` may be the end of a password that contains one of them.
  if (tail.includes('@') || !URL.canParse(address))
    return scheme + rest.slice(rest.lastIndexOf('@') + 1).replace(/[?#].*$/s, '')
  const path = rest.slice(0, rest.length - tail.length)
  const end = path.search(/[\\/]/)
  const authority = end === -1 ? path : path.slice(0, end)
  const at = authority.lastIndexOf('@')
  if (at === -1) return scheme + path
  const { username, password } = new URL(address)
  const keepsUser = /^(git\+)?ssh:/i.test(scheme) && password === '' && isPlainUser(username)
  return scheme + (keepsUser ? `${username}@` : '') + path.slice(at + 1)
}

// Git does not accept `user:password@host:path`, but people write it.
function cleanScp(address: string): string {
  const head = address.split(/[\\/]/, 1)[0] ?? ''
  const at = head.lastIndexOf('@')
  if (at === -1) return address
  return isPlainUser(head.slice(0, at)) ? address : address.slice(at + 1)
}

function isPlainUser(user: string): boolean {
  return (
    user.length <= MAX_USER_CHARS && /^[a-z_][\w.-]*$/i.test(user) && !/^(gh[a-z]|glpat|github_pat)[_-]/i.test(user)
  )
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
