/**
 * Computes the canonical form of SignedInfo, which the key signs (XMLDSig 1.1 §3.1.2).
 *
 * This module uses xml-crypto and xmldom, while the verifier has its own canonicalizer. With a bug in one of them, a report
 * does not verify at all; with a shared bug, a report would verify only here.
 *
 * @module
 */
import { createRequire } from 'node:module'
import { JuxError } from '../errors.js'
import { escapeValue } from '../xml/characters.js'
import { type CanonicalizationName, DSIG_NAMESPACE } from './algorithms.js'

let libraries: ReturnType<typeof loadLibraries> | undefined

/**
 * Loads the libraries, once. They are not imported with this module, because most processes do not sign. A reporter calls
 * this while tests run, when nobody waits for it; signing does otherwise.
 */
export function loadCanonicalizer(): void {
  libraries ??= loadLibraries()
}

/**
 * Canonicalizes the only SignedInfo of a document.
 *
 * Canonical XML 1.1 is computed as 1.0: they differ only in `xml:…` attributes of ancestors, and `signReport` refuses such
 * roots.
 *
 * @param document the root with the signature inside; inclusive canonicalization adds the namespaces declared on ancestors
 * @throws {JuxError} `OPERATION_FAILED` when the document cannot be read
 */
export function canonicalSignedInfo(document: string, canonicalization: CanonicalizationName): string {
  libraries ??= loadLibraries()
  const { DOMParser, C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs } = libraries
  const dom = new DOMParser({ errorHandler: { warning: () => {}, error: fail, fatalError: fail } }).parseFromString(
    document,
  )
  const signedInfo = dom.getElementsByTagNameNS(DSIG_NAMESPACE, 'SignedInfo').item(0)
  if (signedInfo === null) return fail('there is no SignedInfo')
  if (canonicalization === 'exclusive') return new ExclusiveCanonicalization().process(signedInfo, {})
  // xml-crypto writes these namespaces as they are given, and would sort them by the rules of a language.
  const ancestorNamespaces = findAncestorNs(dom, "//*[local-name()='SignedInfo']")
    .filter(({ prefix }) => prefix !== 'xml')
    .map(({ prefix, namespaceURI }) => ({ prefix, namespaceURI: escapeValue(namespaceURI) }))
  const canonicalization10 = new C14nCanonicalization()
  canonicalization10.nsCompare = comparePrefixes
  return canonicalization10.process(signedInfo, { ancestorNamespaces })
}

// With `require`, because a process that is being killed signs synchronously.
function loadLibraries() {
  const require = createRequire(import.meta.url)
  const { DOMParser }: typeof import('@xmldom/xmldom') = require('@xmldom/xmldom')
  const xmlCrypto: typeof import('xml-crypto') = require('xml-crypto')
  const { C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs } = xmlCrypto
  return { DOMParser, C14nCanonicalization, ExclusiveCanonicalization, findAncestorNs }
}

// Canonical XML orders by code points, which is the order of UTF-8.
function comparePrefixes(a: { readonly prefix: string }, b: { readonly prefix: string }): number {
  return Buffer.compare(Buffer.from(a.prefix), Buffer.from(b.prefix))
}

function fail(why: string): never {
  throw new JuxError('OPERATION_FAILED', { message: `cannot sign: ${why}` })
}
