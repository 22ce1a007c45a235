/**
 * Lets one writer at a time use an SQLite file.
 *
 * SQLite has one writer. A second one waits inside the library, and on the main thread all requests would wait with it. So the writers
 * of this process, in all of its threads, take turns, first come first served. PostgreSQL needs no turns.
 *
 * @module
 */
import type { Engine } from './engine.js'

/** Runs an action that writes, when it is its turn. Do not nest. */
export type InTurn = <T>(action: () => Promise<T>) => Promise<T>

/** The queue of the writers. */
export class WriteTurns {
  readonly #isNeeded: boolean
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  constructor(engine: Engine) {
    this.#isNeeded = engine === 'sqlite'
  }

  /** Waits for a turn. Call the returned function once, when the turn is over. */
  async take(): Promise<() => void> {
    if (!this.#isNeeded) return () => {}
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#isTaken = true
    return () => {
      const next = this.#waiting.shift()
      if (next === undefined) this.#isTaken = false
      else next()
    }
  }

  readonly run: InTurn = async (action) => {
    const end = await this.take()
    try {
      return await action()
    } finally {
      end()
    }
  }
}
