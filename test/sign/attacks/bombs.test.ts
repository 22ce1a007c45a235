import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedFolder } from '../../support/folders.js'
import { compileInto } from '../../support/instrumented.js'
import { publicPem } from '../../support/keys.js'
import { bombs } from './bombs.js'
import { makeMaterial } from './corpus.js'

/** Processor time, because the clock depends on the load of the machine. */
const MAX_CPU_MS = 2_000
/** Memory of the whole process, with Node and the report. */
const MAX_MEMORY_MB = 256

const SCRIPT = `
import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { verifyReport } from './sign/verify.js'
const [report, key] = process.argv.slice(2)
let reason = 'accepted'
try {
  verifyReport(readFileSync(report), { publicKeys: [createPublicKey(readFileSync(key))] })
} catch (error) {
  reason = error.reason ?? String(error)
}
const { user, system } = process.cpuUsage()
// Peak resident memory. The value of getrusage is inherited from the parent process.
const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
const memoryMb = Number(/VmHWM:\\s+(\\d+) kB/.exec(status)?.[1] ?? process.memoryUsage().rss / 1024) / 1024
console.log(JSON.stringify({ reason, cpuMs: (user + system) / 1000, memoryMb }))
`

const material = await makeMaterial()
const folder = sharedFolder()

beforeAll(() => {
  compileInto(folder, { switched: false })
  writeFileSync(join(folder, 'verify-one.mjs'), SCRIPT)
  writeFileSync(join(folder, 'key.pem'), publicPem(material.rsa))
})

function explode(report: string | Uint8Array): { reason: string; cpuMs: number; memoryMb: number } {
  const path = join(folder, 'report.xml')
  writeFileSync(path, report)
  const script = join(folder, 'verify-one.mjs')
  return JSON.parse(execFileSync(process.execPath, [script, path, join(folder, 'key.pem')], { encoding: 'utf8' }))
}

describe('verifyReport, for reports that are made to exhaust time or memory', () => {
  it.each(bombs(material))('refuses $name with $expected, within its limits', ({ report, expected, name }) => {
    const { reason, cpuMs, memoryMb } = explode(report)
    if (process.env.JUX_SHOW_BOMBS === '1') console.log(`${name}: ${cpuMs} ms, ${memoryMb} MB, ${report.length} bytes`)

    expect(reason).toBe(expected)
    expect(cpuMs).toBeLessThan(MAX_CPU_MS)
    expect(memoryMb).toBeLessThan(MAX_MEMORY_MB)
  })
})
