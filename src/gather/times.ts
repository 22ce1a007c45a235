/**
 * Points in time, as runners give them.
 *
 * @module
 */

/** Milliseconds since the epoch as ISO 8601, UTC. */
export function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
