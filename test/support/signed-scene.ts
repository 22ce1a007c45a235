/**
 * Creates a folder with a signed report.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CliResult, runJux } from './cli.js'
import { temporaryFolder } from './folders.js'

/** An unsigned report. */
export const REPORT = '<testsuites name="n"><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'

/** Creates a folder with a key, its certificate and a signed report, `good.xml`. */
export async function signedScene(): Promise<{ cwd: string; jux: (...argv: string[]) => Promise<CliResult> }> {
  const cwd = temporaryFolder()
  const jux = (...argv: string[]) => runJux(argv, { system: { cwd } })
  await jux('keygen', '--type', 'ecdsa', '--cert', '--output', 'key.pem', '--subject', 'CN=Ann')
  writeFileSync(join(cwd, 'report.xml'), REPORT)
  await jux('sign', 'report.xml', '--key', 'key.pem', '--output', 'good.xml')
  writeFileSync(join(cwd, 'bad.xml'), readFileSync(join(cwd, 'good.xml'), 'utf8').replace('"t"', '"u"'))
  return { cwd, jux }
}
