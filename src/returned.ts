/**
 * What a function of the options returned.
 *
 * @module
 */

/**
 * Refuses a promise. What it rejects with goes no further, because an unhandled rejection would end the test runner.
 *
 * @param wanted what the function must return, as a noun with its article
 * @throws {TypeError} for a promise
 */
export function refusePromise(value: unknown, wanted: string): void {
  if (!(value instanceof Promise)) return
  value.catch(() => {})
  throw new TypeError(`it returned a promise, not ${wanted}`)
}
