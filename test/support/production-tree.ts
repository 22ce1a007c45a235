/**
 * The packages that come with ours, read from the lockfile.
 *
 * @module
 */
import { readFileSync } from 'node:fs'

/** An entry of the lockfile: npm's page on package-lock.json */
export interface LockedPackage {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly hasInstallScript: boolean
}

interface Entry {
  readonly version?: string
  readonly license?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const LOCKFILE = new URL('../../package-lock.json', import.meta.url)

/**
 * Every package that comes with one of ours, for any platform; without ours, and without peers, which the user chooses.
 *
 * @param folder of our package, as the lockfile names it: `''` or `'server'`
 * @returns sorted by name, then version
 */
export function productionTree(folder: '' | 'server'): LockedPackage[] {
  const { packages }: { packages: Readonly<Record<string, Entry>> } = JSON.parse(readFileSync(LOCKFILE, 'utf8'))
  const reached = new Set<string>()
  const visit = (from: string): void => {
    const { dependencies, optionalDependencies } = packages[from] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const path = resolve(packages, from, name)
      // The only link that is reached this way is from the server to the package at the root.
      if (packages[path]?.link === true) visit('')
      else if (!reached.has(path)) {
        reached.add(path)
        visit(path)
      }
    }
  }
  visit(folder)
  return [...reached].map((path) => describe(path, packages[path] ?? {})).sort(byNameAndVersion)
}

/** As Node resolves: the nearest `node_modules` upwards. */
function resolve(packages: Readonly<Record<string, Entry>>, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder}${folder === '' ? '' : '/'}node_modules/${name}`
    if (path in packages) return path
    if (folder === '') throw new Error(`the lockfile has no ${name} for ${from}`)
  }
}

function describe(path: string, { version = '', license = '', hasInstallScript = false }: Entry): LockedPackage {
  return {
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    version,
    license,
    hasInstallScript,
  }
}

function byNameAndVersion(a: LockedPackage, b: LockedPackage): number {
  return `${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1
}
