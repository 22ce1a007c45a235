/**
 * signxml, and juxlib where pip can install it, in a virtual environment that is created if it is missing.
 *
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CANONICALIZATION_URIS } from '../../src/sign/algorithms.js'
import { type Job, type Peer, run } from './peer.js'

const SCRIPT = fileURLToPath(new URL('./signxml_peer.py', import.meta.url))
const DEFAULT_ENVIRONMENT = fileURLToPath(new URL('../../.interop/venv', import.meta.url))

/** signxml as a peer. */
export function findSignxml(): Peer | undefined {
  const python = findPython()
  if (python === undefined) return undefined
  const runJobs = (jobs: readonly object[]): { ok: boolean; error?: string; hash?: string }[] =>
    python.run(jobs.map((job) => JSON.stringify(job))).map((line) => JSON.parse(line))
  const certificate = (job: Job) => (job.withCertificate ? job.identity.certificatePem : null)
  return {
    name: 'signxml',
    version: python.version,
    verify: (jobs) =>
      runJobs(jobs.map((job) => ({ do: 'verify', file: job.file, certificate: certificate(job) }))).map(
        ({ error }) => error,
      ),
    sign: (jobs) =>
      runJobs(
        jobs.map((job, index) => ({
          do: 'sign',
          file: job.file,
          output: job.output,
          key: job.identity.privatePem,
          certificate: certificate(job),
          by: index % 2 === 0 && python.hasJuxlib ? 'juxlib' : 'signxml',
          digest: job.digest,
          c14n: CANONICALIZATION_URIS[job.canonicalization],
        })),
      ).map(({ error }) => error),
  }
}

/** Content hashes computed by juxlib, or by lxml where pip cannot install juxlib; `undefined` without Python. */
export function pythonHashes(files: readonly string[]): string[] | undefined {
  const lines = findPython()?.run(files.map((file) => JSON.stringify({ do: 'hash', file })))
  return lines?.map((line) => JSON.parse(line)).map(({ hash, error }) => hash ?? `error: ${error}`)
}

interface Python {
  readonly version: string
  readonly hasJuxlib: boolean
  run(lines: readonly string[]): string[]
}

let python: Python | undefined | null = null

function findPython(): Python | undefined {
  if (python === null) python = startPython()
  return python
}

function startPython(): Python | undefined {
  const environment = process.env.JUX_INTEROP_VENV ?? DEFAULT_ENVIRONMENT
  const program = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  try {
    if (!existsSync(program)) createEnvironment(environment, program)
    const version = run(program, [SCRIPT, '--version']).trim()
    return {
      version,
      hasJuxlib: version.includes('py-juxlib'),
      run: (lines) => (lines.length === 0 ? [] : run(program, [SCRIPT], lines.join('\n')).trimEnd().split('\n')),
    }
  } catch (cause) {
    if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error('signxml is required and cannot be installed', { cause })
    console.log('did not run: signxml not found (python3 with venv, and a package index that pip can reach)')
    return undefined
  }
}

function createEnvironment(folder: string, program: string): void {
  mkdirSync(folder, { recursive: true })
  run('python3', ['-m', 'venv', folder])
  run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'signxml==5.2.0'])
  try {
    run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'py-juxlib==0.3.4'])
  } catch {
    console.log('did not run: py-juxlib not found; only signxml is used')
  }
}
