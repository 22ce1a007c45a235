/**
 * Addresses of repositories without the credentials that people and CI systems put into them.
 *
 * @module
 */

/**
 * The address without user, password, query and fragment; the bare user of ssh (`git@`) stays, because it is part of the place.
 *
 * Takes every form that git takes: URLs of any scheme, `user@host:path`, local paths, `helper::address`. A text that looks like a URL but is none
 * loses everything before its last `@`, rather than show half a password.
 */
export function cleanRemote(remote: string): string {
  const address = remote.trim()
  const helper = /^([a-z][a-z0-9+.-]*)::(.*)$/is.exec(address)
  if (helper !== null) {
    // `ext::` runs a command, which may hold anything.
    return helper[1]?.toLowerCase() === 'ext' ? 'ext::' : `${helper[1]}::${cleanRemote(helper[2] ?? '')}`
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address)) return cleanUrl(address)
  return cleanScp(address)
}

/** The last part of a repository's path, without `.git`; `undefined` when there is none. */
export function repositoryName(remote: string): string | undefined {
  const path = cleanRemote(remote)
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/[\\/]+$/, '')
    .replace(/\.git$/i, '')
    .replace(/[\\/]+$/, '')
  const name = path.split(/[\\/:]/).at(-1) ?? ''
  return name === '' || name === '.' || name === '..' ? undefined : decoded(name)
}

function cleanUrl(address: string): string {
  const scheme = address.slice(0, address.indexOf('://') + 3)
  const rest = address.slice(scheme.length)
  const tail = /[?#].*$/s.exec(rest)?.[0] ?? ''
  // An `@` behind `?` or `#` may be the end of a password that contains one of them.
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

// `user:password@host:path` is no form of git's, but people write it.
function cleanScp(address: string): string {
  const head = address.split(/[\\/]/, 1)[0] ?? ''
  const at = head.lastIndexOf('@')
  if (at === -1) return address
  const user = head.slice(0, at)
  return isPlainUser(user) ? address : address.slice(at + 1)
}

/** Longer ones are tokens. */
const MAX_USER_CHARS = 32

function isPlainUser(user: string): boolean {
  return (
    user.length <= MAX_USER_CHARS && /^[a-z_][\w.-]*$/i.test(user) && !/^(gh[a-z]|glpat|github_pat)[_-]/i.test(user)
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
