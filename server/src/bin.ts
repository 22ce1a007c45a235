#!/usr/bin/env node
import { realSystem } from 'jux-reporter'
import { main } from './cli.js'

process.exitCode = await main(process.argv.slice(2), {
  system: realSystem(),
  out: (text) => {
    process.stdout.write(text)
  },
  err: (text) => {
    process.stderr.write(text)
  },
  untilStopped: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
    }),
})
