/**
 * Lets the main thread, which answers requests, run before this thread when all processors are busy.
 *
 * @module
 */
import { readlinkSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'
import { basename } from 'node:path'

/** Nice value above that of the process: a third of the share of the main thread when both want the same processor. */
const WORKER_NICE = 5
/** The lowest priority. */
const MAX_NICE = 19

/** Lowers the priority of this thread. It stays as it is where threads have no priority of their own, or this is not allowed. */
export function lowerPriority(platform: NodeJS.Platform = process.platform): void {
  // Elsewhere, the priority is that of the whole process.
  if (platform !== 'linux') return
  try {
    // The name of the link ends with the number of this thread (proc(5)).
    const thread = Number(basename(readlinkSync('/proc/thread-self')))
    setPriority(thread, Math.min(MAX_NICE, getPriority() + WORKER_NICE))
  } catch {
    // Reports are accepted all the same.
  }
}
