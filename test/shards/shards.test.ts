/**
 * Real runs of real runners in three shards, and jobs of a matrix, merged by `jux merge`: `npm run test:shards`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { readReport } from '../../src/report/read.js'
import { runJux } from '../support/cli.js'
import { sharedFolder } from '../support/folders.js'
import { type Install, installedRunner, type LabOptions, runProject } from '../support/lab.js'
import { hasTool } from '../support/tools.js'

const COMMIT = '1f2e3d4c5b6a79880716253443526170819a0b1c'
const SHARDS = [['--shard=1/3'], ['--shard=2/3']] as const
const SCHEMAS = process.env.JUX_XSD_DIR

/** The runners that merge shards themselves. */
const MERGING: readonly string[] = ['vitest', 'playwright']

console.log('did not run: the merge of Jest itself (it has none)')

if (SCHEMAS === undefined)
  console.log('did not run: merged reports against the schema of Jenkins (JUX_XSD_DIR is not set)')

/** What CI sets. */
const ENVIRONMENT = { CI: 'true', GITLAB_CI: 'true', CI_PIPELINE_ID: '77', JUX_COMMIT_SHA: COMMIT, JUX_PROJECT: 'shop' }

/** The results of a report, in an order that shards do not change. */
function resultsOf(bytes: Uint8Array) {
  const { summary, cases } = readReport(bytes, { cases: true })
  const { tests, failures, errors, skipped, outcome } = summary
  const names = cases.map(({ classname, name, status }) => `${classname} ${name} ${status}`).sort()
  return { tests, failures, errors, skipped, outcome, names }
}

const shardOf = (text: string) => /name="jux:shard" value="(\d)\/3"/.exec(text)?.[1] ?? 'whole'

describe.each(['vitest', 'jest', 'playwright'] as const)('jux merge of %s', (runner) => {
  const install: Install = installedRunner(runner)
  const folder = sharedFolder()
  const jux = (...argv: string[]) => runJux(argv, { system: { cwd: folder, homeDir: folder } })
  const merge = (name: string, ...argv: string[]) => jux('merge', name, '--key', 'key.pem', ...argv)

  /** Runs the project, and writes its reports to a folder by the number of their shards. */
  async function runTo(name: string, options: LabOptions = {}): Promise<void> {
    mkdirSync(join(folder, name), { recursive: true })
    const reporters = [`jux-reporter/${runner}`]
    const env = { ...ENVIRONMENT, JUX_KEY_PATH: join(folder, 'key.pem'), ...options.env }
    const { reports, stderr } = await runProject(install, 'shards', { reporters, ...options, env })
    if (reports.length === 0) throw new Error(`there is no report\n${stderr}`)
    for (const text of reports) writeFileSync(join(folder, name, `${shardOf(text)}.xml`), text)
  }
  const read = (name: string) => readFileSync(join(folder, name))

  beforeAll(async () => {
    await jux('keygen', '--type', 'ecdsa', '--output', 'key.pem')
    await runTo('shards', { before: SHARDS, args: ['--shard=3/3'] })
    await runTo('unsharded')
  })

  it('has the tests and results of the run without shards', async () => {
    const { code, err } = await merge('shards', '-o', 'm.xml')

    expect([code, err]).toEqual([0, expect.stringContaining('merged 3 reports (shard 1/3, shard 2/3, shard 3/3)')])
    expect(resultsOf(read('m.xml'))).toEqual(resultsOf(read('unsharded/whole.xml')))
    expect(readReport(read('m.xml')).summary).toMatchObject({ tests: 7, failures: 1, skipped: 1, outcome: 'failed' })
    expect((await jux('verify', 'm.xml', '--public-key', 'key.pub.pem')).code).toBe(0)
  })

  it.skipIf(!hasTool('xmlsec1'))('is a signature for xmlsec1', async () => {
    await merge('shards', '-o', 'm.xml')
    const verify = (file: string) =>
      execFileSync('xmlsec1', ['--verify', '--pubkey-pem', join(folder, 'key.pub.pem'), join(folder, file)], {
        stdio: 'pipe',
      })
    writeFileSync(join(folder, 'changed.xml'), read('m.xml').toString().replace('adds nothing', 'adds no thing'))

    expect(() => verify('m.xml')).not.toThrow()
    expect(() => verify('changed.xml')).toThrow(/FAIL/)
  })

  it.skipIf(SCHEMAS === undefined || !hasTool('xmllint'))(
    'is valid for Jenkins, of reports in its dialect',
    async () => {
      await runTo('jenkins', { before: SHARDS, args: ['--shard=3/3'], env: { JUX_DIALECT: 'jenkins' } })
      await merge('jenkins', '-o', 'jenkins.xml')
      const unsigned = read('jenkins.xml')
        .toString()
        .replace(/<ds:Signature .*<\/ds:Signature>/s, '')
      const schema = join(SCHEMAS ?? '', 'junit-10.xsd')

      expect(() =>
        execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], { input: unsigned, stdio: 'pipe' }),
      ).not.toThrow()
    },
  )

  it('refuses shards of which one is missing, there twice, or of another commit', async () => {
    await runTo('others', { before: SHARDS, args: ['--shard=3/3'] })
    const other = { JUX_COMMIT_SHA: 'f'.repeat(40) }
    await runTo('other-commit', { args: ['--shard=2/3'], env: other })
    const refusal = async (...files: string[]) => {
      const { code, err } = await jux('merge', ...files, '--key', 'key.pem', '-o', 'refused.xml')
      return [code, / \(321\) (\S+)/.exec(err)?.[1]]
    }

    expect(await refusal('shards/1.xml', 'shards/3.xml')).toEqual([1, 'shard-missing'])
    expect(await refusal('shards', 'others/2.xml')).toEqual([1, 'shard-doubled'])
    expect(await refusal('shards/1.xml', 'other-commit/2.xml', 'shards/3.xml')).toEqual([1, 'another-commit'])
    writeFileSync(join(folder, 'copy.xml'), read('shards/2.xml'))
    expect(await refusal('shards', 'copy.xml')).toEqual([1, 'same-content'])
  })

  it('merges the jobs of a matrix, whose tests have names of their own', async () => {
    await runTo('linux', { env: { JUX_ENVIRONMENT: 'linux' } })
    await runTo('mac', { env: { JUX_ENVIRONMENT: 'mac' } })

    const { err } = await jux('merge', 'linux', 'mac', '--key', 'key.pem', '-o', 'matrix.xml')
    const { tests, failures, names } = resultsOf(read('matrix.xml'))

    expect(err).toContain('merged 2 reports (linux, mac)')
    expect([tests, failures, new Set(names).size]).toEqual([14, 2, 14])
    expect(names.filter((name) => name.includes('adds nothing'))).toEqual([
      expect.stringMatching(/^\[linux\] .*adds\.test\.js adds nothing passed$/),
      expect.stringMatching(/^\[mac\] .*adds\.test\.js adds nothing passed$/),
    ])
  })

  it.runIf(MERGING.includes(runner))('agrees with the merge of the runner, whose report is no part', async () => {
    const shard = (index: number) => [`--shard=${index}/3`, '--reporter=blob', `--outputFile=.blobs/${index}.json`]
    const options: LabOptions =
      runner === 'playwright'
        ? {
            before: [...SHARDS, ['--shard=3/3']],
            reportersBefore: ['blob'],
            command: 'merge-reports',
            args: ['--config=playwright.config.js', 'blobs'],
          }
        : { before: [1, 2, 3].map(shard), args: ['--merge-reports=.blobs'] }
    await runTo('own', options)
    await merge('shards', '-o', 'm.xml')

    expect(resultsOf(read('own/whole.xml'))).toEqual(resultsOf(read('m.xml')))
    expect(readReport(read('own/whole.xml')).summary.properties).not.toContainEqual({
      name: 'jux:selection',
      value: 'all',
    })
    const { code, err } = await jux('merge', 'own', 'shards/1.xml', '--key', 'key.pem', '-o', 'refused.xml')
    expect([code, err]).toEqual([1, expect.stringContaining('merged-part')])
    rmSync(join(folder, 'own'), { recursive: true })
  })
})
