import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { productionTree } from '../support/production-tree.js'

const ROOT = new URL('../../', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
const reporter = JSON.parse(text('package.json'))
const server = JSON.parse(text('server/package.json'))

describe('package.json of jux-reporter and jux-server', () => {
  it('has one version in both, and the server depends on a reporter of that version', () => {
    expect(server.version).toBe(reporter.version)
    expect(server.dependencies['jux-reporter']).toBe(`^${reporter.version}`)
  })

  it('has one license in both, and both packages contain its text', () => {
    expect(server.license).toBe(reporter.license)
    expect(text('server/LICENSE')).toBe(text('LICENSE'))
  })

  it('supports the same versions of Node in both', () => {
    expect(server.engines).toEqual(reporter.engines)
  })

  it('has no script that runs at installation, or that npm warns about', () => {
    const scripts = [reporter, server].flatMap((manifest) => Object.keys(manifest.scripts))

    expect(scripts.filter((name) => /^((pre|post)?install|(pre|post)?prepare)$/.test(name))).toEqual([])
  })

  it('builds jux-reporter before it is packed', () => {
    expect(reporter.scripts.prepack).toBe('npm run build')
  })

  it('pins every development dependency', () => {
    const ranges = [reporter, server].flatMap((manifest) => Object.entries(manifest.devDependencies))

    expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(String(range)))).toEqual([])
  })

  it.each([
    ['jux-reporter', reporter, 'src/'],
    ['jux-server', server, 'server/src/'],
  ])('names no dependency of %s that its source code does not import', (_, { dependencies }, folder) => {
    const sources = readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[cm]?tsx?$/.test(name))
      .map((name) => text(`${folder}${name}`))
      .join('\n')
    // Also `createRequire(import.meta.url)('NAME/file.json')`.
    const isImported = (name: string) => new RegExp(`(?:from |import\\(|\\)\\()'${name}(?:/[^']*)?'`).test(sources)

    expect(Object.keys(dependencies).filter((name) => !isImported(name))).toEqual([])
  })
})

describe.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/releasing.md', 'docs/dependencies.md'])(
  'the page %s',
  (page) => {
    const code = text(page).match(/```sh\n[\s\S]*?```|`[^`\n]+`/g) ?? []

    it('names only npm scripts that exist', () => {
      const named = code.flatMap((part) => [...part.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ''))

      expect(named.filter((script) => !(script in reporter.scripts))).toEqual([])
    })

    it('names only files that exist', () => {
      const paths = code.flatMap(
        (part) => part.match(/^`((?:src|test|scripts|docs|server|\.ci)\/[\w./-]+)`$/)?.[1] ?? [],
      )

      expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([])
    })
  },
)

describe('the page docs/dependencies.md', () => {
  const page = text('docs/dependencies.md')
  /** The packages in the first cells of the tables of a section. */
  const rowsOf = (section: string) =>
    [...(page.split(`\n${section}\n`)[1]?.split(/\n#{2,} /)[0] ?? '').matchAll(/^\| ([^|]*) \|/gm)]
      .flatMap((match) => (match[1] ?? '').split(', '))
      .filter((name) => name !== 'package' && name !== '---')
      .sort()

  it('has a row for every dependency, and for no other package', () => {
    const names = (dependencies: object) => Object.keys(dependencies).filter((name) => name !== 'jux-reporter')
    const ofServer = names({ ...server.dependencies, ...server.devDependencies })

    expect(rowsOf('## jux-reporter')).toEqual(names(reporter.dependencies).sort())
    expect(rowsOf('## jux-server')).toEqual(ofServer.filter((name) => !(name in reporter.dependencies)).sort())
    expect(rowsOf('## Development')).toEqual(names(reporter.devDependencies).sort())
  })

  it('lists the module of every import of a dependency in src, and no other module', () => {
    const listed = [...page.matchAll(/^\| (\S+) \| `(src\/[\w./-]+)` \|/gm)].map(([, name, path]) => `${name} ${path}`)
    const modules = readdirSync(new URL('src/', ROOT), { recursive: true, encoding: 'utf8' }).map(
      (path) => `src/${path.replaceAll('\\', '/')}`,
    )
    const imported = modules
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) =>
        [...text(path).matchAll(/(?:from |import\(|\)\()'((?:@[\w.-]+\/)?[\w-]+)(?:\/[^']*)?'/g)].map(
          // The command imports commander nearly everywhere, so the page names the folder.
          ([, name = '']) => `${name} ${name === 'commander' ? path.replace(/^(src\/cli)\/.*/, '$1') : path}`,
        ),
      )
      .filter((use) => use.slice(0, use.indexOf(' ')) in reporter.dependencies)

    expect([...new Set(listed)].sort()).toEqual([...new Set(imported)].sort())
    expect(listed).toHaveLength(new Set(listed).size)
  })

  it('counts the packages of the lockfile, and has the cost of every dependency', () => {
    const count = /^\| \*\*jux-reporter\*\* \|[^|]*\| (\d+) \|/m.exec(page)?.[1]
    const costs = [
      ...((page.split('<!-- dependencies:')[1] ?? '').split('<!-- end')[0]?.matchAll(/^\| (\S+) \| \d/gm) ?? []),
    ]

    // The package itself is one of them. If this fails: node scripts/install-size.mjs --write
    expect(Number(count)).toBe(productionTree('').length + 1)
    expect(costs.map((match) => match[1]).sort()).toEqual(Object.keys(reporter.dependencies).sort())
  })

  it('lists at most 14 packages and 10 MB for jux-reporter', () => {
    const [, count, megabytes] = /^\| \*\*jux-reporter\*\* \|[^|]*\| (\d+) \| ([\d.]+) \|/m.exec(page) ?? []

    expect(Number(count)).toBeLessThanOrEqual(14)
    expect(Number(megabytes)).toBeLessThanOrEqual(10)
  })
})
