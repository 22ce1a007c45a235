/**
 * Loaded by Node and Bun into every process that `jux run` starts for a recognized command. In the main process of
 * Vitest, Jest or Playwright it adds our reporter; in all other processes it does nothing.
 *
 * It imports almost nothing, because package managers load it too, and it never throws.
 *
 * @module
 */
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { leaveMark, preloadFlags, RUN_VARIABLE } from '../../run-mark.js'

if (isMainThread) {
  try {
    await addReporter(programOf(process.argv[1] ?? ''))
  } catch {
    // The runner runs as without us. No reporter will start, which `jux run` then says.
  }
}

async function addReporter(program: string): Promise<void> {
  const runner = /\/vitest\/vitest\.mjs$/.test(program)
    ? 'vitest'
    : /\/jest(?:-cli)?\/bin\/jest(?:\.js)?$/.test(program)
      ? 'jest'
      : /\/(?:@playwright\/test|playwright)\/cli\.js$/.test(program)
        ? 'playwright'
        : undefined
  const folder = process.env[RUN_VARIABLE]
  if (runner === undefined || folder === undefined) return
  forgetThisModule()
  const { addToRunner } = await import('./add-reporter.js')
  if (!addToRunner(runner, program, folder)) {
    delete process.env[RUN_VARIABLE]
    leaveMark(folder, 'idle')
    return
  }
  leaveMark(folder, 'load')
}

// Processes that the tests start must not load it.
function forgetThisModule(): void {
  for (const [name, flag] of Object.entries(preloadFlags(import.meta.url, fileURLToPath(import.meta.url)))) {
    const others = (process.env[name] ?? '').replace(flag, '').trim()
    if (others === '') delete process.env[name]
    else process.env[name] = others
  }
}

function programOf(path: string): string {
  try {
    return realpathSync(path).replaceAll('\\', '/')
  } catch {
    return path.replaceAll('\\', '/')
  }
}
