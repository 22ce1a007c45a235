/**
 * Loads zod when it has something to check. Reporters load in the runner's process, whose start waits for them, and most
 * of their values need no schema.
 *
 * `zod/v3` is the smaller of zod's two interfaces, and zod promises to support it permanently. It loads four times as fast
 * as the other interface.
 *
 * @module
 */
import { createRequire } from 'node:module'

type Zod = typeof import('zod/v3').z

let loaded: Zod | undefined

/** The interface of zod. Loaded with `require`, because settings are read synchronously. */
export function zod(): Zod {
  if (loaded === undefined) {
    const { z }: typeof import('zod/v3') = createRequire(import.meta.url)('zod/v3')
    loaded = z
  }
  return loaded
}
