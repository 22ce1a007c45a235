/**
 * The canonical form of SignedInfo, which is what the key signs (XMLDSig 1.1 §3.1.2).
 *
 * Made by xml-crypto over a DOM of xmldom, and checked on the other side by a canonicalizer of our own: a fault in either of
 * them gives a report that does not verify, instead of one that verifies here alone.
 *
 * @module
 */
import { JuxError } from '../errors.js'
import { type CanonicalizationName, DSIG_NAMESPACE } from './algorithms.js'

let libraries: Awaited<ReturnType<typeof importLibraries>> | undefined

/** Loads the libraries once. A process that only runs tests does not pay for them, and one that is about to end could not load them. */
export async function loadCanonicalizer(): Promise<void> {
  libraries ??= await importLibraries()
}

/**
 * Canonicalizes the only SignedInfo of a document.
 *
 * Canonical XML 1.1 is 1.0 here: they differ in `xml:…` attributes of the ancestors alone, and reports with such a root are not signed so.
 *
 * @param document the root with the signature in it; inclusive forms take over the namespaces declared on the ancestors
 * @throws {JuxError} `OPERATION_FAILED` before `loadCanonicalizer`, or when the document cannot be read
 */
export function canonicalSignedInfo(document: string, canonicalization: CanonicalizationName): string {
  if (libraries === undefined) {
    throw new JuxError('OPERATION_FAILED', { message: 'cannot sign: call loadSigner() first' })
  }
  const { DOMParser, C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs } = libraries
  const dom = new DOMParser({ errorHandler: { warning: () => {}, error: fail, fatalError: fail } }).parseFromString(
    document,
  )
  const signedInfo = dom.getElementsByTagNameNS(DSIG_NAMESPACE, 'SignedInfo').item(0)
  if (signedInfo === null) return fail('there is no SignedInfo')
  if (canonicalization === 'exclusive') return new ExclusiveCanonicalization().process(signedInfo, {})
  const ancestorNamespaces = findAncestorNs(dom, "//*[local-name()='SignedInfo']")
  return new C14nCanonicalization().process(signedInfo, { ancestorNamespaces })
}

async function importLibraries() {
  const [{ DOMParser }, { C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs }] = await Promise.all([
    import('@xmldom/xmldom'),
    import('xml-crypto'),
  ])
  return { DOMParser, C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs }
}

function fail(why: string): never {
  throw new JuxError('OPERATION_FAILED', { message: `cannot sign: ${why}` })
}
