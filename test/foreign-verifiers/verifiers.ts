/**
 * Verifiers of others: installed outside of this package's own dependencies, and run without a network.
 *
 * @module
 */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../interop/peer.js'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const CACHE = fileURLToPath(new URL('../../.interop/foreign-verifiers', import.meta.url))
const NPM_PACKAGES = ['@sigstore/verify@3.1.1', '@sigstore/bundle@4.0.0']
const PIP_PACKAGES = [
  'securesystemslib==1.6.0',
  'in-toto-attestation==0.9.3',
  'rfc3161-client==1.0.9',
  'cryptography==50.0.2',
]

/** What a verifier says about a job. */
export interface Answer {
  readonly ok: boolean
  readonly error?: string
}

/** A verifier. */
export interface ForeignVerifier {
  readonly version: string
  check(jobs: readonly object[]): readonly Answer[]
}

/** @sigstore/verify from npm; `undefined` with a printed reason where it cannot be installed. */
export const sigstore = start('@sigstore/verify', () => {
  const folder = join(CACHE, 'npm')
  installed(folder, NPM_PACKAGES.join(' '), () => {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }\n')
    run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...NPM_PACKAGES])
  })
  const program = join(folder, 'sigstore_verify.mjs')
  copyFileSync(join(HERE, 'sigstore_verify.mjs'), program)
  return [process.execPath, program]
})

/** securesystemslib and in-toto-attestation from PyPI; `undefined` with a printed reason where they cannot be installed. */
export const python = start('securesystemslib and in-toto-attestation', () => {
  const folder = join(CACHE, 'venv')
  const program = join(folder, 'bin', 'python')
  installed(folder, PIP_PACKAGES.join(' '), () => {
    run('python3', ['-m', 'venv', folder])
    run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PIP_PACKAGES])
  })
  return [program, join(HERE, 'verifiers.py')]
})

function start(name: string, install: () => readonly string[]): ForeignVerifier | undefined {
  try {
    const command = install()
    const version = run(command[0] ?? '', [...command.slice(1), '--version']).trim()
    return {
      version,
      check: (jobs) => {
        const [program = '', ...args] = [...WITHOUT_NETWORK, ...command]
        const lines = run(program, args, jobs.map((job) => `${JSON.stringify(job)}\n`).join(''))
        return lines
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      },
    }
  } catch (cause) {
    if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error(`${name} is required and cannot be installed`, { cause })
    console.log(`did not run: ${name} (npm or pip could not install it)`)
    return undefined
  }
}

function installed(folder: string, packages: string, install: () => void): void {
  const stamp = join(folder, `${Buffer.from(packages).toString('base64url').slice(-40)}.installed`)
  if (existsSync(stamp)) return
  mkdirSync(folder, { recursive: true })
  install()
  writeFileSync(stamp, packages)
}

/** The command that runs another in a network namespace of its own, where the machine allows it. */
const WITHOUT_NETWORK = findUnshare()

/** Whether the verifiers run without a network. */
export const hasNetwork = WITHOUT_NETWORK.length === 0

function findUnshare(): readonly string[] {
  for (const command of [
    ['unshare', '-n'],
    ['unshare', '-r', '-n'],
  ]) {
    try {
      run(command[0] ?? '', [...command.slice(1), 'true'])
      return command
    } catch {
      // Not allowed in this way.
    }
  }
  console.log('the verifiers run with the network: unshare -n is not allowed here')
  return []
}
