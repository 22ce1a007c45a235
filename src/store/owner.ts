/**
 * The process that owns a claim or a temporary file, and whether it still runs.
 *
 * The name of an owner is `<pid>-<start>-<place>`. The start (in ticks since the boot) distinguishes a process from a
 * later one with the same pid; the place distinguishes machines and containers that share a folder. No wall clock is
 * used.
 *
 * @module
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errnoOf } from '../errors.js'

/** State of an owner: `unknown` for a process of another machine or container. */
export type OwnerState = 'alive' | 'gone' | 'unknown'

const OWNER_PATTERN = /^(\d{1,10})-(\d{1,20})-([0-9a-f]{12})$/

const UNKNOWN_START = '0'

let own: string | undefined

/** The name of this process as an owner. */
export function ownOwner(): string {
  own ??= `${process.pid}-${startOf(process.pid)?.start ?? UNKNOWN_START}-${place()}`
  return own
}

/** The state of an owner; `unknown` for a text that is not the name of an owner. */
export function ownerState(owner: string): OwnerState {
  const [, pidText, start, where] = OWNER_PATTERN.exec(owner) ?? []
  const pid = Number(pidText)
  if (!(pid > 0) || where !== place()) return 'unknown'
  if (!exists(pid)) return 'gone'
  const now = startOf(pid)
  if (now === undefined || start === UNKNOWN_START) return 'unknown'
  return now.start === start && !now.dead ? 'alive' : 'gone'
}

// Signal 0 delivers nothing; EPERM means that the process exists and belongs to another user.
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}

// proc_pid_stat(5): field 3 is the state, field 22 the start; the name before them may contain spaces and parentheses.
function startOf(pid: number): { start: string; dead: boolean } | undefined {
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = fields[19]
  return start === undefined ? undefined : { start, dead: fields[0] === 'Z' || fields[0] === 'X' }
}

let ownPlace: string | undefined

// A pid is unique within one boot of one kernel and one pid namespace. A process that may not even know the name of its
// machine (Deno) is in a place of its own, so that it takes no other process for gone.
function place(): string {
  if (ownPlace !== undefined) return ownPlace
  const machine =
    readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) || readOrEmpty(() => hostname())
  ownPlace = createHash('sha256')
    .update(machine || randomBytes(16))
    .update(readOrEmpty(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 12)
  return ownPlace
}

function readOrEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    // Only Linux has /proc, and not every process may ask.
    return ''
  }
}
