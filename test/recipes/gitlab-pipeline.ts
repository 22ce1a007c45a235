/**
 * The part of GitLab's CI/CD syntax that the recipes use. Anything else is a mistake in the recipe.
 *
 * @module
 */
import { parse } from 'yaml'
import { z } from 'zod'

const variables = z.record(z.string(), z.string())

const cache = z.strictObject({
  key: z.union([z.string(), z.strictObject({ files: z.array(z.string()) })]),
  paths: z.array(z.string()),
  when: z.enum(['always', 'on_success', 'on_failure']).optional(),
})

const rule = z.strictObject({
  if: z.string().optional(),
  when: z.enum(['always', 'on_success', 'never']).optional(),
  variables: variables.optional(),
})

const job = z.strictObject({
  stage: z.string().optional(),
  image: z.string().optional(),
  timeout: z.string().optional(),
  needs: z.array(z.string()).optional(),
  rules: z.array(rule).optional(),
  cache: z.union([cache, z.array(cache)]).optional(),
  variables: variables.optional(),
  before_script: z.array(z.string()).optional(),
  script: z.array(z.string()).min(1),
  artifacts: z
    .strictObject({
      when: z.enum(['always', 'on_success', 'on_failure']).optional(),
      expire_in: z.string().optional(),
      paths: z.array(z.string()),
      reports: z.strictObject({ junit: z.string() }).optional(),
    })
    .optional(),
})

const pipeline = z
  .object({
    stages: z.array(z.string()).optional(),
    workflow: z.strictObject({ rules: z.array(rule) }).optional(),
    variables: variables.optional(),
    default: z.strictObject({ image: z.string().optional(), cache: cache.optional() }).optional(),
  })
  .catchall(job)

/** A pipeline file, its jobs by name. */
export interface Pipeline {
  readonly stages: readonly string[]
  readonly workflow: readonly PipelineRule[]
  readonly variables: Readonly<Record<string, string>>
  readonly jobs: Readonly<Record<string, PipelineJob>>
}

/** One job. */
export type PipelineJob = z.output<typeof job>

/** When a job, or the pipeline, runs. */
export type PipelineRule = z.output<typeof rule>

/** Reads a pipeline; throws what is wrong with it. */
export function parsePipeline(text: string): Pipeline {
  const { stages, workflow, variables, default: _common, ...jobs } = pipeline.parse(parse(text))
  return {
    stages: stages ?? ['test'],
    workflow: workflow?.rules ?? [{ when: 'always' }],
    variables: variables ?? {},
    jobs,
  }
}
