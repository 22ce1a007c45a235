/**
 * What a reporter explains under `verbose`: its settings, its decisions, what was scrubbed and cut, and the time of each
 * stage. Loaded only then.
 *
 * @module
 */
import { explainConfig, type Row } from '../config/explain.js'
import type { Config } from '../config/load.js'
import type { Settings } from '../config/table.js'
import type { Facts } from '../enrich/facts.js'
import type { Receipt } from '../pipeline.js'
import { DEFAULT_LIMITS } from '../scrub/limits.js'
import type { System } from '../system.js'

const MODES = {
  local: 'stores the report, sends nothing',
  api: 'sends the report, stores nothing',
  both: 'stores the report, then sends it',
  cache: 'puts the report in the queue, then sends it',
} as const satisfies Record<Settings['storageMode'], string>

/** The limits behind each count of `jux:truncated`. */
const LIMITS_OF = {
  messages: ['messageCharacters'],
  details: ['detailCharacters'],
  outputs: ['testOutputCharacters', 'moduleOutputCharacters'],
} as const

/** A placeholder with the name of its variable or setting. */
const PLACEHOLDER = /\[secret:((?:env|config):[\w.-]{1,100})\]/g

/** Measures the stages of one reporter, and explains its runs. */
export class Explanation {
  readonly #system: System
  readonly #times = new Map<string, number>()

  constructor(system: System) {
    this.#system = system
  }

  /** Adds the time of a stage. */
  add(stage: string, ms: number): void {
    this.#times.set(stage, (this.#times.get(stage) ?? 0) + ms)
  }

  /** Calls an action, and adds its time to the stage; that of a promise until it settles. */
  readonly time = <T>(stage: string, action: () => T): T => {
    const startMs = this.#system.monotonicMs()
    const end = () => this.add(stage, this.#system.monotonicMs() - startMs)
    let isPending = false
    try {
      const result = action()
      if (result instanceof Promise) {
        isPending = true
        result.then(end, end)
      }
      return result
    } finally {
      if (!isPending) end()
    }
  }

  /** What is known when the settings are loaded. */
  start(config: Config, cwd: string): readonly Row[] {
    return [...explainConfig(config, cwd, this.#system), ['mode', modeText(config.settings)]]
  }

  /** What is known when a report is delivered. The times start again for the next run. */
  end({ report, submitted }: Receipt, facts: Facts, { limits }: Settings): readonly Row[] {
    const property = (name: string) => report.properties.find((candidate) => candidate.name === name)?.value
    const times = [...this.#times].map(([stage, ms]) => `${stage} ${ms.toFixed(ms < 10 ? 1 : 0)} ms`)
    this.#times.clear()
    const attempts = submitted === undefined ? [] : [['attempts', String(submitted.attempts)] as const]
    return [
      ...(facts.explain?.() ?? []),
      ['scrubbed', scrubbedText(property('jux:scrubbed'), report.chunks)],
      ['cut', cutText(property('jux:truncated'), { ...DEFAULT_LIMITS, ...limits })],
      ...attempts,
      ['times', times.join(', ')],
    ]
  }
}

function modeText({ storageMode, dryRun }: Settings): string {
  return dryRun ? 'a dry run: stores and sends nothing' : `${storageMode}: ${MODES[storageMode]}`
}

function scrubbedText(counts: string | undefined, chunks: readonly Uint8Array[]): string {
  if (counts === undefined) return 'nothing'
  const text = Buffer.concat(chunks).toString('latin1')
  const names = [...new Set([...text.matchAll(PLACEHOLDER)].map(([, name]) => name))]
  return names.length === 0 ? counts : `${counts} (${names.join(', ')})`
}

function cutText(counts: string | undefined, limits: typeof DEFAULT_LIMITS): string {
  if (counts === undefined) return 'nothing'
  const names = Object.entries(LIMITS_OF).flatMap(([kind, own]) => (counts.includes(`${kind}=`) ? own : []))
  return `${counts} (limits: ${[...names, 'reportBytes' as const].map((name) => `${name} ${limits[name]}`).join(', ')})`
}
