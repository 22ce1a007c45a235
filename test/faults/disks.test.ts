import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { scratchProject } from '../support/scratch.js'
import { acknowledged, checkStore, STORE_PROGRAM, startNode } from './faults.js'

const AS_ROOT = process.getuid?.() === 0
const CAN_MOUNT = AS_ROOT && canMount()
const NOBODY = 65_534

const TEST = "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n"
const CONFIG = "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n"

describe.skipIf(!CAN_MOUNT)('the store on a disk of 1 MB', () => {
  it('loses only the reports that do not fit', async () => {
    const { home, disk } = mounted('size=1m')
    const child = startNode([STORE_PROGRAM, join(disk, 'store'), '60', 'full', '{}'], home)

    const status = await child.ended

    const hashes = acknowledged(child.output)
    const found = checkStore(join(disk, 'store'), hashes)
    const refused = child.output.match(/STORAGE_FULL \(503\) enospc/g)?.length ?? 0
    console.log(
      `a full disk: ${hashes.length} stored, ${refused} refused, exit code ${status}, ${JSON.stringify(found)}`,
    )
    expect(status).toBe(0)
    expect(hashes.length + refused).toBe(60)
    expect(refused).toBeGreaterThan(0)
    expect(found).toEqual({ lost: 0, corrupt: 0, visible: hashes.length, leftovers: 0 })
  })

  it('does not change the exit code of a Vitest run', async () => {
    const { disk } = mounted('size=1m')
    fill(disk)
    const run = await scratchProject({ 'a.test.js': TEST, 'vitest.config.js': CONFIG }).vitest(['run'], {
      JUX_STORAGE_PATH: disk,
    })

    expect(run.status).toBe(0)
    expect(run.stderr).toMatch(/STORAGE_FULL/)
    expect(run.stderr).toMatch(/jux cache clean/)
  })
})

describe.skipIf(!CAN_MOUNT)('the store on a read-only disk', () => {
  it('prints the reason erofs, and does not change the exit code of a Vitest run', async () => {
    const { disk } = mounted('ro')
    const run = await scratchProject({ 'a.test.js': TEST, 'vitest.config.js': CONFIG }).vitest(['run'], {
      JUX_STORAGE_PATH: disk,
    })

    expect(run.status).toBe(0)
    expect(run.stderr).toMatch(/STORAGE_PERMISSION_DENIED \(502\) erofs/)
  })
})

describe.skipIf(!AS_ROOT)('the store in a folder of another user', () => {
  it('prints the reason eacces, and loses no report', async () => {
    const home = temporaryFolder()
    const root = join(home, 'store')
    const first = startNode([STORE_PROGRAM, root, '1', 'earlier', '{}'], home)
    await first.ended
    chmodSync(home, 0o755)
    for (const folder of [root, join(root, 'reports')]) chmodSync(folder, 0o755)
    const wrapper = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']

    const child = startNode([STORE_PROGRAM, root, '1', 'later', '{}'], home, {}, wrapper)
    const status = await child.ended

    expect(status).toBe(0)
    expect(child.output).toMatch(/STORAGE_PERMISSION_DENIED \(502\) eacces/)
    expect(checkStore(root, acknowledged(first.output))).toEqual({ lost: 0, corrupt: 0, visible: 1, leftovers: 0 })
  })
})

/** A small file system that is unmounted after the test. */
function mounted(options: string) {
  const home = temporaryFolder()
  const disk = join(home, 'disk')
  mkdirSync(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk])
  onTestFinished(() => {
    execFileSync('umount', ['-l', disk])
  })
  return { home, disk }
}

// Until not even a small report fits.
function fill(disk: string): void {
  for (const sizeBytes of [64 * 1024, 4 * 1024]) {
    try {
      for (let index = 0; ; index++) writeFileSync(join(disk, `ballast-${sizeBytes}-${index}`), Buffer.alloc(sizeBytes))
    } catch {
      // The disk is full now.
    }
  }
}

function canMount(): boolean {
  const folder = join(process.cwd(), 'node_modules', '.mount-probe')
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    readdirSync(folder)
    execFileSync('umount', [folder])
    return true
  } catch {
    console.log('did not run: mounting is not allowed here')
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (!AS_ROOT) console.log('did not run: what needs root (mounted disks, another user)')
