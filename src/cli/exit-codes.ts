/**
 * The exit codes of the `jux` command.
 *
 * @module
 */

/** The codes by name. 2 is reserved for partial success, so a usage error is 64 (EX_USAGE of sysexits.h). */
export const EXIT = {
  ok: 0,
  failed: 1,
  partial: 2,
  usage: 64,
  /** As in `env`, `timeout` and the shells. */
  notExecutable: 126,
  notFound: 127,
} as const

/** Name of an exit code. */
export type ExitName = keyof typeof EXIT

/** All names, ordered by code. */
export const EXIT_NAMES: readonly ExitName[] = ['ok', 'failed', 'partial', 'usage', 'notExecutable', 'notFound']

/** What each code means, for every command. */
export const EXIT_MEANINGS: Readonly<Record<ExitName, string>> = {
  ok: 'success; every report is valid',
  failed: 'failure; at least one report is not valid or could not be read',
  partial: 'partial success: only some of the reports were made (report), attested (attest) or sent (publish)',
  usage: 'the command line is wrong; nothing was done',
  notExecutable: 'the program to run exists but cannot be executed (run)',
  notFound: 'the program to run does not exist (run)',
}
