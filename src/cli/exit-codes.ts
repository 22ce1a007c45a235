/**
 * Exit codes of the `jux` command: the one place where they are defined.
 *
 * @module
 */

/** Every code by its name. 2 is kept for partial success, so a usage error is 64 (EX_USAGE of sysexits.h). */
export const EXIT = {
  ok: 0,
  failed: 1,
  partial: 2,
  usage: 64,
  /** As `env`, `timeout` and the shells have it. */
  notExecutable: 126,
  notFound: 127,
} as const

/** Name of an exit code. */
export type ExitName = keyof typeof EXIT

/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[ExitName]

/** What each code means, whatever the command. */
export const EXIT_MEANINGS: Readonly<Record<ExitName, string>> = {
  ok: 'done; every report is valid',
  failed: 'it failed; at least one report is not valid, or could not be looked at',
  partial: 'some of several things were done (publish)',
  usage: 'the command line itself is wrong; nothing was done',
  notExecutable: 'the program to be started is there and cannot be run (run)',
  notFound: 'there is no such program to be started (run)',
}
