/**
 * `npm run sbom [-- FOLDER]`: writes a bill of materials (CycloneDX) for each of our packages, with the versions of the
 * lockfile.
 *
 * `npm sbom` in this repository leaves packages out, because the repository root is also one of its workspaces. So it
 * runs on each packed package, in a separate folder with a copy of the lockfile.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FOLDER = process.argv[2] ?? join(ROOT, 'sbom')

const lab = mkdtempSync(join(tmpdir(), 'jux-sbom-'))
try {
  mkdirSync(FOLDER, { recursive: true })
  const reporter = pack(ROOT)
  const server = pack(join(ROOT, 'server'))
  write(reporter, {})
  write(server, { 'jux-reporter': `file:${reporter.tarball}` })
} finally {
  rmSync(lab, { recursive: true, force: true })
}

function pack(folder) {
  const [{ filename, name }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', lab], folder),
  )
  return { name, tarball: join(lab, filename) }
}

function write({ name, tarball }, replaced) {
  const dir = join(lab, name)
  mkdirSync(dir)
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', dir])
  const { version, description, license, dependencies } = readJson(join(dir, 'package.json'))
  const manifest = { name, version, description, license, dependencies: { ...dependencies, ...replaced } }
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest))
  copyFileSync(join(ROOT, 'package-lock.json'), join(dir, 'package-lock.json'))
  npm(['install', '--package-lock-only', '--ignore-scripts', '--prefer-offline', '--no-audit'], dir)
  const bom = JSON.parse(npm(['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], dir))
  const path = join(FOLDER, `${name}.cdx.json`)
  writeFileSync(path, `${JSON.stringify({ ...bom, components: bom.components.map(withoutLocalPaths) }, null, 2)}\n`)
  console.log(`${path}: ${bom.components.length} components`)
}

// The path of the other package's tarball exists on this machine only.
function withoutLocalPaths({ externalReferences = [], ...component }) {
  return { ...component, externalReferences: externalReferences.filter(({ url }) => !url.startsWith('file:')) }
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
