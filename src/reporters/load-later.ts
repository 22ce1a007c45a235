/**
 * Loads while tests run what only the end of the run needs: the runner waits for its reporters at its start and its end.
 *
 * @module
 */
import { setTimeout } from 'node:timers'
import type { Settings } from '../config/table.js'
import type { Signer } from '../sign/keys.js'
import { loadCanonicalizer } from '../sign/signed-info.js'

// The runner has started its workers by then, and waits for them.
const DELAY_MS = 100
// Captured now: tests may install fake timers later.
const startTimer = setTimeout

/** Loads the packages that sign and submit. The end of the run loads what is still missing, so a failure means nothing. */
export function loadLater(signer: Signer | undefined, { storageMode, dryRun }: Settings): void {
  const submits = storageMode !== 'local' && !dryRun
  if (signer === undefined && !submits) return
  const timer = startTimer(async () => {
    try {
      if (submits) await import('undici')
      if (signer !== undefined) loadCanonicalizer()
    } catch {
      // Reported by the one who needs it.
    }
  }, DELAY_MS)
  timer.unref()
}
