/**
 * The part of GitHub's workflow syntax that the recipes use. Anything else is a mistake in the recipe.
 *
 * @module
 */
import { parse } from 'yaml'
import { z } from 'zod'

const env = z.record(z.string(), z.string())

const step = z.union([
  z.strictObject({ name: z.string().optional(), run: z.string(), if: z.string().optional(), env: env.optional() }),
  z.strictObject({
    name: z.string().optional(),
    uses: z.string(),
    if: z.string().optional(),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
])

const job = z.strictObject({
  needs: z.string().optional(),
  if: z.string().optional(),
  'runs-on': z.string(),
  'timeout-minutes': z.number().optional(),
  steps: z.array(step).min(1),
})

const workflow = z.strictObject({
  name: z.string().optional(),
  on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'none'])).optional(),
  env: env.optional(),
  jobs: z.record(z.string(), job),
})

/** A workflow file. */
export type Workflow = z.output<typeof workflow>

/** One of its jobs. */
export type WorkflowJob = z.output<typeof job>

/** One step of a job: a command, or an action. */
export type WorkflowStep = z.output<typeof step>

/** Reads a workflow; throws what is wrong with it. */
export function parseWorkflow(text: string): Workflow {
  return workflow.parse(parse(text))
}
