import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  return folderUntil(onTestFinished)
}

/** A folder that goes away with the last test of the file. */
export function sharedFolder(): string {
  return folderUntil(afterAll)
}

function folderUntil(end: (clean: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'jux-test-'))
  end(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
