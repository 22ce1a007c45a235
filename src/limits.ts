/**
 * Limits with defaults.
 *
 * @module
 */

/** The defaults, with the given values in their place. A value that is `undefined` keeps its default, and switches no limit off. */
export function withDefaults<Limits extends Readonly<Record<keyof Limits, number>>>(
  defaults: Limits,
  given: { readonly [Name in keyof Limits]?: Limits[Name] | undefined } = {},
): Limits {
  const limits = { ...defaults }
  for (const name in defaults) limits[name] = given[name] ?? defaults[name]
  return limits
}
