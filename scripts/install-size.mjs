/**
 * Measures the packages that an installation adds: `node scripts/install-size.mjs [--write]`.
 *
 * Packs our packages as they are built, and installs them and similar packages, each into an empty folder and without
 * runners. Prints packages and sizes, and for each dependency of jux-reporter its size and load time. `--write` puts
 * the tables into docs/dependencies.md.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PAGE = join(ROOT, 'docs', 'dependencies.md')
const SOURCES = join(ROOT, 'src')
/** How often each dependency is loaded; the result is the median. */
const LOADS = 7
const PEERS = [
  { name: 'jest-junit@17.0.0', does: 'writes JUnit XML for Jest' },
  { name: 'mocha-junit-reporter@2.2.1', does: 'writes JUnit XML for Mocha' },
  { name: 'allure-vitest@3.12.2', does: 'writes its own JSON for Vitest' },
  { name: 'xml-crypto@6.3.2', does: 'signs and verifies XML' },
  { name: '@datadog/datadog-ci@5.25.0', does: "sends JUnit XML to its maker's service, and much else" },
]

const lab = mkdtempSync(join(tmpdir(), 'jux-size-'))
try {
  const [reporter, server] = [ROOT, join(ROOT, 'server')].map(pack)
  const ours = install('ours', [reporter])
  const rows = [
    ['**jux-reporter**', 'records, signs, stores, sends and verifies reports', ours],
    ['**jux-server** (with jux-reporter)', 'receives and shows reports', install('server', [reporter, server])],
    ...PEERS.map(({ name, does }, at) => [name.replace(/@(?=\d)/, ' '), does, install(`peer-${at}`, [name])]),
  ]
  const tables = {
    install: table(
      ['installed', 'what it does', 'packages', 'MB'],
      rows.map(([name, does, packages]) => [name, does, packages.length, megabytes(packages)]),
    ),
    dependencies: table(
      ['dependency', 'packages with it', 'MB', 'packages that only it needs', 'MB', 'load, ms'],
      costs(ours).map(({ name, all, own }) => [
        name,
        all.length,
        megabytes(all),
        own.length,
        megabytes(own),
        loadMs(name, join(lab, 'ours')).toFixed(0),
      ]),
    ),
  }
  for (const [name, text] of Object.entries(tables)) {
    console.log(`${text}\n`)
    if (process.argv.includes('--write')) put(name, text)
  }
} finally {
  rmSync(lab, { recursive: true, force: true })
}

function pack(folder) {
  const [{ filename }] = JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', lab], folder))
  return join(lab, filename)
}

/** Installs packages and lists what is there: path in `node_modules`, own size in bytes, entry of the lockfile. */
function install(folder, packages) {
  const dir = join(lab, folder)
  mkdirSync(dir)
  writeFileSync(join(dir, 'package.json'), '{"private":true}')
  npm(['install', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...packages], dir)
  const lockfile = JSON.parse(readFileSync(join(dir, 'node_modules', '.package-lock.json'), 'utf8'))
  return Object.entries(lockfile.packages).map(([path, entry]) => ({ path, entry, bytes: sizeOf(join(dir, path)) }))
}

/** Bytes of a package's files, without packages inside it. */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => (entry.isDirectory() ? sizeOf(join(folder, entry.name)) : statSync(join(folder, entry.name)).size))
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** For each of our dependencies: all packages that are installed with it, and those that only it needs. */
function costs(installed) {
  const root = 'node_modules/jux-reporter'
  const names = Object.keys(installed.find(({ path }) => path === root).entry.dependencies)
  const reach = (left) => {
    const reached = new Set()
    const visit = (path) => {
      if (reached.has(path)) return
      reached.add(path)
      const { dependencies, optionalDependencies } = installed.find((one) => one.path === path).entry
      for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
        const found = resolve(installed, path, name)
        if (found !== undefined) visit(found)
      }
    }
    for (const name of left) visit(resolve(installed, root, name))
    return reached
  }
  return names
    .map((name) => {
      const rest = reach(names.filter((other) => other !== name))
      const all = installed.filter(({ path }) => reach([name]).has(path))
      return { name, all, own: all.filter(({ path }) => !rest.has(path)) }
    })
    .sort((a, b) => total(b.own) - total(a.own))
}

/**
 * CPU time of a process that loads a dependency as our sources do, minus that of a process that loads nothing: the
 * median of `LOADS` pairs of processes. CPU time, because wall time on a busy machine includes other processes.
 */
function loadMs(name, cwd) {
  const specifier = specifierOf(name)
  const load = specifier.endsWith('.json')
    ? `module.createRequire(process.cwd() + '/')('${specifier}')`
    : `await import('${specifier}')`
  const cpuMs = (code) => {
    const program = `import module from 'node:module'\n${code}\nconsole.log(process.cpuUsage().user + process.cpuUsage().system)`
    const { stdout, status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return Number(stdout) / 1000
  }
  const times = Array.from({ length: LOADS }, () => cpuMs(load) - cpuMs('')).sort((a, b) => a - b)
  return Math.max(0, times[Math.floor(LOADS / 2)])
}

/** What our sources import of a package, for example `zod/v3` of zod. */
function specifierOf(name) {
  const imported = new RegExp(`(?:from |import\\(|\\)\\()'(${name}(?:/[^']*)?)'`)
  for (const file of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })) {
    const found = file.endsWith('ts') && imported.exec(readFileSync(join(SOURCES, file), 'utf8'))
    if (found) return found[1]
  }
  throw new Error(`no module of src imports ${name}`)
}

/** As Node resolves; `undefined` for a package of another platform. */
function resolve(installed, from, name) {
  for (let folder = `${from}/`; folder !== ''; folder = folder.slice(0, folder.lastIndexOf('node_modules/'))) {
    const path = `${folder}node_modules/${name}`
    if (installed.some((one) => one.path === path)) return path
  }
  const path = `node_modules/${name}`
  return installed.some((one) => one.path === path) ? path : undefined
}

function total(packages) {
  return packages.reduce((sum, { bytes }) => sum + bytes, 0)
}

function megabytes(packages) {
  return (total(packages) / 1e6).toFixed(2)
}

function table(titles, rows) {
  return [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function put(name, text) {
  const marks = new RegExp(`(<!-- ${name}: [^\\n]* -->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`)
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(marks, (_, start, end) => `${start}\n${text}\n\n${end}`),
  )
}

function npm(args, cwd) {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
