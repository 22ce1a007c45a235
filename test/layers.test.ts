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
  [join('test', 'mutations', 'faults.mjs')]: 'a table: a row for each planted fault',
}
const LEAVES = [
  'model',
  'disk',
  'errors',
  'home',
  'input-file',
  'limits',
  'nearest',
  'platform-folders',
  'program',
  'reasons',
  'reserved-names',
  'returned',
  'run-mark',
  'setting-source',
  'shell',
  'stack',
  'strict-json',
  'system',
  'terminal',
  'version',
  'paths',
  'witness',
  'xml',
  'zod',
  'report',
]
/** Pure, over reports that were read and verified. */
const GATE = ['attest', 'gate']
const STAGES = ['gather', 'enrich', 'scrub', 'render', 'sign', 'store', 'submit']

/** What each part of src (a folder, or a module at the top) may import, besides itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  errors: ['reasons', 'shell', 'stack', 'terminal'],
  stack: [],
  home: [],
  disk: ['errors'],
  'input-file': ['disk', 'errors'],
  limits: [],
  nearest: [],
  program: [],
  reasons: [],
  'reserved-names': ['xml'],
  returned: [],
  'run-mark': [],
  'setting-source': [],
  shell: ['terminal'],
  'strict-json': [],
  terminal: ['system'],
  version: [],
  witness: ['model', 'zod'],
  paths: [],
  'platform-folders': [],
  system: ['errors', 'home', 'platform-folders', 'program'],
  zod: [],
  xml: LEAVES.filter((leaf) => leaf !== 'report'),
  report: LEAVES,
  ...Object.fromEntries(STAGES.map((stage) => [stage, LEAVES])),
  // What was verified is signed and verified as reports are.
  attest: [...LEAVES, 'sign'],
  gate: [...LEAVES, 'sign', 'attest'],
  config: LEAVES,
  'early-rendering': [...LEAVES, ...STAGES, 'config'],
  'kept-receipt': [...LEAVES, ...STAGES, ...GATE],
  pipeline: [...LEAVES, ...STAGES, 'config', 'early-rendering', 'kept-receipt'],
  'foreign-report': [...LEAVES, ...STAGES, 'config', 'pipeline'],
  'merged-report': [...LEAVES, ...STAGES, ...GATE],
  reporters: [...LEAVES, ...STAGES, 'config', 'pipeline', 'early-rendering'],
  // `jux run` makes the reports of the reporters in its command, with their session.
  cli: [
    ...LEAVES,
    ...STAGES,
    ...GATE,
    'config',
    'pipeline',
    'kept-receipt',
    'foreign-report',
    'merged-report',
    'reporters',
  ],
  library: [...LEAVES, ...STAGES, ...GATE, 'config', 'pipeline'],
  internal: [...LEAVES, ...STAGES, ...GATE],
  // Of the command only the types of its JSON output.
  index: [...LEAVES, ...STAGES, ...GATE, 'config', 'library', 'cli'],
}

interface Import {
  from: string
  to: string
  /** `import type` or `export type`, which does not exist at run time. */
  typeOnly: boolean
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.m?ts$/.test(file))
}

/** Every module in these folders, as a path from the root of the repository. */
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

/** The modules of the first import cycle in a folder; imports of types count, too. */
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

/** Whether an import is allowed. A stage may also import the types of the settings, but no code of `config/`. */
function isAllowed({ from, to, typeOnly }: Import): boolean {
  const [here, there] = [partOf(from), partOf(to)]
  if (here === there || ALLOWED[here]?.includes(there)) return true
  return STAGES.includes(here) && to === 'config/table.js' && typeOnly
}

/** Every module that is loaded with a module, as paths in `src` and names of packages; without dynamic imports. */
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

function partOf(path: string): string {
  const [first = ''] = path.split(/[\\/]/)
  return first.replace(/\.(ts|js)$/, '')
}

describe('the modules', () => {
  it('of src are all in a folder whose allowed imports are listed here', () => {
    const parts = new Set(sourceFiles().map(partOf))

    expect([...parts].filter((part) => !(part in ALLOWED))).toEqual([])
  })

  it('of src import only from the folders that are allowed for their own folder', () => {
    const wrong = sourceFiles()
      .flatMap((file) => importsOf(file))
      .filter((one) => !isAllowed(one))

    expect(wrong).toEqual([])
  })

  it('of src import no file outside src', () => {
    const outside = sourceFiles()
      .flatMap((file) => importsOf(file))
      .filter(({ to }) => to.startsWith('..'))

    expect(outside).toEqual([])
  })

  it('have at most 500 lines unless a reason is listed here', () => {
    expect(longerThan(MAX_LINES).filter((path) => !(path in LONGER))).toEqual([])
    expect(longerThan(200)).toContain(join('src', 'model.ts'))
  })

  it.each(['src', 'server/src'])('of %s have no import cycle', (folder) => {
    expect(cycleIn(folder)).toEqual([])
  })
})

describe('the check of imports', () => {
  it('allows a stage to import the types of the settings, but no code of config/', () => {
    const allowed = (line: string) => importsOf('sign/keys.ts', line).map(isAllowed)

    expect(allowed("import type { PartialSettings } from '../config/table.js'\n")).toEqual([true])
    expect(allowed("import type {\n  Settings,\n} from '../config/table.js'\n")).toEqual([true])
    expect(allowed("import { SETTINGS } from '../config/table.js'\n")).toEqual([false])
    expect(allowed("import { type Settings, SETTINGS } from '../config/table.js'\n")).toEqual([false])
    expect(allowed("await import('../config/table.js')\n")).toEqual([false])
    expect(allowed("import type { Config } from '../config/load.js'\n")).toEqual([false])
  })

  it('refuses an import of store in sign, and finds the imports of a module', () => {
    expect(importsOf('sign/keys.ts', "import { openQueue } from '../store/queue.js'\n").map(isAllowed)).toEqual([false])
    expect(importsOf(relative(SRC, join(SRC, 'cli/main.ts'))).map(({ to }) => partOf(to))).toContain('errors')
  })
})

describe('the reporters', () => {
  // Loading a reporter delays the run.
  it.each(['vitest', 'jest'])('for %s load no module of submit or cli and only one package at the start', (runner) => {
    const loaded = [...loadedWith(`reporters/${runner}.ts`)]

    expect(loaded.filter((name) => ['submit', 'cli'].includes(partOf(name)))).toEqual([])
    expect(loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:')).sort()).toEqual(['env-paths'])
  })
})
