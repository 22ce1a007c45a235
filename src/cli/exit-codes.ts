/**
 * Exit codes of the `jux` command: the one place where they are defined.
 *
 * @module
 */

/** 2 is kept for partial success, so a usage error is 64 (EX_USAGE of sysexits.h). */
export const EXIT = {
  /** Done, or: every report is valid. */
  ok: 0,
  /** It failed, or: at least one report is not valid. */
  failed: 1,
  /** Some of several things were done (`publish`). */
  partial: 2,
  /** The command line itself was wrong; nothing was done. */
  usage: 64,
} as const

/** One of the values of `EXIT`. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
