/**
 * Limits with defaults, and the limits of a report that this package and a server share.
 *
 * @module
 */

/** Most test cases of a report that a server accepts. It has a row for each. */
export const MAX_SERVER_CASES = 500_000

/**
 * The largest report that is signed, verified and read, and that a server can be set to accept: 500 MiB, about 1,500,000
 * test cases. A JSON body holds the report as a string, and the longest string of V8 has 512 MiB.
 */
export const MAX_REPORT_BYTES = 500 * 1024 * 1024

/** The defaults, with the given values in their place. A value that is `undefined` keeps its default, and switches no limit off. */
export function withDefaults<Limits extends Readonly<Record<keyof Limits, number>>>(
  defaults: Limits,
  given: { readonly [Name in keyof Limits]?: Limits[Name] | undefined } = {},
): Limits {
  const limits = { ...defaults }
  for (const name in defaults) limits[name] = given[name] ?? defaults[name]
  return limits
}
