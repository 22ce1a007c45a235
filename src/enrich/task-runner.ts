/**
 * Recognizes the task runner of a monorepo (Turborepo, Nx), which can restore the report of an earlier run from its cache.
 *
 * @module
 */
import type { Property } from '../model.js'
import type { Environment } from '../system.js'

/** The task that the run is part of. */
interface Task {
  readonly runner: 'turborepo' | 'nx'
  /** In the notation of the task runner: `web#test` (Turborepo), `web:test` or `web:test:ci` (Nx). */
  readonly name: string
  /** Of all the inputs of the task; the key of the cache. */
  readonly hash: string
}

/** The facts about the task. Unknown facts have an empty value. */
export function taskFacts(env: Environment): readonly Property[] {
  const task = detectTask(env)
  return [
    { name: 'jux:task_runner', value: task?.runner ?? '' },
    { name: 'jux:task', value: task?.name ?? '' },
    { name: 'jux:task_hash', value: task?.hash ?? '' },
  ]
}

/** Whether Turborepo runs the tests and shows them none of our variables, as it does unless turbo.json names them. */
export function hidesVariables(env: Environment): boolean {
  return detectTask(env)?.runner === 'turborepo' && !Object.keys(env).some((name) => name.startsWith('JUX_'))
}

// Nx has a variable for each part. Turborepo only has the hash; its tasks are scripts, which package managers name.
function detectTask(env: Environment): Task | undefined {
  if (env.NX_TASK_TARGET_PROJECT) {
    const { NX_TASK_TARGET_PROJECT, NX_TASK_TARGET_TARGET, NX_TASK_TARGET_CONFIGURATION, NX_TASK_HASH } = env
    const name = joined([NX_TASK_TARGET_PROJECT, NX_TASK_TARGET_TARGET, NX_TASK_TARGET_CONFIGURATION], ':')
    return { runner: 'nx', name, hash: NX_TASK_HASH ?? '' }
  }
  if (!env.TURBO_HASH) return undefined
  return {
    runner: 'turborepo',
    name: joined([env.npm_package_name, env.npm_lifecycle_event], '#'),
    hash: env.TURBO_HASH,
  }
}

function joined(parts: readonly (string | undefined)[], separator: string): string {
  return parts.filter((part) => part).join(separator)
}
