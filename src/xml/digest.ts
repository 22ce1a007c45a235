/**
 * Digests taken while bytes go by.
 *
 * @module
 */
import { createHash } from 'node:crypto'

/** Digest algorithms in use, by the names node:crypto has for them. */
export type DigestName = 'sha256' | 'sha384' | 'sha512'

/** Takes bytes in order; they may be reused by the caller once `write` has returned. */
export interface ReportSink {
  write(bytes: Uint8Array): void
}

/** Several digests over one stream. */
export interface Digester extends ReportSink {
  /** Ends the stream; to be called once. */
  digests(): ReadonlyMap<DigestName, Uint8Array>
}

/** A digester for the named algorithms; each is computed once, however often it is named. */
export function createDigester(names: readonly DigestName[]): Digester {
  const hashes = [...new Set(names)].map((name) => [name, createHash(name)] as const)
  return {
    write: (bytes) => {
      for (const [, hash] of hashes) hash.update(bytes)
    },
    digests: () => new Map(hashes.map(([name, hash]) => [name, hash.digest()])),
  }
}
