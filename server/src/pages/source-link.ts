/**
 * Links from a test to the line of its file at the tested commit.
 *
 * Everything comes from a report, so nothing becomes part of a link unchecked.
 *
 * @module
 */

/** What a link is made from. */
export interface SourceFacts {
  /** `git:remote`. */
  readonly remote: string | undefined
  /** `git:commit`. */
  readonly commit: string | undefined
}

/** Where a test is. */
export interface SourcePlace {
  /** From the root of the repository. */
  readonly file: string | null
  readonly line: number | null
}

/** The address of a line, for a host: `{host}`, `{path}` (of the repository), `{commit}`, `{file}` and `{line}`. */
export type SourceTemplates = ReadonlyMap<string, string>

const GITHUB = 'https://{host}/{path}/blob/{commit}/{file}#L{line}'
const GITLAB = 'https://{host}/{path}/-/blob/{commit}/{file}#L{line}'
const BITBUCKET = 'https://{host}/{path}/src/{commit}/{file}#lines-{line}'
const GITEA = 'https://{host}/{path}/src/commit/{commit}/{file}#L{line}'

/** By a label of the name of the host. */
const FORGES: readonly (readonly [label: RegExp, template: string])[] = [
  [/^github$/, GITHUB],
  [/^gitlab$/, GITLAB],
  [/^bitbucket$/, BITBUCKET],
  [/^(?:gitea|forgejo|codeberg)$/, GITEA],
]

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const HOST = /^[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?$/
const MAX_PATH_CHARACTERS = 1_000

/**
 * Returns the address of a line of a file.
 *
 * @param templates of the operator of the server, by host; they go before those of the known forges
 * @returns undefined if the forge is unknown, or something is not what it should be
 */
export function sourceLink(
  { remote, commit }: SourceFacts,
  { file, line }: SourcePlace,
  templates: SourceTemplates = new Map(),
): string | undefined {
  const repository = remote === undefined ? undefined : repositoryOf(remote)
  if (repository === undefined || commit === undefined || file === null) return undefined
  const template = templates.get(repository.host) ?? templateOf(repository.host)
  if (template === undefined || !COMMIT.test(commit)) return undefined
  const path = encodePath(repository.path)
  const encodedFile = encodePath(file)
  if (path === undefined || encodedFile === undefined) return undefined
  // Without a line the link is to the file.
  const whole = line === null ? template.replace(/#[^#]*\{line\}[^#]*$/, '') : template
  const values: Readonly<Record<string, string>> = {
    host: repository.host,
    path,
    commit,
    file: encodedFile,
    line: String(line ?? 1),
  }
  const address = whole.replace(/\{(\w+)\}/g, (text, name: string) => values[name] ?? text)
  return /^https?:\/\//.test(address) && URL.canParse(address) ? address : undefined
}

// `https://host/path`, `ssh://git@host:22/path`, `git@host:path`.
function repositoryOf(remote: string): { readonly host: string; readonly path: string } | undefined {
  const short = /^(?:[^@/:\s]+@)?([^@/:\s]+):(?!\/\/)([^\s]+)$/.exec(remote)
  const long = /^(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([^@/:\s]+)(?::\d+)?\/([^\s?#]+)$/.exec(remote)
  const [, host = '', path = ''] = long ?? short ?? []
  const name = host.toLowerCase()
  if (!HOST.test(name)) return undefined
  return { host: name, path: path.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '') }
}

function templateOf(host: string): string | undefined {
  const labels = host.split('.')
  return FORGES.find(([label]) => labels.some((part) => label.test(part)))?.[1]
}

function encodePath(path: string): string | undefined {
  const segments = path.split('/')
  const isPath = segments.every((segment) => !['', '.', '..'].includes(segment) && !/[\\\0]/.test(segment))
  if (!isPath || path.length > MAX_PATH_CHARACTERS || /^[A-Za-z][A-Za-z\d+.-]*:/.test(path)) return undefined
  try {
    return segments.map(encodeURIComponent).join('/')
  } catch {
    // A lone surrogate is no character.
    return undefined
  }
}
