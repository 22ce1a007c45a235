/**
 * The JDK's javax.xml.crypto, called by JdkPeer.java.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CANONICALIZATION_URIS, DIGEST_URIS, signatureMethod } from '../../src/sign/algorithms.js'
import { hasTool } from '../support/tools.js'
import { jdkFamily, type Peer, run, type SigningJob, spki, WORK } from './peer.js'

const PROGRAM = fileURLToPath(new URL('./JdkPeer.java', import.meta.url))

/** The JDK's javax.xml.crypto: one virtual machine for all files. */
export function findJdk(): Peer | undefined {
  if (!hasTool('javac') || !hasTool('java')) return undefined
  const java = compileJdkPeer()
  const problems = (lines: readonly string[]) => java(lines).map(({ result }) => (result === 'ok' ? undefined : result))
  return {
    name: 'JDK',
    version: run('javac', ['-version']).trim().replace('javac ', ''),
    verify: (jobs) =>
      problems(jobs.map(({ file, identity }) => ['verify', file, jdkFamily(identity), spki(identity)].join('\t'))),
    sign: (jobs) => problems(jobs.map(jdkSigningLine)),
  }
}

/** Compiles the Java program into a temporary folder; returns a function that runs a list of jobs. */
function compileJdkPeer(): (lines: readonly string[]) => { result: string; ms: number }[] {
  run('javac', ['-d', WORK, PROGRAM])
  return (lines) => {
    const list = join(WORK, 'jobs.tsv')
    writeFileSync(list, lines.join('\n'))
    const results = run('java', ['-cp', WORK, 'JdkPeer', list]).trimEnd().split('\n')
    return results.map((line) => {
      const [result = '', ms = '0'] = line.split('\t')
      return { result, ms: Number(ms) }
    })
  }
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
