/**
 * Runs a pipeline the way GitLab does: stages in order, jobs in fresh folders, rules, caches and artefacts between them.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../support/repository.js'
import { evaluate, truthy } from '../conditions.js'
import { type Pipeline, type PipelineJob, type PipelineRule, parsePipeline } from '../gitlab-pipeline.js'
import { type Build, type Job, JobLog, SKIPPED } from './build.js'
import { carry, type Event, matching, type World } from './world.js'

/** Runs a pipeline; none of its jobs when its workflow says so. */
export async function runPipeline(world: World, event: Event): Promise<Build> {
  const pipeline = parsePipeline(world.recipe)
  const variables = {
    ...event.fixture.env,
    ...pipeline.variables,
    CI_COMMIT_SHA: event.commit,
    CI_DEFAULT_BRANCH: 'release/2.0',
    CI_COMMIT_REF_PROTECTED: String(event.secrets),
    ...(event.secrets ? projectVariables(world) : {}),
  }
  const jobs: Record<string, Job> = {}
  const artefacts = mkdtempSync(join(world.base, 'artefacts-'))
  if (decide(pipeline.workflow, variables) !== undefined) {
    for (const [name, job] of inOrder(pipeline)) {
      const verdict = decide(job.rules ?? [{ when: 'on_success' }], variables)
      const before = job.needs ?? Object.keys(jobs)
      const well = before.every((needed) => jobs[needed]?.result !== 'failure')
      const runs = verdict?.when === 'always' || (verdict !== undefined && well)
      const env = { ...world.env, ...variables, ...job.variables, ...verdict?.variables }
      jobs[name] = runs ? await runJob(job, world, event, env, artefacts) : SKIPPED
    }
  }
  return { jobs, kept: join(artefacts, 'jux', 'reports') }
}

// A variable of type File is a path; the runner writes the file for everybody to read.
function projectVariables(world: World): Record<string, string> {
  const path = join(world.base, 'JUX_KEY_PATH')
  writeFileSync(path, world.secrets.key, { mode: 0o666 })
  return { JUX_KEY_PATH: path, JUX_API_KEY: world.secrets.apiKey }
}

async function runJob(
  job: PipelineJob,
  world: World,
  event: Event,
  env: Readonly<Record<string, string>>,
  artefacts: string,
): Promise<Job> {
  const folder = mkdtempSync(join(world.base, 'job-'))
  const log = new JobLog()
  git(folder, 'init', '--quiet')
  git(folder, 'remote', 'add', 'origin', world.origin)
  git(folder, 'fetch', '--quiet', '--depth=20', 'origin', event.commit)
  git(folder, 'checkout', '--quiet', '--detach', event.commit)
  const caches = [job.cache ?? []].flat().filter(({ key }) => key === 'jux-queue')
  for (const { paths } of caches) copyPaths(paths, join(world.base, 'caches'), folder)
  carry(artefacts, folder)

  const script = [...(job.before_script ?? []), ...job.script].join('\n')
  await log.run({ shell: ['bash', '-eo', 'pipefail', '-c'], script, folder, env })

  for (const { paths, when = 'on_success' } of caches) {
    if (when === 'always' || log.ok) copyPaths(paths, folder, join(world.base, 'caches'))
  }
  const { artifacts } = job
  if (artifacts !== undefined && (artifacts.when === 'always' || log.ok)) {
    copyPaths(artifacts.paths, folder, artefacts)
    const pattern = artifacts.reports?.junit
    if (pattern !== undefined && matching(folder, pattern).length === 0) log.ok = false
  }
  return log.job
}

function copyPaths(paths: readonly string[], from: string, to: string): void {
  for (const path of paths) {
    mkdirSync(join(from, path), { recursive: true })
    carry(join(from, path), join(to, path))
  }
}

function inOrder({ stages, jobs }: Pipeline): [string, PipelineJob][] {
  return stages.flatMap((stage) => Object.entries(jobs).filter(([, job]) => (job.stage ?? 'test') === stage))
}

function decide(rules: readonly PipelineRule[], variables: Readonly<Record<string, string>>): PipelineRule | undefined {
  const lookup = (name: string) => variables[name.replace('$', '')]
  const first = rules.find(({ if: condition }) => condition === undefined || truthy(evaluate(condition, lookup)))
  return first?.when === 'never' ? undefined : first
}
