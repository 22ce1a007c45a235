/**
 * Which process a claim or a temporary file belongs to, and whether that process is gone.
 *
 * An owner is named `<pid>-<start>-<place>`: the start (in ticks since the kernel's) tells a process from a later one
 * with its pid, the place tells machines and containers apart that share a folder. No wall clock is asked.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errnoOf } from '../errors.js'

/** What is known about an owner: `unknown` for a process of another machine or container. */
export type OwnerState = 'alive' | 'gone' | 'unknown'

const OWNER_PATTERN = /^(\d{1,10})-(\d{1,20})-([0-9a-f]{12})$/

const UNKNOWN_START = '0'

let own: string | undefined

/** This process. */
export function ownOwner(): string {
  own ??= `${process.pid}-${startOf(process.pid)?.start ?? UNKNOWN_START}-${place()}`
  return own
}

/** What has become of an owner; `unknown` for text that names none. */
export function ownerState(owner: string): OwnerState {
  const [, pidText, start, where] = OWNER_PATTERN.exec(owner) ?? []
  const pid = Number(pidText)
  if (!(pid > 0) || where !== place()) return 'unknown'
  if (!exists(pid)) return 'gone'
  const now = startOf(pid)
  if (now === undefined || start === UNKNOWN_START) return 'unknown'
  return now.start === start && !now.dead ? 'alive' : 'gone'
}

// Signal 0 delivers nothing; EPERM means that there is such a process, of another user.
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}

// proc_pid_stat(5): field 3 is the state, field 22 the start; the name before them may hold spaces and parentheses.
function startOf(pid: number): { start: string; dead: boolean } | undefined {
  const stat = readOrEmpty(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = fields[19]
  return start === undefined ? undefined : { start, dead: fields[0] === 'Z' || fields[0] === 'X' }
}

let ownPlace: string | undefined

// Pids mean something within one boot of one kernel and one pid namespace.
function place(): string {
  ownPlace ??= createHash('sha256')
    .update(readOrEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) || hostname())
    .update(readOrEmpty(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 12)
  return ownPlace
}

function readOrEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    // Only Linux has /proc.
    return ''
  }
}
