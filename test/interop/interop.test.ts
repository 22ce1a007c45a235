import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadSigner } from '../../src/sign/keys.js'
import { signatureElement } from '../../src/sign/sign.js'
import { renderWhole } from '../support/rendering.js'
import { fixedSystem } from '../support/system.js'
import { findJdk, findSignxml, findXmlsec, isPlain, type Job, type Peer, pythonHashes, xmlCrypto } from './peers.js'
import { createIdentities, generateRuns, SIGNING_WAYS } from './reports.js'

/** How many reports are signed here, and how many by the others together. */
const OURS = Number(process.env.JUX_INTEROP_OURS ?? 1000)

const folder = mkdtempSync(join(tmpdir(), 'jux-interop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const rows: string[][] = []
afterAll(() => {
  console.log('\nwho signed    who verified                 reports  refused')
  for (const [signer = '', verifier = '', count = '', refused = ''] of rows) {
    console.log(`${signer.padEnd(13)} ${verifier.padEnd(28)} ${count.padStart(7)}  ${refused.padStart(7)}`)
  }
})

interface OwnReport extends Job {
  readonly contentHash: string
  readonly unsignedFile: string
}

async function signOwn(): Promise<OwnReport[]> {
  const identities = await createIdentities(40)
  const reports: OwnReport[] = []
  for (const [index, run] of generateRuns(OURS).entries()) {
    const identity = identities[index % identities.length]
    const way = SIGNING_WAYS[Math.floor(index / identities.length) % SIGNING_WAYS.length]
    if (identity === undefined || way === undefined) throw new Error('no identity')
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

const own = await signOwn()
const peers = [findXmlsec(), findJdk(), findSignxml()].filter((peer): peer is Peer => peer !== undefined)

/** One row of the table, and the first refusals in full. */
function refusals(signer: string, verifier: string, answers: readonly (string | undefined)[]): (string | undefined)[] {
  const refused = answers.filter((answer) => answer !== undefined)
  rows.push([signer, verifier, String(answers.length), String(refused.length)])
  return refused.slice(0, 5)
}

describe('reports signed here', () => {
  it.each(peers)('are accepted by $name', ({ name, version, verify }) => {
    expect(refusals('jux', `${name} ${version}`.slice(0, 28), verify(own))).toEqual([])
  })

  it.each([
    ['plain', true],
    ['with registrations', false],
  ])('are accepted by xml-crypto, %s', (how, plain) => {
    const peer = xmlCrypto()
    const chosen = own.filter((job) => isPlain(job) === plain)

    expect(refusals('jux', `${peer.name} ${peer.version}, ${how}`, peer.verify(chosen))).toEqual([])
  })

  it('have the content hash that the Python tools compute', () => {
    const hashes = pythonHashes(own.map(({ unsignedFile }) => unsignedFile)) ?? []

    const wrong = own.filter(({ contentHash }, index) => hashes.length > 0 && hashes[index] !== contentHash)
    rows.push(['jux', 'content hash in Python', String(hashes.length), String(wrong.length)])
    expect(wrong.map(({ file }) => readFileSync(file, 'utf8')).slice(0, 2)).toEqual([])
  })
})
