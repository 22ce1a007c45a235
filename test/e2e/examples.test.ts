import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { describeProgram } from '../../src/cli/main.js'
import type { CommandDescription } from '../../src/cli/manual.js'
import { contentHash } from '../../src/xml/canonical.js'
import { runJux } from '../support/cli.js'
import { sharedFolder, temporaryFolder } from '../support/folders.js'
import { hasTool } from '../support/tools.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const REPORT = '<testsuites><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'
const HASH = contentHash(Buffer.from(REPORT))
const FILES = {
  'package.json': '{"name":"shop","scripts":{"test":"vitest run"}}',
  'report.xml': REPORT,
  'results.xml': REPORT,
  'target/surefire-reports/TEST-shop.xml': REPORT,
  'reports/.keep': '',
  'team-keys/.keep': '',
  '.jux.conf': '[jux]\nproject = shop\n',
  'a.test.js': "it('passes', () => {})\n",
  'vitest.config.js': "module.exports = { test: { globals: true, reporters: ['jux-reporter/vitest'] } }\n",
  'jest.config.js': "module.exports = { reporters: ['jux-reporter/jest'] }\n",
}

/** A policy for these reports. */
const POLICY = { version: 1, trust: { publicKeys: ['key.pub.pem'] }, given: ['git:commit'] }

const all = flatten(await describeProgram()).flatMap(({ path, examples }) =>
  examples.map(({ line }) => ({ path, line })),
)
// One needs an authority for time stamps, and one a server that accepts: test/cli/attest-stamp.test.ts and
// server/test/decision-submission.test.ts have them.
const examples = all.filter(
  ({ line }) => !line.includes('https://tsa.example.com') && !line.includes('publish decision.json'),
)
console.log(`did not run: ${all.length - examples.length} examples, which ask a time-stamping authority or a server`)
const hasZsh = hasTool('zsh')

function flatten(entry: CommandDescription): CommandDescription[] {
  return [entry, ...entry.commands.flatMap(flatten)]
}

const home = sharedFolder()
const whole = sharedFolder()
const bin = join(whole, 'node_modules', '.bin')
const reports = join(home, 'data', 'jux', 'reports')

// A project with all files that the examples name.
beforeAll(async () => {
  for (const folder of [bin, reports, join(home, '.config', 'fish', 'completions')])
    mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(whole, name)), { recursive: true })
    writeFileSync(join(whole, name), text)
  }
  writeFileSync(join(bin, 'jux'), `#!/bin/sh\nexec "${process.execPath}" "${ROOT}dist/cli/bin.js" "$@"\n`)
  chmodSync(join(bin, 'jux'), 0o755)
  // Stands for a program that writes its results into the named file.
  writeFileSync(join(bin, 'pytest'), '#!/bin/sh\ncp report.xml "$(printf %s "$1" | sed s/--junitxml=//)"\n')
  chmodSync(join(bin, 'pytest'), 0o755)
  symlinkSync(ROOT, join(whole, 'node_modules', 'jux-reporter'))
  symlinkSync(join(ROOT, 'node_modules', 'vitest'), join(whole, 'node_modules', 'vitest'))
  symlinkSync(join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), join(bin, 'vitest'))
  symlinkSync(join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'), join(bin, 'jest'))
  writeFileSync(join(reports, `${HASH}.xml`), REPORT)
  const system = { cwd: whole, homeDir: home, now: new Date().toISOString() }
  await runJux(['keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem'], { system })
  for (const key of ['lead.pem', 'release.pem', 'gate.pem'])
    await runJux(['keygen', '--type', 'ecdsa', '--output', key], { system })
  const commit = newRepository(whole)
  for (const [index, outputs] of [
    ['1.xml', 'reports/1.xml'],
    ['2.xml', 'reports/2.xml'],
  ].entries()) {
    writeFileSync(join(whole, 'shard.xml'), shardReport(index + 1, commit))
    for (const output of outputs) {
      await runJux(['sign', 'shard.xml', '--key', 'key.pem', '--cert', 'key.crt', '--output', output], { system })
    }
  }
  await runJux(['sign', 'report.xml', '--key', 'key.pem', '--cert', 'key.crt', '--output', 'signed.xml'], { system })
  cpSync(join(whole, 'key.crt'), join(whole, 'team-keys', 'key.crt'))
  cpSync(join(whole, 'key.pub.pem'), join(whole, 'tests.pub.pem'))
  await runJux(['attest', 'signed.xml', '--key', 'key.pem'], { system })
  writeFileSync(join(whole, 'policy.json'), JSON.stringify(POLICY))
  const waiver = ['--test', 'a', '--reason', 'b', '--owner', 'c', '--expires', '2099-12-31', '--key', 'lead.pem']
  await runJux(['waiver', 'add', ...waiver], { system })
})

/** Makes the folder a repository with one commit. */
function newRepository(cwd: string): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd, encoding: 'utf8' }).trim()
  git('init', '--quiet')
  git('-c', 'user.name=dev', '-c', 'user.email=dev@example.com', 'commit', '--quiet', '--allow-empty', '-m', 'first')
  return git('rev-parse', 'HEAD')
}

/** One of two shards. */
function shardReport(index: number, commit: string): string {
  const facts = {
    ...{ project: 'shop', 'jux:outcome': 'passed', 'jux:runner': 'vitest', 'jux:timestamp': new Date().toISOString() },
    ...{ 'git:commit': commit, 'ci:build_id': '7', pipeline: '7', 'jux:shard': `${index}/2` },
  }
  const rows = Object.entries(facts).map(([name, value]) => `<property name="${name}" value="${value}"/>`)
  return `<testsuites><testsuite name="s${index}"><properties>${rows.join('')}</properties><testcase name="t${index}" classname="c"/></testsuite></testsuites>`
}

const env = {
  PATH: [bin, process.env.PATH].join(':'),
  HOME: home,
  XDG_DATA_HOME: join(home, 'data'),
  XDG_CONFIG_HOME: join(home, '.config'),
  NO_COLOR: '1',
  // No server listens there, so the reports would stay in the queue.
  JUX_API_URL: 'http://127.0.0.1:9',
  JUX_API_MAX_RETRIES: '0',
}

describe('an example of the help, pasted', () => {
  it.each(examples)('exits with 0: $line', ({ line }) => {
    const inZsh = line.includes('completion zsh')
    if (inZsh && !hasZsh) return
    const cwd = temporaryFolder()
    cpSync(whole, cwd, { recursive: true, verbatimSymlinks: true })
    // Files that a line creates must not exist yet; files that it reads have the names of this project.
    const made = /policy init/.test(line) ? 'policy.json' : /(?:keygen.*--output|init --path) (\S+)/.exec(line)?.[1]
    for (const name of made === undefined ? [] : [made, 'key.crt', 'key.pub.pem'])
      rmSync(join(cwd, name), { force: true })
    const here = line.replace('3f9a1c', HASH.slice(0, 6))
    const args = ['-c', inZsh ? `autoload -U compinit; compinit -u -D; ${here}` : here]

    const { status, stderr } = spawnSync(inZsh ? 'zsh' : 'bash', args, { cwd, env, encoding: 'utf8' })

    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('unexpected') })
  })
})
