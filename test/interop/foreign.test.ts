import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadSigner, type Signer } from '../../src/sign/keys.js'
import { signReport } from '../../src/sign/sign-report.js'
import { verifyReport } from '../../src/sign/verify.js'
import { sharedFolder } from '../support/folders.js'
import { foreignXml } from '../support/foreign-xml.js'
import { fixedSystem } from '../support/system.js'
import { findJdk } from './jdk.js'
import { failureOf, type Peer, type SigningJob } from './peer.js'
import { findSignxml } from './python.js'
import { createIdentities, type Identity, SEED } from './reports.js'
import { findXmlsec } from './xmlsec.js'

/** Number of random documents for each canonicalization, and for each other implementation. */
const DOCUMENTS = Number(process.env.JUX_INTEROP_FOREIGN ?? 330)

const folder = sharedFolder()
const peers = [findXmlsec(), findJdk(), findSignxml()].filter((peer): peer is Peer => peer !== undefined)
const identity = await firstIdentity()

const WAYS = ['exclusive', 'c14n11'] as const
const own = new Map(await Promise.all(WAYS.map(async (way) => [way, await signedHere(way)] as const)))

describe('random documents that Jux signed', () => {
  it.each(peers.flatMap((peer) => WAYS.map((way) => ({ peer, name: peer.name, way }))))(
    'are accepted by $name, with $way canonicalization',
    ({ peer, way }) => {
      const jobs = (own.get(way) ?? []).filter(({ file }) => canRead(peer, file))
      const refused = refusals(peer.verify(jobs), jobs)

      console.log(`${peer.name}, ${way}: ${jobs.length} documents, ${refused.length} refused`)
      expect(refused.slice(0, 3)).toEqual([])
    },
  )
})

describe('random documents that other implementations signed', () => {
  it.each(peers)('are accepted by Jux if $name signed them', (peer) => {
    const readable = (own.get('exclusive') ?? []).filter(({ file }) => canRead(peer, file))
    const jobs = readable.map(
      (job, index): SigningJob => ({
        ...job,
        file: `${job.file}.unsigned`,
        output: `${job.file}.${peer.name}`,
        canonicalization: (['exclusive', 'c14n11', 'c14n10'] as const)[index % 3] ?? 'exclusive',
        prefix: 'ds',
        place: 'last',
      }),
    )
    const problems = peer.sign?.(jobs) ?? []
    const signed = jobs.filter((_, index) => problems[index] === undefined)
    const trust = { publicKeys: [identity.pair.publicKey] }
    // signxml refers to the Id of the root, if it has one; the verifier refuses a report where another element has it, too.
    const problemOf = (output: string) => failureOf(() => verifyReport(readFileSync(output), trust))
    const isExpected = (problem: string | undefined) => problem?.includes('has the same Id as the root')
    const refused = refusals(
      signed.map(({ output }) => problemOf(output)).map((problem) => (isExpected(problem) ? undefined : problem)),
      signed.map((job) => ({ ...job, file: job.output })),
    )

    console.log(`${peer.name}: ${signed.length} of ${jobs.length} documents signed, ${refused.length} refused`)
    expect(signed.length).toBeGreaterThan(jobs.length / 2)
    expect(refused.slice(0, 3)).toEqual([])
  })
})

async function firstIdentity(): Promise<Identity> {
  const [first] = await createIdentities(1)
  if (first === undefined) throw new RangeError('there is no identity')
  return first
}

/** Whether a peer can read a document: signxml parses it again after writing it as ASCII, which has no form for other names. */
function canRead({ name }: Peer, file: string): boolean {
  return name !== 'signxml' || !/[<\s/:][Éé]/.test(readFileSync(file, 'utf8'))
}

/** Signs random documents until there are enough that can be signed. */
async function signedHere(canonicalization: (typeof WAYS)[number]) {
  const signer = await loadSigner({ key: identity.privatePem, canonicalization }, fixedSystem())
  const jobs = []
  for (const [index, xml] of fc.sample(foreignXml, { numRuns: 4 * DOCUMENTS, seed: SEED }).entries()) {
    const signed = signOrRefuse(Buffer.from(xml), signer)
    if (signed === undefined) continue
    const file = join(folder, `${canonicalization}-${index}.xml`)
    writeFileSync(file, signed)
    writeFileSync(`${file}.unsigned`, xml)
    jobs.push({ file, identity, withCertificate: true, digest: 'sha256' as const, canonicalization })
    if (jobs.length === DOCUMENTS) return jobs
  }
  throw new RangeError(`only ${jobs.length} documents can be signed`)
}

function signOrRefuse(xml: Uint8Array, signer: Signer): Buffer | undefined {
  try {
    return signReport(xml, signer)
  } catch {
    return undefined
  }
}

function refusals(problems: readonly (string | undefined)[], jobs: readonly { readonly file: string }[]): string[] {
  return problems.flatMap((problem, index) =>
    problem === undefined ? [] : [`${problem}\n${readFileSync(jobs[index]?.file ?? '', 'utf8')}`],
  )
}
