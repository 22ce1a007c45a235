/**
 * Tells whether a Vitest module has changed since it ended: an event may come late.
 *
 * @module
 */
import type { VitestEntity, VitestModule, VitestSuite, VitestTest } from './vitest-types.js'

/** What a module was like at one moment. */
export type VitestMark = readonly unknown[]

/**
 * Reads the mark of a module. Vitest replaces the result of a test as a whole, so that its identity is enough.
 *
 * @returns `undefined` if Vitest does not show its records, so that a change could not be seen
 */
export function markOf(module: VitestModule): VitestMark | undefined {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic()
  const mark: unknown[] = [environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration]
  return addEntity(mark, module) && addChildren(mark, module.children) ? mark : undefined
}

/** Whether two marks of one module are the same. */
export function isSameMark(left: VitestMark, right: VitestMark | undefined): boolean {
  return left.length === right?.length && left.every((value, index) => Object.is(value, right[index]))
}

function addChildren(mark: unknown[], children: Iterable<VitestTest | VitestSuite>): boolean {
  for (const child of children) {
    if (!addEntity(mark, child)) return false
    if (child.type === 'suite' && !addChildren(mark, child.children)) return false
  }
  return true
}

function addEntity(mark: unknown[], { task }: VitestEntity): boolean {
  if (task === undefined) return false
  const { result, meta, mode, annotations, artifacts } = task
  mark.push(task, result, result?.state, result?.errors?.length, meta, mode, annotations?.length, artifacts?.length)
  return true
}
