/**
 * Creates a folder with a report of several results, signed and attested.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CliResult, runJux } from './cli.js'
import { temporaryFolder } from './folders.js'

/** Two tests passed, one of them at its second attempt, one was skipped. */
export const MIXED_REPORT = `<testsuites name="shop"><testsuite name="cart"><properties><property name="jux:outcome" value="passed"/><property name="ci:build_url" value="https://ci.example/runs/7"/><property name="git:commit" value="${'a'.repeat(40)}"/><property name="git:status" value="clean"/></properties><testcase classname="cart" name="adds"/><testcase classname="cart" name="removes"><flakyFailure message="once"/></testcase><testcase classname="cart" name="saves"><skipped/></testcase></testsuite></testsuites>`

/** The report with a failure. */
export const FAILED_REPORT = MIXED_REPORT.replace('name="adds"/>', 'name="adds"><failure message="no"/></testcase>')

/** A folder with keys, and the command in it. */
export interface AttestScene {
  readonly cwd: string
  readonly path: (name: string) => string
  readonly jux: (...argv: string[]) => Promise<CliResult>
  readonly read: (name: string) => string
  readonly json: (name: string) => unknown
}

/** `report.xml` is signed with `key.pem`, and attested by it in `report.sigstore.json`. */
export async function attestScene(
  report = MIXED_REPORT,
  keyFlags: readonly string[] = ['--type', 'ecdsa'],
  cwd = temporaryFolder(),
): Promise<AttestScene> {
  const path = (name: string) => join(cwd, name)
  const jux = (...argv: string[]) => runJux(argv, { system: { cwd } })
  const read = (name: string) => readFileSync(path(name), 'utf8')
  await jux('keygen', ...keyFlags, '--cert', '--output', 'key.pem', '--subject', 'CN=Ann')
  await jux('keygen', '--type', 'ecdsa', '--output', 'other.pem')
  writeFileSync(path('plain.xml'), report)
  await jux('sign', 'plain.xml', '--key', 'key.pem', '--output', 'report.xml')
  const attested = await jux('attest', 'report.xml', '--key', 'key.pem')
  if (attested.code !== 0) throw new Error(attested.err)
  return { cwd, path, jux, read, json: (name) => JSON.parse(read(name)) }
}
