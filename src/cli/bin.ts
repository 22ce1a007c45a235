#!/usr/bin/env node
/**
 * The executable of `jux`.
 *
 * It imports the program only when it can report that this failed: Deno may not allow what a module does first, such as
 * to ask for the home folder.
 *
 * @module
 */
import type { CliContext } from './command.js'

let writeFailure: Error | undefined

// A reader that closes the pipe early (`jux … | head`) is not an error; a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  if (writeFailure === undefined) process.stderr.write(`error  cannot write to standard output: ${error.message}\n`)
  writeFailure = error
  process.exitCode = FAILED
})

/** `EXIT.failed`, which is in a module that may not load. */
const FAILED = 1

try {
  const { runHere } = await import('./main.js')
  const code = await runHere(process.argv.slice(2), streams())
  process.exitCode = writeFailure === undefined ? code : FAILED
} catch (error) {
  const { formatError, toJuxError } = await import('../errors.js')
  process.stderr.write(formatError(toJuxError(error)))
  process.exitCode = FAILED
}

function streams(): Omit<CliContext, 'system'> {
  return {
    out: (data) => {
      process.stdout.write(data)
    },
    err: (text) => {
      process.stderr.write(text)
    },
    readStdin,
    errIsTerminal: process.stderr.isTTY === true,
    outIsTerminal: process.stdout.isTTY === true,
    inIsTerminal: process.stdin.isTTY === true,
  }
}

async function readStdin(): Promise<Uint8Array> {
  const { READ_LIMIT_BYTES } = await import('./files.js')
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size >= READ_LIMIT_BYTES) break
  }
  return Buffer.concat(chunks).subarray(0, READ_LIMIT_BYTES)
}
