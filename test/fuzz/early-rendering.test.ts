import { describe, expect, it } from 'vitest'
import { compareEarlyRuns } from '../support/early-runs.js'

const RUNS = 4_000
const seed = process.env.JUX_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.JUX_SEED)

describe('EarlyRenderer', () => {
  it(`gives the bytes of the whole run for ${RUNS} generated runs, JUX_SEED=${seed}`, () => {
    const { runs, files, earlyFiles, wholeRuns } = compareEarlyRuns(RUNS, seed)

    expect(runs).toBe(RUNS)
    console.log(
      `${runs} runs, ${earlyFiles} of ${files} files rendered early, no difference; ${wholeRuns} runs rendered as a whole`,
    )
  })
})
