import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CliResult, runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'

const REPORT =
  "<?xml version='1.0'?>\n<testsuites>\n  <testsuite name='s'><testcase name='t'/></testsuite>\n</testsuites>\n"

async function scene(): Promise<{ cwd: string; jux: (...argv: string[]) => Promise<CliResult> }> {
  const cwd = temporaryFolder()
  const jux = (...argv: string[]) => runJux(argv, { system: { cwd, homeDir: cwd } })
  await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem')
  writeFileSync(join(cwd, 'report.xml'), REPORT)
  return { cwd, jux }
}

describe('jux sign', () => {
  it('prints only the signed report without --output', async () => {
    const { cwd, jux } = await scene()

    const file = await jux('sign', 'report.xml', '--key', 'key.pem', '--cert', 'key.crt')
    const verified = await runJux(['verify', '--cert', 'key.crt'], { system: { cwd }, stdin: file.out })

    expect(file).toMatchObject({ code: 0, err: '' })
    expect(file.out.replace(/<ds:Signature .*<\/ds:Signature>/s, '')).toBe(REPORT)
    expect(file.out).toContain('<ds:X509Certificate>')
    expect(verified.code).toBe(0)
  })

  it('signs the same from a file, from -i and from standard input', async () => {
    const { cwd, jux } = await scene()

    const results = await Promise.all([
      jux('sign', '-i', 'report.xml', '--key', 'key.pem'),
      runJux(['sign', '--key', 'key.pem'], { system: { cwd, homeDir: cwd }, stdin: REPORT }),
      runJux(['sign', '-', '--key', 'key.pem'], { system: { cwd, homeDir: cwd }, stdin: REPORT }),
    ])

    const digests = results.map(({ out }) => /<ds:DigestValue>(.*)<\/ds:DigestValue>/.exec(out)?.[1])
    expect(new Set(digests).size).toBe(1)
    expect(digests[0]).toHaveLength(44)
  })

  it('replaces the input file with --output, and keeps its permissions', async () => {
    const { cwd, jux } = await scene()
    chmodSync(join(cwd, 'report.xml'), 0o640)

    const { code, out } = await jux('sign', 'report.xml', '--key', 'key.pem', '-o', 'report.xml')

    expect([code, out]).toEqual([0, ''])
    expect(readFileSync(join(cwd, 'report.xml'), 'utf8')).toContain('<ds:Signature ')
    expect(statSync(join(cwd, 'report.xml')).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o640)
  })

  it('uses the key in JUX_KEY, unless --key is given', async () => {
    const { cwd, jux } = await scene()
    await jux('keygen', '--type', 'ecdsa', '--curve', 'P-384', '--output', 'other.pem')
    const env = { JUX_KEY: readFileSync(join(cwd, 'other.pem'), 'utf8') }

    const byEnvironment = await runJux(['sign', 'report.xml'], { system: { cwd, homeDir: cwd, env } })
    const byFlag = await runJux(['sign', 'report.xml', '--key', 'key.pem'], { system: { cwd, homeDir: cwd, env } })

    expect(byEnvironment.out).toContain('urn:oid:1.3.132.0.34"')
    expect(byFlag.out).toContain('urn:oid:1.2.840.10045.3.1.7"')
  })

  it('uses the algorithms of --digest and --canonicalization', async () => {
    const { jux } = await scene()

    const flags = ['--digest', 'sha512', '--canonicalization', 'c14n11']
    const { out } = await jux('sign', 'report.xml', '--key', 'key.pem', ...flags)

    expect(out).toContain('ecdsa-sha512"')
    expect(out).toContain('xml-c14n11"')
  })

  it('refuses a signed report, unless --replace is given', async () => {
    const { jux } = await scene()
    await jux('sign', 'report.xml', '--key', 'key.pem', '-o', 'signed.xml')

    const refused = await jux('sign', 'signed.xml', '--key', 'key.pem')
    const replaced = await jux('sign', 'signed.xml', '--key', 'key.pem', '--replace')

    expect(refused).toMatchObject({ code: 1, out: '' })
    expect(refused.err).toContain('--replace')
    expect(replaced.out.match(/<ds:Signature /g)).toHaveLength(1)
  })

  it('writes no file when it fails', async () => {
    const { cwd, jux } = await scene()
    writeFileSync(join(cwd, 'broken.xml'), '<testsuites>')

    const broken = await jux('sign', 'broken.xml', '--key', 'key.pem', '-o', 'out.xml')
    const nowhere = await jux('sign', 'report.xml', '--key', 'key.pem', '-o', 'no/such/out.xml')

    expect(broken.err).toContain('XML_PARSE_ERROR')
    expect(nowhere.err).toContain('DIRECTORY_NOT_FOUND')
    expect(existsSync(join(cwd, 'out.xml'))).toBe(false)
  })

  it.each([
    [[]],
    [['report.xml', '-i', 'report.xml']],
    [['report.xml', '--digest', 'sha1']],
    [['report.xml', '--canonicalization', 'none']],
  ])('exits with 64 for the arguments %j', async (flags) => {
    const { jux } = await scene()

    expect(await jux('sign', ...flags)).toMatchObject({ code: 64, out: '' })
  })

  it('suggests jux keygen when no key is configured', async () => {
    const { jux } = await scene()

    const { code, err } = await jux('sign', 'report.xml')

    expect(code).toBe(1)
    expect(err).toContain('CONFIG_MISSING_REQUIRED')
    expect(err).toContain('jux keygen')
  })
})
