/**
 * Who owns a file, by the rules of a CODEOWNERS file of GitHub or GitLab.
 *
 * Pure. The file is untrusted: what it costs to read and to match grows with its length only.
 *
 * @module
 */

/** Whose rules a file follows. Of two patterns that match, the last one counts, in GitLab for each section. */
export type OwnersDialect = 'github' | 'gitlab'

/** A parsed file. */
export interface OwnersRules {
  readonly dialect: OwnersDialect
  /** One section for GitHub. */
  readonly sections: readonly Section[]
}

interface Section {
  readonly rules: readonly Rule[]
  /** Files that the section says nothing about. */
  readonly exclusions: readonly Pattern[]
}

interface Rule {
  readonly pattern: Pattern
  readonly owners: readonly string[]
}

/** Segments of a path. `**` matches any number of segments. */
type Pattern = readonly string[]

const MAX_PATTERN_CHARACTERS = 500
const MAX_OWNERS = 20
const ANY_DEPTH = '**'
/** GitLab: `[Name]`, `^[Optional]`, `[Name][2] @default`. */
const SECTION = /^\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?$/

/** Parses a CODEOWNERS file. A line that is not valid is left out, as GitHub and GitLab do. */
export function parseOwners(text: string, dialect: OwnersDialect): OwnersRules {
  const sections = new Map<string, { rules: Rule[]; exclusions: Pattern[] }>()
  let section = newSection(sections, '')
  let defaults: readonly string[] = []
  for (const raw of text.split(/\r\n|\n|\r/)) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.length > MAX_PATTERN_CHARACTERS * 4) continue
    const heading = dialect === 'gitlab' ? SECTION.exec(line) : null
    if (heading !== null) {
      section = newSection(sections, (heading[1] ?? '').trim().toLowerCase())
      defaults = ownersIn(heading[2] ?? '')
      continue
    }
    const [path, rest] = splitPath(line)
    if (path === '' || path.length > MAX_PATTERN_CHARACTERS) continue
    const isExclusion = path.startsWith('!')
    if (dialect === 'gitlab' && isExclusion) section.exclusions.push(gitlabPattern(path.slice(1)))
    else if (dialect === 'gitlab') addGitlabRule(section.rules, path, rest, defaults)
    // GitHub supports neither `!` nor ranges in brackets.
    else if (!isExclusion && !path.includes('[') && wordsIn(rest).every(isOwner)) {
      section.rules.push({ pattern: githubPattern(path), owners: ownersIn(rest) })
    }
  }
  return { dialect, sections: [...sections.values()] }
}

/**
 * Returns the owners of a file, in the order of the rules, each once.
 *
 * @param path from the root of the repository, with `/` separators
 */
export function ownersOf({ sections }: OwnersRules, path: string): readonly string[] {
  const segments = path.split('/')
  const owners = sections.flatMap(({ rules, exclusions }) => {
    if (exclusions.some((pattern) => matches(pattern, segments))) return []
    return rules.findLast(({ pattern }) => matches(pattern, segments))?.owners ?? []
  })
  return [...new Set(owners)].slice(0, MAX_OWNERS)
}

function newSection(sections: Map<string, { rules: Rule[]; exclusions: Pattern[] }>, name: string) {
  const section = sections.get(name) ?? { rules: [], exclusions: [] }
  sections.set(name, section)
  return section
}

// Without a text after its path, a line has the owners of its section. A line without owners counts, too: its files have none.
function addGitlabRule(rules: Rule[], path: string, rest: string, defaults: readonly string[]): void {
  const owners = rest.trim() === '' ? defaults : ownersIn(rest)
  rules.push({ pattern: gitlabPattern(path), owners })
}

// A backslash keeps the next character: a space of the path, or a `#` at its start.
function splitPath(line: string): readonly [path: string, rest: string] {
  const match = /^(?:\\.|[^\s\\])+/.exec(line)
  const path = match?.[0] ?? ''
  return [path.replace(/\\([\s#\\])/g, '$1'), line.slice(path.length)]
}

function ownersIn(text: string): string[] {
  return wordsIn(text).filter(isOwner).slice(0, MAX_OWNERS)
}

// GitHub has comments at the end of a line.
function wordsIn(text: string): string[] {
  return (/^(.*?)(?:\s#|$)/.exec(text)?.[1] ?? '').split(/\s+/).filter((word) => word !== '')
}

// User, team, role or e-mail address.
function isOwner(word: string): boolean {
  return /^@{1,2}[^\s@]+$|^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(word)
}

// As in .gitignore: a slash before the end binds a pattern to the root, and a folder has all that is in it. But `docs/*` has only the
// files right in it, and `/*` those right in the root.
function githubPattern(path: string): Pattern {
  const isBound = path.slice(0, -1).includes('/')
  const segments = path.split('/').filter((segment) => segment !== '')
  const last = segments.at(-1)
  const isFolder = path.endsWith('/')
  const below = last === '*' && isBound && !isFolder ? [] : isFolder ? ['*', ANY_DEPTH] : [ANY_DEPTH]
  return [...(isBound ? [] : [ANY_DEPTH]), ...segments, ...(last === ANY_DEPTH ? [] : below)]
}

// A path without a slash at its start matches at any depth, and one with a slash at its end all that is below. Only before a slash
// does `**` stand for any depth (Ruby, `File.fnmatch`): at the end it is the same as `*`.
function gitlabPattern(path: string): Pattern {
  const segments = path.split('/').filter((segment) => segment !== '')
  const isFolder = path.endsWith('/')
  const named = !isFolder && segments.at(-1) === ANY_DEPTH ? [...segments.slice(0, -1), '*'] : segments
  return [...(path.startsWith('/') ? [] : [ANY_DEPTH]), ...named, ...(isFolder ? [ANY_DEPTH, '*'] : [])]
}

function matches(pattern: Pattern, path: readonly string[]): boolean {
  return matchList(pattern, path, (item) => item === ANY_DEPTH, matchesSegment)
}

function matchesSegment(pattern: string, segment: string): boolean {
  if (!/[*?[\\]/.test(pattern)) return pattern === segment
  return matchList(
    pattern.match(/\\.|\[[!^]?\]?[^\]]*\]|./gsu) ?? [],
    [...segment],
    (item) => item === '*',
    isCharacter,
  )
}

// A backslash keeps the next character.
function isCharacter(item: string, character: string): boolean {
  if (item === '?') return true
  if (item.length > 1 && item.startsWith('[')) return isIn(item, character)
  return item === character || item === `\\${character}`
}

// Whether a character is in `[abc]`, `[a-z]` or `[!abc]`, which only GitLab has (Ruby, `File.fnmatch`).
function isIn(set: string, character: string): boolean {
  const isNegated = /^\[[!^]/.test(set)
  const ranges = set.slice(isNegated ? 2 : 1, -1).match(/.-.|./gsu) ?? []
  const isListed = ranges.some((range) => {
    const [first = '', , last = first] = [...range]
    return first <= character && character <= last
  })
  return isListed !== isNegated
}

// Matches items of which some stand for any number. After a mismatch only the last of these takes one more, so that the time is at most
// the product of the lengths.
function matchList(
  pattern: readonly string[],
  list: readonly string[],
  isAny: (item: string) => boolean,
  isSame: (item: string, other: string) => boolean,
): boolean {
  let [at, from] = [0, 0]
  let lastAny = -1
  let taken = 0
  while (from < list.length) {
    const item = pattern[at]
    const other = list[from] ?? ''
    if (item !== undefined && isAny(item)) {
      lastAny = at++
      taken = from
    } else if (item !== undefined && isSame(item, other)) {
      at++
      from++
    } else if (lastAny >= 0) {
      at = lastAny + 1
      from = ++taken
    } else return false
  }
  return pattern.slice(at).every(isAny)
}
