/**
 * The interface of the other implementations.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import type { CANONICALIZATION_URIS } from '../../src/sign/algorithms.js'
import type { DigestName } from '../../src/xml/digest.js'
import { sharedFolder } from '../support/folders.js'
import type { Identity } from './reports.js'

/** One report to sign or to verify. */
export interface Job {
  /** The report to verify, or the unsigned one. */
  readonly file: string
  readonly identity: Identity
  readonly withCertificate: boolean
  readonly digest: DigestName
  readonly canonicalization: keyof typeof CANONICALIZATION_URIS
}

/** A report for another implementation to sign. */
export interface SigningJob extends Job {
  readonly output: string
  readonly prefix: string
  readonly place: 'first' | 'last'
}

/** Another implementation. */
export interface Peer {
  readonly name: string
  readonly version: string
  /** Returns the problem of each job; `undefined` if the report is accepted. */
  verify(jobs: readonly Job[]): (string | undefined)[]
  sign?(jobs: readonly SigningJob[]): (string | undefined)[]
}

/** Folder for keys, job lists and compiled programs. */
export const WORK = sharedFolder()

/** Runs a program and returns its standard output. */
export function run(command: string, args: readonly string[], input?: string): string {
  const options = { input, stdio: ['pipe', 'pipe', 'pipe'] as const, maxBuffer: 256 * 1024 * 1024, timeout: 900_000 }
  return execFileSync(command, [...args], { ...options, stdio: [...options.stdio], encoding: 'utf8' })
}

/** Returns the message of the error that an action throws; `undefined` if it throws none. */
export function failureOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    return `${error instanceof Error ? error.message : error} ${stderr}`.trim()
  }
}

/** The public key as base64 of its DER. */
export function spki(identity: Identity): string {
  return identity.pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
}

/** The JDK's name for the kind of key. */
export function jdkFamily(identity: Identity): string {
  return identity.kind === 'rsa' ? 'RSA' : 'EC'
}
