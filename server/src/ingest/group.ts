/**
 * A group of submissions that arrived together: their reports are stored in one transaction.
 *
 * @module
 */
import type { RunRow } from '../database/schema.js'
import { type NewRun, type StoreContext, storeTogether } from './store.js'

/** The place of one submission in its group. */
export interface GroupMember {
  /** Stores a run with those of the other members. Returns undefined, and stores nothing, if its project has the same report. */
  store(newRun: NewRun): Promise<RunRow | undefined>
  /** Tells the others not to wait for this one. It may be called again, and after `store`. */
  leave(): void
}

interface Waiting {
  readonly newRun: NewRun
  resolve(run: RunRow | undefined): void
  reject(error: unknown): void
}

/** Stores the runs of its members when each of them has called `store` or `leave`. */
export class StoreGroup {
  readonly #context: StoreContext
  readonly #waiting: Waiting[] = []
  #expected: number

  constructor(context: StoreContext, size: number) {
    this.#context = context
    this.#expected = size
  }

  /** Returns the place of a member. Call it once for each. */
  member(): GroupMember {
    let isExpected = true
    const arrive = () => {
      if (!isExpected) return
      isExpected = false
      this.#expected--
      if (this.#expected === 0 && this.#waiting.length > 0) void this.#store()
    }
    return {
      store: (newRun) =>
        new Promise((resolve, reject) => {
          this.#waiting.push({ newRun, resolve, reject })
          arrive()
        }),
      leave: arrive,
    }
  }

  async #store(): Promise<void> {
    const waiting = this.#waiting.splice(0)
    try {
      const results = await storeTogether(
        this.#context,
        waiting.map(({ newRun }) => newRun),
      )
      for (const [at, { resolve, reject }] of waiting.entries()) {
        const result = results[at]
        if (result !== undefined && 'run' in result) resolve(result.run)
        else reject(result?.error)
      }
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}
