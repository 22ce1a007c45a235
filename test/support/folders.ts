import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished } from 'vitest'

/** Creates a folder that is removed after the test. */
export function temporaryFolder(): string {
  return folderUntil(onTestFinished)
}

/** Creates a folder that is removed after the last test of the file. */
export function sharedFolder(): string {
  return folderUntil(afterAll)
}

function folderUntil(end: (clean: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'jux-test-'))
  end(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
