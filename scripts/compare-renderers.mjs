/**
 * Compares the reports of different reporters about the same run: `node scripts/compare-renderers.mjs [--write]`.
 *
 * Installs the other reporters (the peers) into a temporary folder, runs `fixtures/projects/everything` with every
 * runner, with our reporter and the peer in the same run (each peer with all its options on), and looks for the facts
 * of the tests. Prints the table; `--write` puts it into docs/renderers.md. Fails if our report lacks a fact that a
 * peer's has.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FACTS, readReport } from './compare-facts.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PEERS = ['jest-junit@17.0.0', 'mocha-junit-reporter@2.2.1', 'mocha@11.7.5']
const PAGE = join(ROOT, 'docs', 'renderers.md')
const MARK = /(<!-- table -->\n)[\s\S]*(<!-- end of table -->)/

const lab = mkdtempSync(join(tmpdir(), 'jux-compare-'))
try {
  const table = compare()
  console.log(table.text)
  if (process.argv.includes('--write')) {
    writeFileSync(
      PAGE,
      readFileSync(PAGE, 'utf8').replace(MARK, (_, start, end) => `${start}${table.text}\n${end}`),
    )
  }
  if (table.missing.length > 0) {
    console.error(`missing in our report: ${table.missing.join('; ')}`)
    process.exitCode = 1
  }
} finally {
  rmSync(lab, { recursive: true, force: true })
}

function compare() {
  const modules = installPeers()
  const vitest = runVitest(modules)
  const jest = runJest(modules)
  const mocha = runMocha(modules)
  const columns = [
    { name: 'jux-reporter on Vitest', ours: true, runner: 'vitest', report: vitest.ours },
    { name: `vitest junit ${versionOf(join(ROOT, 'node_modules'), 'vitest')}`, runner: 'vitest', report: vitest.peer },
    { name: 'jux-reporter on Jest', ours: true, runner: 'jest', report: jest.ours },
    { name: `jest-junit ${versionOf(modules, 'jest-junit')}`, runner: 'jest', report: jest.peer },
    { name: `mocha-junit-reporter ${versionOf(modules, 'mocha-junit-reporter')}`, runner: 'mocha', report: mocha.peer },
  ]
  const rows = FACTS.map((fact) => ({
    name: fact.name,
    cells: columns.map((column) => (fact.runners.includes(column.runner) ? holds(fact, column) : undefined)),
  }))
  const missing = rows.flatMap(({ name, cells }) =>
    columns.flatMap((column, index) => {
      if (!column.ours || cells[index] !== false) return []
      // Compared with the peer on the same runner, and with the peer of Mocha, for which we have no reporter.
      const peers = columns.filter(
        (peer, at) => !peer.ours && cells[at] && [column.runner, 'mocha'].includes(peer.runner),
      )
      return peers.map((peer) => `${name} (${column.runner}; ${peer.name} has it)`)
    }),
  )
  const line = (cells) => `| ${cells.join(' | ')} |`
  const text = [
    line(['fact', ...columns.map(({ name }) => name)]),
    line(columns.map(() => '---').concat('---')),
    ...rows.map(({ name, cells }) =>
      line([name, ...cells.map((cell) => (cell === undefined ? '·' : cell ? 'yes' : 'no'))]),
    ),
  ].join('\n')
  return { text, missing }
}

function holds(fact, { report, name }) {
  if (Array.isArray(report)) return report.some((one) => holds(fact, { report: one, name }))
  try {
    return Boolean(fact.holds(report))
  } catch (error) {
    if (process.env.JUX_DEBUG === '1') console.error(`${name}: ${fact.name}: ${error.message}`)
    return false
  }
}

function installPeers() {
  writeFileSync(join(lab, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...PEERS], {
    cwd: lab,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const modules = join(lab, 'node_modules')
  for (const runner of ['vitest', 'jest']) symlinkSync(join(ROOT, 'node_modules', runner), join(modules, runner))
  symlinkSync(ROOT, join(modules, 'jux-reporter'))
  return modules
}

function runVitest(modules) {
  const run = (folder, include, name) => {
    const peer = join(folder, `${name}.xml`)
    const junit = [
      'junit',
      {
        outputFile: peer,
        includeConsoleOutput: true,
        addFileAttribute: true,
        stackTrace: true,
        suiteName: 'word-run-name',
      },
    ]
    start(folder, [join(modules, 'vitest', 'vitest.mjs'), 'run'], include, [
      ['jux-reporter/vitest', ourOptions(name)],
      junit,
    ])
    return { ours: ownReport(folder, name), peer }
  }
  return reports('vitest', (folder) => [run(folder, '*.test.js', 'main'), run(folder, '*.spec.js', 'hostile')])
}

function runJest(modules) {
  const run = (folder, include, name) => {
    const options = {
      ...{ outputDirectory: folder, outputName: `${name}.xml`, suiteName: 'word-run-name', addFileAttribute: 'true' },
      ...{ includeConsoleOutput: 'true', reportTestSuiteErrors: 'true', ancestorSeparator: ' > ' },
      ...{ testCasePropertiesFile: 'junitTestCaseProperties.js', testCasePropertiesDirectory: folder },
      ...{ testSuitePropertiesFile: 'junitProperties.js', testSuitePropertiesDirectory: folder },
    }
    start(folder, [join(modules, 'jest', 'bin', 'jest.js')], include, [
      ['jux-reporter/jest', ourOptions(name)],
      ['jest-junit', options],
    ])
    return { ours: ownReport(folder, name), peer: join(folder, `${name}.xml`) }
  }
  return reports('jest', (folder) => [run(folder, '**/*.test.js', 'main'), run(folder, '**/*.spec.js', 'hostile')])
}

// Its mode for Ant leaves out some facts and adds others, so a fact in either mode counts.
function runMocha(modules) {
  const mocha = [join(modules, 'mocha', 'bin', 'mocha.js'), '--reporter', join(modules, 'mocha-junit-reporter')]
  const run = (folder, include, name, antMode) => {
    const peer = join(folder, `${name}.xml`)
    const options = {
      mochaFile: peer,
      attachments: true,
      outputs: true,
      includePending: true,
      testsuitesTitle: 'word-run-name',
    }
    const ant = antMode ? { antMode, antHostname: 'word-host' } : {}
    const flags = Object.entries({ ...options, ...ant, useFullSuiteTitle: true }).map(
      ([key, value]) => `${key}=${value}`,
    )
    const files = readdirSync(folder).filter((file) => file.endsWith(include))
    start(folder, [...mocha, '--reporter-options', flags.join(','), ...files], include, [], {
      PROPERTIES: 'of-suite:word-suite-property',
    })
    return { ours: undefined, peer }
  }
  const inMode = (antMode) =>
    reports('mocha', (folder) => [
      run(folder, '.test.js', 'main', antMode),
      run(folder, 'hostile.spec.js', 'hostile', antMode),
    ]).peer
  return { peer: [inMode(false), inMode(true)] }
}

function ourOptions(name) {
  return {
    storagePath: `.jux-${name}`,
    keyPath: 'key.pem',
    project: 'word-run-name',
    properties: { 'of-suite': 'word-suite-property' },
  }
}

/** Runs a project in a fresh copy and reads both reports of both runs. */
function reports(runner, runs) {
  const folder = mkdtempSync(join(lab, `${runner}-`))
  cpSync(join(ROOT, 'fixtures', 'projects', 'everything', runner), folder, { recursive: true })
  mkdirSync(join(folder, 'home'))
  execFileSync(process.execPath, [join(ROOT, 'dist', 'cli', 'bin.js'), 'keygen', '--output', join(folder, 'key.pem')], {
    stdio: 'ignore',
  })
  const before = new Date()
  const [main, hostile] = runs(folder)
  const clock = join(folder, 'clock')
  const context = {
    before,
    began: new Date(Number(readFileSync(clock, 'utf8'))),
    source: readFileSync(join(folder, 'main.test.js'), 'utf8'),
  }
  const read = (which) => readReport({ main: text(main[which]), hostile: text(hostile[which]), ...context })
  return { ours: read('ours'), peer: read('peer') }
}

function start(folder, args, include, reporters, env = {}) {
  const home = join(folder, 'home')
  spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    stdio: process.env.JUX_DEBUG === '1' ? 'inherit' : 'ignore',
    env: {
      ...{ PATH: process.env.PATH, CI: '1', NO_COLOR: '1', HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
      ...{
        COMPARE_REPORTERS: JSON.stringify(reporters),
        COMPARE_INCLUDE: include,
        COMPARE_CLOCK: join(folder, 'clock'),
      },
      ...env,
    },
  })
}

function ownReport(folder, name) {
  const store = join(folder, `.jux-${name}`, 'reports')
  const [file] = existsSync(store) ? readdirSync(store).filter((entry) => entry.endsWith('.xml')) : []
  return file === undefined ? undefined : join(store, file)
}

function text(path) {
  return path !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function versionOf(modules, name) {
  return JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8')).version
}
