#!/usr/bin/env node
import { realSystem } from '../system.js'
import { EXIT } from './exit-codes.js'
import { main } from './main.js'

let writeFailure: Error | undefined

// A reader that closes the pipe early (`jux … | head`) is not an error; a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return
  if (writeFailure === undefined) process.stderr.write(`error  cannot write to standard output: ${error.message}\n`)
  writeFailure = error
  process.exitCode = EXIT.failed
})

const code = await main(process.argv.slice(2), {
  system: realSystem(),
  out: (data) => {
    process.stdout.write(data)
  },
  err: (text) => {
    process.stderr.write(text)
  },
  readStdin: async () => {
    const { READ_LIMIT_BYTES } = await import('./files.js')
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of process.stdin) {
      chunks.push(Buffer.from(chunk))
      size += chunk.length
      if (size >= READ_LIMIT_BYTES) break
    }
    return Buffer.concat(chunks).subarray(0, READ_LIMIT_BYTES)
  },
  errIsTerminal: process.stderr.isTTY === true,
  outIsTerminal: process.stdout.isTTY === true,
  inIsTerminal: process.stdin.isTTY === true,
})

process.exitCode = writeFailure === undefined ? code : EXIT.failed
