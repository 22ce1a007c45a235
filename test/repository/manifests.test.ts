import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { productionTree } from '../support/production-tree.js'

const ROOT = new URL('../../', import.meta.url)
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8')
const reporter = JSON.parse(text('package.json'))
const server = JSON.parse(text('server/package.json'))

describe('the two packages', () => {
  it('have one version, and the server asks for a reporter of it', () => {
    expect(server.version).toBe(reporter.version)
    expect(server.dependencies['jux-reporter']).toBe(`^${reporter.version}`)
  })

  it('stand under one licence, whose text is in both', () => {
    expect(server.license).toBe(reporter.license)
    expect(text('server/LICENSE')).toBe(text('LICENSE'))
  })

  it('run on the same versions of Node', () => {
    expect(server.engines).toEqual(reporter.engines)
  })

  it('run no script when they are installed', () => {
    const scripts = [reporter, server].flatMap((manifest) => Object.keys(manifest.scripts))

    expect(scripts.filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
  })

  it('pin every development dependency', () => {
    const ranges = [reporter, server].flatMap((manifest) => Object.entries(manifest.devDependencies))

    expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(String(range)))).toEqual([])
  })

  it('have a line for every dependency in docs/dependencies.md', () => {
    const page = text('docs/dependencies.md')
    const named = [reporter, server].flatMap((manifest) =>
      Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    )

    expect(named.filter((name) => name !== 'jux-reporter' && !new RegExp(`^\\|.*${name}`, 'm').test(page))).toEqual([])
  })
})

describe.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/releasing.md', 'docs/dependencies.md'])(
  'the page %s',
  (page) => {
    const code = text(page).match(/```sh\n[\s\S]*?```|`[^`\n]+`/g) ?? []

    it('names npm scripts that are there', () => {
      const named = code.flatMap((part) => [...part.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ''))

      expect(named.filter((script) => !(script in reporter.scripts))).toEqual([])
    })

    it('names files that are there', () => {
      const paths = code.flatMap(
        (part) => part.match(/^`((?:src|test|scripts|docs|server|\.ci)\/[\w./-]+)`$/)?.[1] ?? [],
      )

      expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([])
    })
  },
)

describe('the tables of docs/dependencies.md', () => {
  it('count the packages that the lockfile has, and cost every dependency', () => {
    const page = text('docs/dependencies.md')
    const count = /^\| \*\*jux-reporter\*\* \|[^|]*\| (\d+) \|/m.exec(page)?.[1]
    const costs = page.split('What each dependency of jux-reporter has a part in:')[1] ?? ''

    // Itself is one of them. If not: node scripts/install-size.mjs --write
    expect(Number(count)).toBe(productionTree('').length + 1)
    expect(Object.keys(reporter.dependencies).filter((name) => !costs.includes(`\n| ${name} |`))).toEqual([])
  })
})
