/**
 * Installs what the matrix needs into `.matrix/`: runners, Node versions, and this package, packed as for users.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageOf, ROOT } from '../support/lab.js'
import { CACHE, nodeBinary, PACKAGE_FOLDER, runnerFolder, selected } from './cells.js'

/** Vitest calls it once, before all tests. */
export default function setUp(): void {
  const { rows, nodes } = selected()
  for (const row of rows) {
    const folder = runnerFolder(row)
    const isThere = [packageOf(row.runner), ...row.beside.map((name) => name.slice(0, name.lastIndexOf('@')))].every(
      (name) => existsSync(join(folder, 'node_modules', name, 'package.json')),
    )
    if (!isThere) install(folder, [`${packageOf(row.runner)}@${row.version}`, ...row.beside])
  }
  for (const node of nodes) {
    if (!existsSync(nodeBinary(node))) install(join(CACHE, `node-${node}`), [`node@${node}`])
  }
  installPackage()
}

function installPackage(): void {
  rmSync(PACKAGE_FOLDER, { recursive: true, force: true })
  mkdirSync(PACKAGE_FOLDER, { recursive: true })
  // The script that starts the matrix has built the package.
  npm(['pack', '--ignore-scripts', '--pack-destination', PACKAGE_FOLDER], ROOT)
  const tarball = readdirSync(PACKAGE_FOLDER).find((name) => name.endsWith('.tgz'))
  if (tarball === undefined) throw new Error('npm pack made no tarball')
  install(PACKAGE_FOLDER, [join(PACKAGE_FOLDER, tarball)])
}

function install(folder: string, packages: readonly string[]): void {
  console.log(`installing ${packages.join(' ').replaceAll(`${ROOT}`, '')}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  // A runner that does not support this Node runs on another one, so it is installed all the same.
  npm(['install', '--no-audit', '--no-fund', '--no-package-lock', '--engine-strict=false', ...packages], folder)
}

function npm(args: readonly string[], cwd: string): void {
  const output = execFileSync('npm', [...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  })
  if (process.env.JUX_DEBUG === '1') console.log(output)
}

/** The Node versions that a package supports, according to its manifest. */
export function supportedNodes(packageFolder: string): string {
  const { engines } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  return engines?.node ?? '*'
}
