/**
 * Reads the environments of CI systems, one file for each provider and event, with the expected facts.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const FOLDER = fileURLToPath(new URL('../../fixtures/ci/', import.meta.url))

const schema = z.strictObject({
  provider: z.string(),
  /** `push`, `pull request`, `fork`, `merge queue`, `tag`, `schedule` … */
  event: z.string(),
  env: z.record(z.string(), z.string()),
  /** Content of the event file, if the provider writes one. */
  eventFile: z.unknown().optional(),
  /** The facts, with the names of `CiFields`. */
  expected: z.record(z.string(), z.string()),
  /** What jobs may check out, with the facts about the source then. Facts that are not listed are absent. */
  checkouts: z
    .array(
      z.strictObject({
        head: z.strictObject({
          commit: z.string(),
          parents: z.array(z.string()).default([]),
          branch: z.string().optional(),
          tag: z.string().optional(),
        }),
        expected: z.record(z.string(), z.string()),
      }),
    )
    .default([]),
})

/** One environment. */
export type CiFixture = z.output<typeof schema>

/** All environments, by provider and event. */
export function ciFixtures(): readonly CiFixture[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => schema.parse(JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))))
}
