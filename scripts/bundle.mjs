/**
 * Makes `dist/`, which is published, from `src/` and from the declarations in `build/`: few files, because it takes longer
 * to open a file than to read it. Packages stay outside. `build/` has one file for each module, and is not published.
 *
 * Every file is in `dist/` itself, except the program: modules find package.json, the other programs and the reporters
 * that are loaded by path relative to their own place, which is one folder below package.json here too.
 *
 * @module
 */
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

const ROOT = join(import.meta.dirname, '..')

/** What users import: the file in `dist/`, and its module. */
const LIBRARY = {
  'index.js': 'index.ts',
  'internal.js': 'internal.ts',
  'vitest.js': 'reporters/vitest.ts',
  'jest.mjs': 'reporters/jest-entry.mts',
  'playwright.js': 'reporters/playwright.ts',
}
/** What is loaded by its path. */
const PROGRAMS = {
  'added-vitest.js': 'reporters/added-vitest.ts',
  'added-jest.mjs': 'reporters/added-jest.mts',
  'added-playwright.js': 'reporters/added-playwright.ts',
  'preload.js': 'cli/run/preload.ts',
  'launch.js': 'cli/run/launch.ts',
  'cli/bin.js': 'cli/bin.ts',
}

/**
 * Files that run in this order: the first must run before the package that the second imports. The first also has what
 * reports an error, for the case that the second does not load.
 */
const ORDERED = ['home', 'platform-folders']

rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
await bundleScripts()
// The planted faults are tried without them.
if (!process.argv.includes('--scripts')) await bundleDeclarations()

async function bundleScripts() {
  /** The modules that each module imports statically. */
  const imports = new Map()
  const graph = {
    name: 'graph',
    moduleParsed({ id, importedIds }) {
      imports.set(id, importedIds)
    },
  }
  let groups
  const groupOf = (id) => {
    groups ??= groupsOf(imports)
    return groups.get(id) ?? null
  }
  await bundle(
    {
      input: Object.fromEntries(
        Object.entries({ ...LIBRARY, ...PROGRAMS }).map(([file, module]) => [stemOf(file), join(ROOT, 'src', module)]),
      ),
      plugins: [graph],
    },
    {
      comments: false,
      sourcemap: true,
      sourcemapExcludeSources: true,
      entryFileNames: ({ name }) =>
        `${name}.mjs` in LIBRARY || `${name}.mjs` in PROGRAMS ? '[name].mjs' : '[name].js',
      // A group takes what its modules import, so those that others are built on come first.
      codeSplitting: {
        groups: [
          ...ORDERED,
          'run-mark',
          'add-reporter',
          'common',
          'reporter',
          'cli',
          'reading',
          'verification',
          'receipts',
          'submission',
          'signing',
          'gate',
        ].map((name, index) => ({
          name,
          priority: 20 - index,
          test: (id) => groupOf(id) === name,
        })),
      },
    },
  )
}

/** The declarations are those of the compiler, so `@internal` members are left out already. */
async function bundleDeclarations() {
  const declarationOf = (module) => join(ROOT, 'build', module.replace(/\.(m?)ts$/, '.d.$1ts'))
  await bundle(
    {
      input: Object.fromEntries(
        Object.entries(LIBRARY).map(([file, module]) => [`${stemOf(file)}.d`, declarationOf(module)]),
      ),
      plugins: [dts({ dtsOnly: true, sourcemap: false }), { name: 'comments', renderChunk: withCommentsOnLines }],
    },
    { entryFileNames: ({ name }) => (`${stemOf(name)}.mjs` in LIBRARY ? '[name].mts' : '[name].ts') },
  )
}

/** A comment after a member on its line would belong to that member, and not to the next one. */
function withCommentsOnLines(code) {
  return code.replace(/^([ \t]*)(.*[;{,]) (\/\*\*.*\*\/)$/gm, '$1$2\n$1$3')
}

/**
 * Puts modules that are loaded together in one file; the bundler would make a file for each set of entries that share a
 * module. Modules that are loaded with `import()` stay on their own.
 */
function groupsOf(imports) {
  const needs = (module) => {
    const found = new Set()
    const add = (id) => {
      if (found.has(id) || !imports.has(id)) return
      found.add(id)
      for (const imported of imports.get(id)) add(imported)
    }
    add(join(ROOT, 'src', module))
    return found
  }
  // What several reporters need, what every command needs, and the rest of `jux verify`.
  // They load their session with `import()`, and need it in almost every run.
  const session = needs('reporters/session.ts')
  const [vitest, jest, playwright] = ['vitest', 'jest', 'playwright'].map((name) => needs(`reporters/${name}.ts`))
  const several = [shared(vitest, jest), shared(vitest, playwright), shared(jest, playwright)]
  const reporter = new Set([...several.flatMap((modules) => [...modules]), ...session])
  const cli = needs('cli/main.ts')
  const verify = needs('cli/commands/verify.ts')
  // Loaded into every process that `jux run` starts.
  const preload = needs('cli/run/preload.ts')
  // Loaded into the main process of a runner; the command reads a part of it.
  const added = needs('cli/run/add-reporter.ts')
  const errors = needs('errors.ts')
  // What keeps and signs receipts: reporters and the server load it, without the rest of the gate.
  const receipts = needs('kept-receipt.ts')
  const isOfGate = (id) =>
    /^(?:gate|attest|cli\/(?:gate|attest))\/|^(?:merged-report|render\/merged|cli\/(?:decision-submission|run\/waivers)|cli\/commands\/(?:attest|dossier|merge|policy|waiver))\.ts$/.test(
      relative(join(ROOT, 'src'), id).replaceAll('\\', '/'),
    )
  // What sends reports, and what reads them before. Reporters load both, without `jux verify`, and without the gate, which
  // sends decisions with them.
  const submission = new Set([...needs('submit/client.ts'), ...needs('submit/unsent.ts')])
  const reading = needs('report/read.ts')
  // What signs documents: the library and `jux sign` load it, without the gate.
  const signing = new Set([
    ...needs('sign/sign-report.ts'),
    ...needs('cli/named-signer.ts'),
    ...needs('foreign-report.ts'),
  ])
  const groupOf = (id) => {
    const ordered = ORDERED.find((name) => id === join(ROOT, 'src', `${name}.ts`))
    if (ordered !== undefined) return ordered
    if (preload.has(id)) return 'run-mark'
    if (added.has(id)) return 'add-reporter'
    if (errors.has(id)) return 'home'
    if (reporter.has(id)) return cli.has(id) || verify.has(id) ? 'common' : 'reporter'
    if (cli.has(id)) return 'cli'
    if (reading.has(id)) return 'reading'
    if (verify.has(id)) return 'verification'
    if (receipts.has(id)) return 'receipts'
    if (submission.has(id)) return 'submission'
    if (signing.has(id)) return 'signing'
    // Too small for a file of its own.
    if (id === join(ROOT, 'src/gather/test-id.ts')) return 'common'
    return isOfGate(id) ? 'gate' : null
  }
  // A file of its own would only name the group.
  const isLoadedAlone = (id) =>
    ['cli/run/preload.ts', 'cli/main.ts', 'cli/commands/verify.ts'].some((module) => id === join(ROOT, 'src', module))
  return new Map([...imports.keys()].filter((id) => !isLoadedAlone(id)).map((id) => [id, groupOf(id)]))
}

async function bundle(input, output) {
  const bundle = await rolldown({
    cwd: ROOT,
    platform: 'node',
    external: /^(?![./]|[A-Z]:)/,
    treeshake: { moduleSideEffects: false },
    ...input,
  })
  await bundle.write({ dir: join(ROOT, 'dist'), format: 'esm', chunkFileNames: '[name].js', ...output })
  await bundle.close()
}

function stemOf(file) {
  return file.replace(/\.(m?js|d)$/, '')
}

function shared(one, other) {
  return new Set([...one].filter((id) => other.has(id)))
}
