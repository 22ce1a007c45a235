import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'jux-contents-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The output of `npm pack --json`. */
interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function pack(from: string): { tarball: string; paths: readonly string[] } {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: from,
    encoding: 'utf8',
  })
  const [packed]: readonly Packed[] = JSON.parse(output)
  if (packed === undefined) throw new Error(`npm packed nothing: ${output}`)
  return { tarball: join(folder, packed.filename), paths: packed.files.map(({ path }) => path) }
}

/** The scripts and packages that are loaded with a script at once, with the script itself. */
function loadedWith(script: string, contentOf: (path: string) => string): readonly string[] {
  const loaded = new Set([script])
  for (const path of loaded) {
    if (!path.startsWith('dist/')) continue
    for (const [, name = ''] of contentOf(path).matchAll(/^(?:import|export) (?:[^"(]* from )?"([^"]+)";/gm)) {
      if (!name.startsWith('node:')) loaded.add(name.startsWith('.') ? join(dirname(path), name) : name)
    }
  }
  return [...loaded]
}

const DOCUMENTS = ['LICENSE', 'README.md', 'package.json']

describe.each([
  {
    name: 'jux-reporter',
    from: ROOT,
    documents: [
      ...DOCUMENTS,
      'CHANGELOG.md',
      'schema/jux-junit.xsd',
      'schema/policy.schema.json',
      'schema/webhook.schema.json',
    ],
  },
  { name: 'jux-server', from: join(ROOT, 'server'), documents: DOCUMENTS },
])('the tarball of $name', ({ from, documents }) => {
  const { tarball, paths } = pack(from)
  const outside = paths.filter((path) => !path.startsWith('dist/'))

  it('contains the build, the documents at its root, and nothing else', () => {
    const built = paths.filter((path) => path.startsWith('dist/'))

    expect([...outside].sort()).toEqual([...documents].sort())
    expect(built.length).toBeGreaterThan(10)
    expect(built.filter((path) => !/^dist\/[\w/-]+(?:\.d\.m?ts|\.m?js(?:\.map)?)$/.test(path))).toEqual([])
  })

  it('passes publint without a message', async () => {
    const bytes = new Uint8Array(readFileSync(tarball))

    const { messages, pkg } = await publint({ strict: true, pack: { tarball: bytes.buffer } })

    expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([])
  })
})

describe('the tarball of jux-reporter', () => {
  const { paths } = pack(ROOT)
  const contentOf = (path: string) => readFileSync(join(ROOT, path), 'utf8')

  it('has few files, because it takes time to open each', () => {
    expect(paths.filter((path) => /\.m?js$/.test(path)).length).toBeLessThan(60)
    expect(paths.filter((path) => /\.d\.m?ts$/.test(path)).length).toBeLessThan(10)
  })

  it.each(['vitest.js', 'jest.mjs', 'playwright.js', 'session.js', 'client.js', 'unsent.js'])(
    'has nothing of the gate and the commands, and no package but env-paths, among what comes with %s',
    (script) => {
      const loaded = loadedWith(`dist/${script}`, contentOf)

      expect(loaded.filter((name) => !/^dist\/[\w-]+\.m?js$/.test(name))).toEqual(['env-paths'])
      for (const name of ['gate', 'cli', 'verification']) expect(loaded).not.toContain(`dist/${name}.js`)
      expect(loaded.filter((name) => name.startsWith('dist/') && !paths.includes(name))).toEqual([])
    },
  )

  it.each(['sign.js', 'publish.js', 'report.js', 'verify.js', 'index.js'])(
    'has nothing of the gate among the scripts that come with %s',
    (script) => {
      expect(loadedWith(`dist/${script}`, contentOf)).not.toContain('dist/gate.js')
    },
  )

  it('has a source map for each script with code of its own, which names modules of src and contains no sources', () => {
    const scripts = paths.filter((path) => /\.m?js$/.test(path) && contentOf(path).includes('sourceMappingURL'))
    const maps = scripts.map((path) => JSON.parse(contentOf(`${path}.map`)))
    const sources = maps.flatMap((map, index) =>
      map.sources.map((source: string) => join(dirname(scripts[index] ?? ''), source)),
    )

    expect(scripts.length).toBeGreaterThan(10)
    expect(sources.filter((source) => !/^src\/.*\.m?ts$/.test(source))).toEqual([])
    expect(maps.filter((map) => map.sourcesContent !== undefined)).toEqual([])
  })

  it('has every package outside, so that it can be updated', () => {
    const all = paths.filter((path) => path.endsWith('.map')).map(contentOf)

    expect(all.filter((map) => map.includes('node_modules'))).toEqual([])
  })
})

describe('the types of the packed jux-reporter', () => {
  it('are found by attw under every module resolution that supports "exports"', () => {
    const attw = join(ROOT, 'node_modules', '.bin', 'attw')
    const { tarball } = pack(ROOT)

    // The profile leaves out `node10`, which knows no "exports", and counts no ES module against the package that is
    // required: Node has been able to since 20.19.
    const { status, stdout } = spawnSync(attw, [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'], {
      encoding: 'utf8',
    })

    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('jux-reporter/jest') })
  })
})
