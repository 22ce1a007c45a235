/**
 * The place of a secret in a text.
 *
 * @module
 */

/** A secret that was found. */
export interface FoundSecret {
  readonly start: number
  /** Index after the last character. */
  readonly end: number
  /** The kind in the placeholder. */
  readonly kind: string
}
