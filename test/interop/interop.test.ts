import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import { verifyReport } from '../../src/sign/verify.js'
import { contentHash } from '../../src/xml/canonical.js'
import { sharedFolder } from '../support/folders.js'
import { renderWhole } from '../support/rendering.js'
import { fixedSystem } from '../support/system.js'
import { findJdk } from './jdk.js'
import type { Job, Peer, SigningJob } from './peer.js'
import { findSignxml, pythonHashes } from './python.js'
import { createIdentities, FOREIGN_REPORTS, generateRuns, SIGNING_WAYS } from './reports.js'
import { isPlain, xmlCrypto } from './xml-crypto.js'
import { findXmlsec } from './xmlsec.js'

/** Number of reports that Jux signs, and that all other implementations sign together. */
const OURS = Number(process.env.JUX_INTEROP_OURS ?? 1000)
const THEIRS = Number(process.env.JUX_INTEROP_THEIRS ?? 200)

const folder = sharedFolder()

const HEAD = ['signed by', 'verified by', 'reports', 'refused']
const rows: string[][] = []
afterAll(() => {
  const width = Math.max(...rows.map(([, verifier = '']) => verifier.length))
  for (const [signer = '', verifier = '', count = '', refused = ''] of [HEAD, ...rows]) {
    console.log(`${signer.padEnd(13)} ${verifier.padEnd(width)} ${count.padStart(8)} ${refused.padStart(8)}`)
  }
})

interface OwnReport extends Job {
  readonly contentHash: string
  readonly unsignedFile: string
}

const identities = await createIdentities(40)
const runs = generateRuns(OURS)
const peers = [findXmlsec(), findJdk(), findSignxml()].filter((peer): peer is Peer => peer !== undefined)
const own = await signOwn()
const foreign = peers.flatMap((peer, index) => foreignJobs(peer, Math.ceil((THEIRS - index) / peers.length)))

describe('reports that Jux signed', () => {
  it.each(peers)('are accepted by $name', ({ name, version, verify }) => {
    expect(refusals('jux', `${name}, ${version}`, verify(own))).toEqual([])
  })

  it.each([
    ['its own', true],
    ['registered', false],
  ])('are accepted by xml-crypto with %s algorithms', (how, plain) => {
    const peer = xmlCrypto()
    const chosen = own.filter((job) => isPlain(job) === plain)

    expect(refusals('jux', `xml-crypto ${how}, ${peer.version}`, peer.verify(chosen))).toEqual([])
  })

  it('are accepted by Jux, and have the content hash of the unsigned report', () => {
    expect(
      refusals(
        'jux',
        'jux',
        own.map((job) => verifyHere(job.file, job, job.contentHash)),
      ),
    ).toEqual([])
  })

  it.each([...peers, xmlCrypto()])('are refused by $name after an attribute was added', ({ verify }) => {
    const changed = own.slice(0, 5).map((job) => {
      const file = `${job.file}.changed`
      writeFileSync(file, readFileSync(job.file, 'utf8').replace('<testsuites ', '<testsuites a="" '))
      return { ...job, file }
    })

    expect(verify(changed).map((problem) => problem === undefined)).toEqual(changed.map(() => false))
  })
})

describe('reports that other implementations signed', () => {
  it.each(peers)('are accepted by Jux if $name signed them', (peer) => {
    const jobs = foreign.filter((job) => job.peer === peer)
    const unsigned = (peer.sign?.(jobs) ?? []).filter((problem) => problem !== undefined)

    expect(unsigned.slice(0, 3)).toEqual([])
    expect(
      refusals(
        `${peer.name}`,
        'jux',
        jobs.map((job) => verifyHere(job.output, job)),
      ),
    ).toEqual([])
  })
})

describe('content hashes', () => {
  it('are equal to those of the Python tools', () => {
    const files = [...own.map(({ unsignedFile }) => unsignedFile), ...foreign.map(({ file }) => file)]
    const theirs = pythonHashes(files)
    if (theirs === undefined) return expect(findSignxml()).toBeUndefined()

    const problems = files.map((file, index) => sameHash(contentHash(readFileSync(file)), theirs[index]))
    expect(refusals('content hash', 'the same in Python', problems)).toEqual([])
  })

  it('are equal to the digests that other implementations sign, for inclusive canonicalization', () => {
    const inclusive = foreign.filter((job) => job.canonicalization !== 'exclusive' && job.digest === 'sha256')

    const problems = inclusive.map(({ output }) => {
      const bytes = readFileSync(output)
      const digest = /DigestValue[^>]*>([^<]*)</.exec(bytes.toString('utf8'))?.[1] ?? ''
      return sameHash(contentHash(bytes), Buffer.from(digest, 'base64').toString('hex'))
    })
    expect(refusals('content hash', 'the digest others signed', problems)).toEqual([])
  })
})

async function signOwn(): Promise<OwnReport[]> {
  const reports: OwnReport[] = []
  for (const [index, run] of runs.entries()) {
    const identity = turn(identities, index)
    const way = turn(SIGNING_WAYS, Math.floor(index / identities.length))
    const withCertificate = index % 3 === 0
    const certPath = join(folder, 'certificate.pem')
    writeFileSync(certPath, identity.certificatePem)
    const signer = await loadSigner(
      { key: identity.privatePem, ...(withCertificate ? { certPath } : {}), ...way },
      fixedSystem({ now: new Date().toISOString() }),
    )
    const rendered = renderWhole(run, { digests: [way.digest] })
    const unsignedFile = join(folder, `${index}.unsigned.xml`)
    const file = join(folder, `${index}.xml`)
    writeFileSync(unsignedFile, rendered.bytes)
    const start = rendered.xml.slice(0, rendered.xml.lastIndexOf(rendered.endTag))
    writeFileSync(file, start + signatureElement(rendered.digests, signer) + rendered.endTag)
    reports.push({ ...way, file, unsignedFile, identity, withCertificate, contentHash: rendered.contentHash })
  }
  return reports
}

function foreignJobs(peer: Peer, count: number): (SigningJob & { readonly peer: Peer })[] {
  return Array.from({ length: count }, (_, index) => {
    const file = join(folder, `${peer.name}-${index}.unsigned.xml`)
    const foreignText = index % 2 === 0 ? turn(FOREIGN_REPORTS, index / 2) : undefined
    writeFileSync(file, foreignText ?? renderWhole(turn(runs, index)).xml)
    return {
      peer,
      file,
      output: join(folder, `${peer.name}-${index}.xml`),
      identity: turn(identities, index),
      withCertificate: index % 3 === 0,
      digest: turn(['sha256', 'sha256', 'sha384', 'sha512'] as const, Math.floor(index / 3)),
      canonicalization: turn(['c14n11', 'exclusive', 'c14n10'] as const, Math.floor(index / 5)),
      prefix: turn(['ds', '', 'sig'], Math.floor(index / 7)),
      place: turn(['last', 'first'] as const, Math.floor(index / 4)),
    }
  })
}

/** Verifies a report with Jux; returns the problem in the form that the peers use. */
function verifyHere(file: string, { identity, withCertificate }: Job, hash?: string): string | undefined {
  try {
    const bytes = readFileSync(file)
    const trust = withCertificate
      ? { certificates: [new X509Certificate(identity.certificatePem)] }
      : { publicKeys: [identity.pair.publicKey] }
    const report = verifyReport(bytes, trust)
    if (bytes.includes('KeyInfo>')) verifyReport(bytes, 'embedded')
    return sameHash(report.contentHash, hash ?? contentHash(bytes))
  } catch (error) {
    return `${file}: ${error}\n${readFileSync(file, 'utf8').slice(0, 4000)}`
  }
}

function sameHash(ours: string, theirs: string | undefined): string | undefined {
  return ours === theirs ? undefined : `jux: ${ours}, peer: ${theirs}`
}

/** Adds a row to the table; returns the first refusals. */
function refusals(signer: string, verifier: string, problems: readonly (string | undefined)[]): (string | undefined)[] {
  const refused = problems.filter((problem) => problem !== undefined)
  rows.push([signer, verifier, String(problems.length), String(refused.length)])
  return refused.slice(0, 3)
}

function turn<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError('the list is empty')
  return item
}
