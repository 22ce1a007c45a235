/**
 * Starts a program under another account: `launch.js NAME UID GID PROGRAM ARGUMENTS…`. It is started as root, gives that
 * up, and then behaves as the program does.
 *
 * @module
 */
import { spawn } from 'node:child_process'

const [name = '', uid = '', gid = '', program = '', ...args] = process.argv.slice(2)
const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const

const initgroups: unknown = Reflect.get(process, 'initgroups')
if (typeof initgroups !== 'function') throw new Error('the groups of the account cannot be set')
Reflect.apply(initgroups, process, [name, Number(gid)])
process.setgid?.(Number(gid))
process.setuid?.(Number(uid))
if (process.getuid?.() !== Number(uid) || process.geteuid?.() !== Number(uid) || process.getegid?.() !== Number(gid)) {
  throw new Error('the account could not be changed')
}

const child = spawn(program, args, { stdio: 'inherit' })
const pass = (signal: NodeJS.Signals) => {
  const fromTerminal = process.stdin.isTTY === true && (signal === 'SIGINT' || signal === 'SIGQUIT')
  if (!fromTerminal) child.kill(signal)
}
for (const signal of SIGNALS) process.on(signal, pass)
let isStarted = true
child.once('error', (error: NodeJS.ErrnoException) => {
  isStarted = false
  process.stderr.write(`error  ${program} cannot be run: ${error.message}\n`)
  process.exitCode = error.code === 'ENOENT' ? 127 : 126
})
child.once('close', (code, signal) => {
  if (!isStarted) return
  if (signal === null) {
    process.exitCode = code ?? 1
    return
  }
  for (const one of SIGNALS) process.off(one, pass)
  process.kill(process.pid, signal)
})
