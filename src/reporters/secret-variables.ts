/**
 * Keeps the secrets of the environment from the tests.
 *
 * A reporter reads them when its run starts, before the runner starts a worker or a test file. From then on they are
 * only in the memory of this module: code of the tests that dumps the environment finds none of them. The runner's own
 * process still has them in its memory, and the operating system may still show the environment that the process was
 * started with (`/proc/<pid>/environ`).
 *
 * @module
 */
import { aboutSetting, SETTING_NAMES } from '../config/table.js'
import { variableName } from '../setting-source.js'
import type { Environment, System } from '../system.js'

/** Each variable with a secret, in all its spellings. */
export const SECRET_VARIABLES: readonly string[] = SETTING_NAMES.flatMap((setting) => {
  const { secret, aliases } = aboutSetting(setting)
  return secret ? [setting, ...aliases].map(variableName) : []
})

/** What was removed from `process.env`: a second reporter, and a later run of the same process, need it too. */
const hidden = new Map<string, string>()

/** The systems of this process whose environment is complete. */
const complete = new WeakSet<System>()

/** The system with the secrets that were removed from the environment of this process. */
export function withHiddenSecrets(system: System): System {
  if (system.env !== process.env) return system
  const whole: System = {
    ...system,
    // Read anew each time: the runner may set variables after the start. A value that was set anew is the one to use.
    get env(): Environment {
      return { ...Object.fromEntries(hidden), ...process.env }
    },
  }
  complete.add(whole)
  return whole
}

/** Removes the secrets from the environment of this process; a system with another environment is left as it is. */
export function hideSecrets(system: System): void {
  if (!complete.has(system)) return
  for (const name of SECRET_VARIABLES) {
    const value = process.env[name]
    if (value !== undefined) hidden.set(name, value)
    delete process.env[name]
  }
}
