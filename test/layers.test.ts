import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const SRC = join(ROOT, 'src/')
const CODE = ['src', 'server/src', 'test', 'server/test', 'scripts', 'bench']
/** A longer module needs a reason, named here. */
const MAX_LINES = 500
const LONGER: Readonly<Record<string, string>> = {
  [join('src', 'xml', 'scan.ts')]: 'the scanner is one idea: its events, its limits, and how it reads tags and text',
}
const LEAVES = ['model', 'errors', 'limits', 'reasons', 'system', 'terminal', 'version', 'paths', 'xml', 'report']
const STAGES = ['gather', 'enrich', 'scrub', 'render', 'sign', 'store', 'submit']

/** What each room may import, beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  errors: ['reasons', 'terminal'],
  limits: [],
  reasons: [],
  terminal: ['system'],
  version: [],
  paths: [],
  system: ['errors'],
  xml: LEAVES.filter((leaf) => leaf !== 'report'),
  report: LEAVES,
  ...Object.fromEntries(STAGES.map((stage) => [stage, LEAVES])),
  config: LEAVES,
  pipeline: [...LEAVES, ...STAGES, 'config'],
  reporters: [...LEAVES, ...STAGES, 'config', 'pipeline'],
  cli: [...LEAVES, ...STAGES, 'config', 'pipeline'],
  index: [...LEAVES, ...STAGES, 'config', 'pipeline', 'reporters'],
}

interface Import {
  from: string
  to: string
  /** `import type` or `export type`, of which nothing is left at run time. */
  typeOnly: boolean
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.m?ts$/.test(file))
}

/** Every module of the repository, as a path from its root. */
function modules(folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    )
    .filter((path) => /\.([cm]?[jt]s|tsx)$/.test(path))
}

/** Modules of the repository with more lines than this. */
function longerThan(lines: number): string[] {
  return modules(CODE).filter((path) => readFileSync(join(ROOT, path), 'utf8').trimEnd().split('\n').length > lines)
}

/** The first import cycle in a folder, as the modules on it; types count too. */
function cycleIn(folder: string): string[] {
  const graph = new Map(
    modules([folder]).map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8')
      const targets = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier = '']) =>
        join(dirname(path), specifier).replace(/\.(m?)js$/, '.$1ts'),
      )
      return [path, targets.flatMap((target) => [target, `${target}x`])] as const
    }),
  )
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path]
    if (done.has(path)) return []
    for (const target of graph.get(path) ?? []) {
      const cycle = visit(target, [...trail, path])
      if (cycle.length > 0) return cycle
    }
    done.add(path)
    return []
  }
  for (const path of graph.keys()) {
    const cycle = visit(path, [])
    if (cycle.length > 0) return cycle
  }
  return []
}

function importsOf(file: string, text = readFileSync(join(SRC, file), 'utf8')): Import[] {
  const here = dirname(file).split(sep).join('/')
  return [...text.matchAll(/(?:(?:import|export)\s+(type\s)?[^'();]*?from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
    ([, type, specifier = '']) => ({
      from: file,
      to: posix.normalize(posix.join(here, specifier)),
      typeOnly: type !== undefined,
    }),
  )
}

/** Whether the arrows allow an import. A stage may also take the types of the settings, and nothing of `config/` that runs. */
function isAllowed({ from, to, typeOnly }: Import): boolean {
  const [here, there] = [roomOf(from), roomOf(to)]
  if (here === there || ALLOWED[here]?.includes(there)) return true
  return STAGES.includes(here) && to === 'config/table.js' && typeOnly
}

/** Every module that is loaded with one, as paths in `src` and names of packages; those that are imported when they are needed are not. */
function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  const text = readFileSync(join(SRC, file), 'utf8')
  for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type )[^'()]*?from '([^']+)'/gm)) {
    if (specifier.startsWith('.')) {
      loadedWith(posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.js$/, '.ts'), loaded)
    } else loaded.add(specifier)
  }
  return loaded
}

function roomOf(path: string): string {
  const [first = ''] = path.split(/[\\/]/)
  return first.replace(/\.(ts|js)$/, '')
}

describe('the house', () => {
  it('has no room that this test does not know', () => {
    const rooms = new Set(sourceFiles().map(roomOf))

    expect([...rooms].filter((room) => !(room in ALLOWED))).toEqual([])
  })

  it('has arrows that point one way only', () => {
    const wrong = sourceFiles()
      .flatMap((file) => importsOf(file))
      .filter((one) => !isAllowed(one))

    expect(wrong).toEqual([])
  })

  it('keeps every import inside src', () => {
    const outside = sourceFiles()
      .flatMap((file) => importsOf(file))
      .filter(({ to }) => to.startsWith('..'))

    expect(outside).toEqual([])
  })

  it('has no module of more than 500 lines without a reason', () => {
    expect(longerThan(MAX_LINES).filter((path) => !(path in LONGER))).toEqual([])
    expect(longerThan(200)).toContain(join('src', 'model.ts'))
  })

  it.each(['src', 'server/src'])('has no import cycle in %s', (folder) => {
    expect(cycleIn(folder)).toEqual([])
  })

  it('lets a stage import the types of the settings, and nothing of config/ that runs', () => {
    const allowed = (line: string) => importsOf('sign/keys.ts', line).map(isAllowed)

    expect(allowed("import type { PartialSettings } from '../config/table.js'\n")).toEqual([true])
    expect(allowed("import type {\n  Settings,\n} from '../config/table.js'\n")).toEqual([true])
    expect(allowed("import { SETTINGS } from '../config/table.js'\n")).toEqual([false])
    expect(allowed("import { type Settings, SETTINGS } from '../config/table.js'\n")).toEqual([false])
    expect(allowed("await import('../config/table.js')\n")).toEqual([false])
    expect(allowed("import type { Config } from '../config/load.js'\n")).toEqual([false])
  })

  it('would notice an arrow that points back', () => {
    expect(ALLOWED.sign).not.toContain('store')
    expect(importsOf(relative(SRC, join(SRC, 'cli/main.ts'))).map(({ to }) => roomOf(to))).toContain('errors')
  })
})

describe('a reporter, whose loading delays the run', () => {
  it.each(['vitest', 'jest'])('of %s begins without what sends, and with two packages', (runner) => {
    const loaded = [...loadedWith(`reporters/${runner}.ts`)]

    expect(loaded.filter((name) => ['submit', 'cli'].includes(roomOf(name)))).toEqual([])
    expect(loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:')).sort()).toEqual([
      'env-paths',
      'zod/v3',
    ])
  })
})
