/**
 * The other implementations: how each is found, made to sign and made to verify.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, verify as verifyBytes, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { C14nCanonicalization, SignedXml } from 'xml-crypto'
import { CANONICALIZATION_URIS, DIGEST_URIS, signatureMethod } from '../../src/sign/algorithms.js'
import type { DigestName } from '../../src/xml/digest.js'
import { hasTool } from '../support/tools.js'
import type { Identity } from './reports.js'

/** One report to be signed, or already signed. */
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
  /** What was wrong with each job; `undefined` for an accepted one. */
  verify(jobs: readonly Job[]): (string | undefined)[]
  sign?(jobs: readonly SigningJob[]): (string | undefined)[]
}

const HERE = fileURLToPath(new URL('./', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Where public keys and job lists go. */
const WORK = mkdtempSync(join(tmpdir(), 'jux-peers-'))

/** xmlsec1: one process a file. */
export function findXmlsec(): Peer | undefined {
  if (!hasTool('xmlsec1')) return undefined
  return {
    name: 'xmlsec1',
    version: run('xmlsec1', ['--version']).trim(),
    verify: (jobs) =>
      jobs.map(({ file, identity }) =>
        failureOf(() => run('xmlsec1', ['--verify', '--pubkey-pem', keyFile(identity), file])),
      ),
    sign: (jobs) => jobs.map((job) => failureOf(() => signWithXmlsec(job))),
  }
}

/** The JDK's javax.xml.crypto: all files in one virtual machine. */
export function findJdk(): Peer | undefined {
  if (!hasTool('javac') || !hasTool('java')) return undefined
  const java = compileJdkPeer()
  const answers = (lines: readonly string[]) => java(lines).map(({ answer }) => (answer === 'ok' ? undefined : answer))
  return {
    name: 'JDK',
    version: run('javac', ['-version']).trim(),
    verify: (jobs) =>
      answers(jobs.map(({ file, identity }) => ['verify', file, jdkFamily(identity), spki(identity)].join('\t'))),
    sign: (jobs) => answers(jobs.map(jdkSigningLine)),
  }
}

/** signxml, and juxlib where it can be had, in a virtual environment that is made when it is missing. */
export function findSignxml(): Peer | undefined {
  const python = findPython()
  if (python === undefined) return undefined
  const ask = (jobs: readonly object[]): { ok: boolean; error?: string; hash?: string }[] =>
    python.ask(jobs.map((job) => JSON.stringify(job))).map((line) => JSON.parse(line))
  const certificate = (job: Job) => (job.withCertificate ? job.identity.certificatePem : null)
  return {
    name: 'signxml',
    version: python.version,
    verify: (jobs) =>
      ask(jobs.map((job) => ({ do: 'verify', file: job.file, certificate: certificate(job) }))).map(
        ({ error }) => error,
      ),
    sign: (jobs) =>
      ask(
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

/** Content hashes as juxlib computes them (lxml where juxlib cannot be had); `undefined` without Python. */
export function pythonHashes(files: readonly string[]): string[] | undefined {
  const lines = findPython()?.ask(files.map((file) => JSON.stringify({ do: 'hash', file })))
  return lines?.map((line) => JSON.parse(line)).map(({ hash, error }) => hash ?? `error: ${error}`)
}

/** xml-crypto as its README uses it. What it does not know is registered: ECDSA, SHA-384, Canonical XML 1.1. */
export function xmlCrypto(): Peer {
  return {
    name: 'xml-crypto',
    version: JSON.parse(readFileSync(join(ROOT, 'node_modules/xml-crypto/package.json'), 'utf8')).version,
    verify: (jobs) => jobs.map((job) => failureOf(() => verifyWithXmlCrypto(job))),
  }
}

/** Whether xml-crypto verifies this one without anything registered. */
export function isPlain({ identity, digest, canonicalization }: Job): boolean {
  return identity.kind === 'rsa' && digest !== 'sha384' && canonicalization === 'exclusive'
}

function verifyWithXmlCrypto(job: Job): void {
  const xml = readFileSync(job.file, 'utf8')
  const signature = xml.slice(xml.lastIndexOf('<ds:Signature '), xml.lastIndexOf('</ds:Signature>') + 15)
  const publicPem = job.identity.pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const signed = new SignedXml({ publicCert: publicPem })
  if (!isPlain(job)) register(signed, job)
  signed.loadSignature(signature)
  if (!signed.checkSignature(xml)) throw new Error('refused')
}

function register(signed: SignedXml, { identity, digest }: Job): void {
  const method = signatureMethod(identity.kind === 'rsa' ? 'rsa' : 'ecdsa', digest)
  const key = { key: identity.pair.publicKey, dsaEncoding: 'ieee-p1363' as const }
  signed.CanonicalizationAlgorithms[CANONICALIZATION_URIS.c14n11] = class extends C14nCanonicalization {
    override getAlgorithmName = () => CANONICALIZATION_URIS.c14n11
  }
  signed.HashAlgorithms[DIGEST_URIS[digest]] = class {
    getAlgorithmName = () => DIGEST_URIS[digest]
    getHash = (xml: string) => createHash(digest).update(xml).digest('base64')
  }
  signed.SignatureAlgorithms[method.uri] = class {
    getAlgorithmName = () => method.uri
    getSignature = () => ''
    verifySignature = (material: string, _: unknown, value: string) =>
      verifyBytes(digest, Buffer.from(material), key, Buffer.from(value, 'base64'))
  }
}

function signWithXmlsec({ file, output, identity, withCertificate, ...job }: SigningJob): void {
  const p = job.prefix === '' ? '' : `${job.prefix}:`
  const c14n = CANONICALIZATION_URIS[job.canonicalization]
  const method = signatureMethod(identity.kind === 'rsa' ? 'rsa' : 'ecdsa', job.digest)
  const template =
    `<${p}Signature xmlns${job.prefix === '' ? '' : `:${job.prefix}`}="http://www.w3.org/2000/09/xmldsig#">` +
    `<${p}SignedInfo><${p}CanonicalizationMethod Algorithm="${c14n}"/><${p}SignatureMethod Algorithm="${method.uri}"/>` +
    `<${p}Reference URI=""><${p}Transforms>` +
    `<${p}Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><${p}Transform Algorithm="${c14n}"/>` +
    `</${p}Transforms><${p}DigestMethod Algorithm="${DIGEST_URIS[job.digest]}"/><${p}DigestValue/></${p}Reference>` +
    `</${p}SignedInfo><${p}SignatureValue/><${p}KeyInfo>` +
    `${withCertificate ? `<${p}X509Data/>` : `<${p}KeyValue/>`}</${p}KeyInfo></${p}Signature>`
  const xml = readFileSync(file, 'utf8')
  const at = job.place === 'first' ? xml.indexOf('>', xml.search(/<[^?!]/)) + 1 : xml.lastIndexOf('</')
  writeFileSync(`${output}.template`, xml.slice(0, at) + template + xml.slice(at))
  const keys = [privateFile(identity), ...(withCertificate ? [certificateFile(identity)] : [])].join(',')
  run('xmlsec1', ['--sign', '--privkey-pem', keys, '--output', output, `${output}.template`])
}

function jdkSigningLine(job: SigningJob): string {
  const { identity } = job
  const method = signatureMethod(identity.kind === 'rsa' ? 'rsa' : 'ecdsa', job.digest)
  return [
    'sign',
    job.file,
    jdkFamily(identity),
    identity.pair.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    spki(identity),
    job.output,
    method.uri,
    DIGEST_URIS[job.digest],
    CANONICALIZATION_URIS[job.canonicalization],
    job.prefix === '' ? '-' : job.prefix,
    job.place,
    job.withCertificate ? new X509Certificate(identity.certificatePem).raw.toString('base64') : '-',
  ].join('\t')
}

/** Compiles the Java program into a temporary folder; the result runs a list of jobs. */
export function compileJdkPeer(): (lines: readonly string[]) => { answer: string; ms: number }[] {
  run('javac', ['-d', WORK, join(HERE, 'JdkPeer.java')])
  return (lines) => {
    const list = join(WORK, 'jobs.tsv')
    writeFileSync(list, lines.join('\n'))
    const answers = run('java', ['-cp', WORK, 'JdkPeer', list]).trimEnd().split('\n')
    return answers.map((line) => {
      const [answer = '', ms = '0'] = line.split('\t')
      return { answer, ms: Number(ms) }
    })
  }
}

interface Python {
  readonly version: string
  readonly hasJuxlib: boolean
  ask(lines: readonly string[]): string[]
}

let python: Python | undefined | null = null

function findPython(): Python | undefined {
  if (python === null) python = startPython()
  return python
}

function startPython(): Python | undefined {
  const environment = process.env.JUX_INTEROP_VENV ?? join(ROOT, '.interop/venv')
  const program = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const script = join(HERE, 'signxml_peer.py')
  try {
    if (!existsSync(program)) createEnvironment(environment, program)
    const version = run(program, [script, '--version']).trim()
    return {
      version,
      hasJuxlib: version.includes('py-juxlib'),
      ask: (lines) => (lines.length === 0 ? [] : run(program, [script], lines.join('\n')).trimEnd().split('\n')),
    }
  } catch (cause) {
    if (process.env.JUX_REQUIRE_TOOLS === '1') throw new Error('signxml is required and cannot be had', { cause })
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
    console.log('did not run: py-juxlib not found; signxml alone stands in for it')
  }
}

function run(command: string, args: readonly string[], input?: string): string {
  const options = { input, stdio: ['pipe', 'pipe', 'pipe'] as const, maxBuffer: 256 * 1024 * 1024, timeout: 900_000 }
  return execFileSync(command, [...args], { ...options, stdio: [...options.stdio], encoding: 'utf8' })
}

function failureOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    return `${error instanceof Error ? error.message : error} ${stderr}`.trim()
  }
}

function keyFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.pub`, () =>
    createPublicKey(identity.pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
      .export({ type: 'spki', format: 'pem' })
      .toString(),
  )
}

function privateFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.pem`, () => identity.privatePem)
}

function certificateFile(identity: Identity): string {
  return once(`${fingerprint(identity)}.crt`, () => identity.certificatePem)
}

function once(name: string, text: () => string): string {
  const path = join(WORK, name)
  if (!existsSync(path)) writeFileSync(path, text(), { mode: 0o600 })
  return path
}

function fingerprint(identity: Identity): string {
  return createHash('sha256').update(spki(identity)).digest('hex').slice(0, 16)
}

function spki(identity: Identity): string {
  return identity.pair.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
}

function jdkFamily(identity: Identity): string {
  return identity.kind === 'rsa' ? 'RSA' : 'EC'
}
