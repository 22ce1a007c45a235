/**
 * What besides a failed test can make a runner end with exit code 1, as far as its configuration says.
 *
 * A runner has one exit code for all of it, and most of it happens after its reporters were called. So `jux run` excuses
 * a failure only where there is none of it.
 *
 * @module
 */

/** The fields that are read of Vitest's configuration, and of that of each of its projects. */
export interface VitestExitConfig {
  readonly bail?: number | undefined
  readonly coverage?: { readonly enabled?: boolean | undefined } | undefined
  readonly globalSetup?: string | readonly string[] | undefined
  readonly typecheck?: { readonly enabled?: boolean | undefined } | undefined
  readonly experimental?:
    | { readonly importDurations?: { readonly failOnDanger?: boolean | undefined } | undefined }
    | undefined
}

/** The fields that are read of Jest's configuration, and of that of each of its projects. */
export interface JestExitConfig {
  readonly bail?: number | boolean | undefined
  readonly collectCoverage?: boolean | undefined
  readonly globalTeardown?: string | null | undefined
  readonly testFailureExitCode?: number | undefined
  /** Path of a module that may change the result after the reporters have seen it. */
  readonly testResultsProcessor?: string | null | undefined
}

/**
 * The causes in a run of Vitest, each as a phrase.
 *
 * @param hasRefusedOnly Vitest has refused a `.only`
 */
export function vitestExitCauses(configs: readonly VitestExitConfig[], hasRefusedOnly: boolean): readonly string[] {
  return phrases([
    [hasRefusedOnly, '.only, which is not allowed and leaves tests out'],
    [configs.some(({ bail }) => (bail ?? 0) > 0), 'bail, which leaves tests out'],
    [configs.some(({ coverage }) => coverage?.enabled === true), 'coverage'],
    [configs.some(({ globalSetup }) => globalSetup !== undefined && globalSetup.length > 0), 'globalSetup'],
    [configs.some(({ typecheck }) => typecheck?.enabled === true), 'typecheck'],
    [
      configs.some(({ experimental }) => experimental?.importDurations?.failOnDanger === true),
      'experimental.importDurations.failOnDanger',
    ],
  ])
}

/**
 * The causes in a run of Jest, each as a phrase.
 *
 * @param isExitCodeSet a test, a module or a file of the configuration has set `process.exitCode`
 */
export function jestExitCauses(configs: readonly JestExitConfig[], isExitCodeSet: boolean): readonly string[] {
  return phrases([
    [configs.some(({ bail }) => Number(bail ?? 0) > 0), 'bail, which leaves tests out'],
    [configs.some(({ collectCoverage }) => collectCoverage === true), 'collectCoverage'],
    [configs.some(({ globalTeardown }) => Boolean(globalTeardown)), 'globalTeardown'],
    [configs.some(({ testFailureExitCode }) => (testFailureExitCode ?? 1) !== 1), 'testFailureExitCode'],
    [configs.some(({ testResultsProcessor }) => Boolean(testResultsProcessor)), 'testResultsProcessor'],
    [isExitCodeSet, 'process.exitCode, which was set before the end of the run'],
  ])
}

function phrases(causes: readonly (readonly [isThere: boolean, phrase: string])[]): readonly string[] {
  return causes.flatMap(([isThere, phrase]) => (isThere ? [phrase] : []))
}
