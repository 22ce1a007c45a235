/**
 * Reads what a gate decides on: the policy, its keys, waivers and baselines. Paths in a policy are relative to it.
 *
 * @module
 */
import type { X509Certificate } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { errnoOf, JuxError, shellWord, toJuxError } from '../../errors.js'
import { MAX_POLICY_BYTES, type Policy, type PolicyKeys, parsePolicy } from '../../gate/policy.js'
import type { GateInput } from '../../gate/rule.js'
import { MAX_WAIVER_BYTES, type RefusedWaiver, readWaiver, type Waiver } from '../../gate/waivers.js'
import { NotAFileError, readInputFile } from '../../input-file.js'
import { expandPath } from '../../sign/key-files.js'
import { loadTrust } from '../../sign/trust.js'
import type { TrustedKeys } from '../../sign/trust-types.js'
import { sha256Of } from '../../xml/digest.js'
import type { CliContext } from '../command.js'

/** Longest file that is released, in bytes: it is read into memory. */
const MAX_SUBJECT_BYTES = 2 * 1024 * 1024 * 1024 - 2

/** A policy with its keys. */
export interface LoadedPolicy {
  readonly policy: Policy
  /** As named on the command line. */
  readonly file: string
  /** SHA-256 of its bytes, lower-case hex. */
  readonly sha256: string
  readonly trust: TrustedKeys
  /** By project. */
  readonly projectTrust: ReadonlyMap<string, TrustedKeys>
  readonly approvers: TrustedKeys | undefined
  /** Who signs decisions that a baseline may be. */
  readonly deciders: TrustedKeys | undefined
  /** Authorities whose time stamps are trusted. */
  readonly timestampAuthorities: readonly X509Certificate[] | undefined
}

/** What a decision is made of: everything read and verified, but nothing decided. */
export interface GateMaterials {
  readonly loaded: LoadedPolicy
  readonly input: GateInput
}

/**
 * Reads a policy and the keys that it names.
 *
 * @throws {JuxError} `POLICY_NOT_FOUND`, `POLICY_INVALID`, and as `loadTrust`
 */
export async function loadPolicy(file: string, { system }: CliContext): Promise<LoadedPolicy> {
  const path = expandPath(file, system)
  const bytes = await readPolicyFile(path, file)
  const policy = parsePolicy(bytes, file)
  const load = ({ publicKeys, certificates, authorities, folders }: PolicyKeys) => {
    const placed = (paths: readonly string[] = []) => paths.map((one) => besides(path, one))
    return loadTrust(
      {
        publicKeys: placed(publicKeys),
        certs: placed(certificates),
        ca: placed(authorities),
        directories: placed(folders),
      },
      system,
    )
  }
  const { publicKeys, certificates, authorities, folders, projects = {}, timestampAuthorities: stamps } = policy.trust
  const projectTrust = new Map<string, TrustedKeys>()
  for (const [project, keys] of Object.entries(projects)) projectTrust.set(project, await load(keys))
  return {
    policy,
    file,
    sha256: sha256Of(bytes),
    trust: await load({ publicKeys, certificates, authorities, folders }),
    projectTrust,
    approvers: policy.waivers && (await load(policy.waivers.approvers)),
    deciders: policy.baseline?.deciders && (await load(policy.baseline.deciders)),
    timestampAuthorities: stamps && (await load({ authorities: stamps })).authorities,
  }
}

/** Reads the waivers of a policy. */
export async function readWaivers(
  { policy, file, approvers }: LoadedPolicy,
  at: Date,
  { system }: CliContext,
): Promise<{ readonly waivers: readonly Waiver[]; readonly refused: readonly RefusedWaiver[] }> {
  if (policy.waivers === undefined || approvers === undefined) return { waivers: [], refused: [] }
  const paths = policy.waivers.files.flatMap((one) => waiverPaths(besides(expandPath(file, system), one)))
  return readWaiverFiles(paths, approvers, at)
}

/** Reads waivers. Files that are no waivers of an approver are refused, each with its error. */
export async function readWaiverFiles(
  paths: readonly string[],
  approvers: TrustedKeys,
  at: Date,
): Promise<{ readonly waivers: readonly Waiver[]; readonly refused: readonly RefusedWaiver[] }> {
  const waivers: Waiver[] = []
  const refused: RefusedWaiver[] = []
  for (const path of paths) {
    const name = basename(path)
    try {
      const bytes = await readWaiverFile(path)
      waivers.push(readWaiver({ name, path, bytes, sha256: sha256Of(bytes) }, approvers, at))
    } catch (thrown) {
      refused.push({ name, error: toJuxError(thrown) })
    }
  }
  return { waivers, refused }
}

/**
 * Reads the bytes of a waiver.
 *
 * @throws {JuxError} if it cannot be read, or is too long
 */
export function readWaiverFile(path: string): Promise<Buffer> {
  return readFileOf(path, path, MAX_WAIVER_BYTES, 'waiver')
}

/**
 * Reads a file that is released.
 *
 * @throws {JuxError} if it cannot be read, or has 2 GiB or more
 */
export function readSubject(name: string, { system }: CliContext): Promise<Buffer> {
  return readFileOf(expandPath(name, system), name, MAX_SUBJECT_BYTES, 'subject')
}

/** The waivers at a path: the file itself, or every `.waiver.json` file in the folder. */
export function waiverPaths(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path]
  return readdirSync(path)
    .filter((name) => name.endsWith('.waiver.json'))
    .sort()
    .map((name) => join(path, name))
}

/** A path of a policy: relative to it. */
export function besides(policyPath: string, path: string): string {
  return isAbsolute(path) || path.startsWith('~') ? path : resolve(dirname(policyPath), path)
}

async function readPolicyFile(path: string, name: string): Promise<Buffer> {
  try {
    return await readFileOf(path, name, MAX_POLICY_BYTES, 'policy')
  } catch (error) {
    if (errnoOf(error instanceof JuxError ? error.cause : error) !== 'ENOENT') throw error
    throw new JuxError('POLICY_NOT_FOUND', {
      message: `there is no policy at ${name}`,
      suggestions: [`npx jux policy init --output ${shellWord(name)}`],
      cause: error,
    })
  }
}

/**
 * Reads a file that a user or a policy names.
 *
 * @param noun what it is, for messages
 */
export async function readFileOf(path: string, name: string, limitBytes: number, noun: string): Promise<Buffer> {
  try {
    const { bytes } = await readInputFile(path, limitBytes + 1)
    if (bytes.length <= limitBytes) return bytes
  } catch (cause) {
    const errno = errnoOf(cause)
    const why = cause instanceof NotAFileError ? `it is ${cause.message}` : (errno ?? 'unknown error')
    throw new JuxError(errno === 'EACCES' ? 'FILE_PERMISSION_DENIED' : 'FILE_NOT_FOUND', {
      message: `cannot read the ${noun} ${name}: ${errno === 'ENOENT' ? 'no such file' : why}`,
      suggestions: [`ls -l ${shellWord(name)}`],
      cause,
    })
  }
  throw new JuxError('OPERATION_FAILED', { message: `the ${noun} ${name} has more than ${limitBytes} bytes` })
}

/**
 * Reads a file that need not exist.
 *
 * @returns `undefined` if it does not exist
 */
export async function readIfThere(
  name: string,
  limitBytes: number,
  noun: string,
  { system }: CliContext,
): Promise<Uint8Array | undefined> {
  try {
    return await readFileOf(expandPath(name, system), name, limitBytes, noun)
  } catch (error) {
    if (error instanceof JuxError && errnoOf(error.cause) === 'ENOENT') return undefined
    throw error
  }
}
