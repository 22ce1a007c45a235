/**
 * Runs a declarative pipeline the way Jenkins does: stages in one workspace that stays between builds, `when`, `post` and credentials honoured.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { git } from '../../support/repository.js'
import { blockOf, type Call, type Expression, parseJenkinsfile } from '../jenkinsfile.js'
import { type Build, type Job, JobLog, SKIPPED } from './build.js'
import { type Event, matching, type World } from './world.js'

type Environment = Readonly<Record<string, string>>

/** What all stages of a build share. */
interface Running {
  readonly world: World
  readonly event: Event
  readonly workspace: string
  readonly kept: string
}

/** Runs a build; its stages are its jobs, and `post` is one more. */
export async function runJenkins(world: World, event: Event): Promise<Build> {
  const pipeline = parseJenkinsfile(world.recipe).block ?? []
  const workspace = join(world.base, 'workspace')
  const kept = mkdtempSync(join(world.base, 'archive-'))
  const running = { world, event, workspace, kept }
  checkOut(running)
  const env = withEnvironment(pipeline, running, {
    ...world.env,
    ...event.fixture.env,
    GIT_COMMIT: event.commit,
    WORKSPACE: workspace,
    WORKSPACE_TMP: `${workspace}@tmp`,
  })
  // The registry's cache, or every package would be fetched again.
  const shared = { ...env, npm_config_cache: world.env.npm_config_cache ?? '' }
  const jobs: Record<string, Job> = {}
  for (const stage of blockOf(pipeline, 'stages')) {
    const well = Object.values(jobs).every(({ result }) => result !== 'failure')
    const runs = well && blockOf(stage.block ?? [], 'when').every((condition) => holds(condition, event))
    jobs[textOf(stage.positional[0])] = runs ? await runStage(stage.block ?? [], running, shared) : SKIPPED
  }
  const log = new JobLog()
  await runSteps(blockOf(blockOf(pipeline, 'post'), 'always'), running, shared, log)
  return { jobs: { ...jobs, post: log.job }, kept }
}

async function runStage(stage: readonly Call[], running: Running, outer: Environment): Promise<Job> {
  const env = withEnvironment(stage, running, outer)
  const log = new JobLog()
  await runSteps(blockOf(stage, 'steps'), running, env, log)
  await runSteps(blockOf(blockOf(stage, 'post'), 'always'), running, env, log)
  return log.job
}

async function runSteps(steps: readonly Call[], running: Running, env: Environment, log: JobLog): Promise<void> {
  for (const step of steps) if (!(await runStep(step, running, env, log))) return
}

async function runStep(step: Call, running: Running, env: Environment, log: JobLog): Promise<boolean> {
  const { workspace, kept } = running
  if (step.name === 'sh') {
    return log.run({ shell: ['sh', '-xec'], script: textOf(step.positional[0], env), folder: workspace, env })
  }
  if (step.name === 'catchError') {
    const inner = new JobLog()
    await runSteps(step.block ?? [], running, env, inner)
    log.commands.push(...inner.commands)
    return true
  }
  if (step.name !== 'junit' && step.name !== 'archiveArtifacts') throw new Error(`no such step here: ${step.name}`)
  const files = matching(workspace, textOf(step.positional[0] ?? step.named.artifacts))
  if (files.length === 0) log.ok = false
  if (step.name === 'archiveArtifacts') {
    for (const file of files) writeFileSync(join(kept, basename(file)), readFileSync(file))
  }
  return log.ok
}

function checkOut({ world, event, workspace }: Running): void {
  mkdirSync(workspace, { recursive: true })
  git(workspace, 'init', '--quiet')
  git(workspace, 'fetch', '--quiet', world.origin, event.commit)
  git(workspace, 'checkout', '--quiet', '--force', '--detach', event.commit)
}

function withEnvironment(block: readonly Call[], { world, event }: Running, outer: Environment): Environment {
  const env = { ...outer }
  for (const { name, assigned } of blockOf(block, 'environment')) {
    if (isCall(assigned)) env[name] = credential(assigned, world, event)
    else env[name] = textOf(assigned, env)
  }
  return env
}

// A secret file is a path to a file of the agent's user alone; a secret text is itself.
function credential({ name, positional }: Call, world: World, event: Event): string {
  const id = textOf(positional[0])
  if (name !== 'credentials' || !event.secrets) throw new Error(`no credential ${id}`)
  if (id === 'jux-api-key') return world.secrets.apiKey
  if (id !== 'jux-key') throw new Error(`no credential ${id}`)
  const path = join(world.base, 'secret-file.pem')
  rmSync(path, { force: true })
  writeFileSync(path, world.secrets.key, { mode: 0o600 })
  return path
}

function holds({ name, block = [] }: Call, event: Event): boolean {
  if (name === 'not') return !block.every((inner) => holds(inner, event))
  if (name === 'changeRequest') return event.fixture.env.CHANGE_ID !== undefined
  throw new Error(`no such condition here: ${name}`)
}

function isCall(value: Expression | undefined): value is Call {
  return typeof value === 'object' && 'name' in value
}

function textOf(value: Expression | undefined, env: Environment = {}): string {
  if (typeof value !== 'object' || !('text' in value)) throw new Error(`not a text: ${JSON.stringify(value)}`)
  return value.interpolated ? value.text.replace(/\$\{(\w+)\}/g, (_whole, name: string) => env[name] ?? '') : value.text
}
