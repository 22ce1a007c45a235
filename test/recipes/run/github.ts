/**
 * Runs a workflow the way GitHub Actions does: jobs in fresh folders, artefacts and caches between them, `if` and `needs` honoured.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { git } from '../../support/repository.js'
import { evaluate, type Lookup, truthy } from '../conditions.js'
import { parseWorkflow, type Workflow, type WorkflowJob, type WorkflowStep } from '../github-workflow.js'
import { type Build, type Job, JobLog, SKIPPED } from './build.js'
import { carry, type Event, type World } from './world.js'

/** One job as it runs. */
interface Running {
  readonly world: World
  readonly event: Event
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly lookup: Lookup
  readonly log: JobLog
}

/** Runs all jobs of a workflow; they stand in the order of their needs. */
export async function runWorkflow(world: World, event: Event): Promise<Build> {
  const workflow = parseWorkflow(world.recipe)
  const jobs: Record<string, Job> = {}
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const needed = job.needs === undefined ? 'success' : jobs[job.needs]?.result
    const lookup = lookupFor(world, event, needed === 'success')
    jobs[name] = holds(job.if, lookup) ? await runJob(workflow, job, world, event) : SKIPPED
  }
  return { jobs, kept: join(world.base, 'artefacts', 'test-report') }
}

async function runJob(workflow: Workflow, job: WorkflowJob, world: World, event: Event): Promise<Job> {
  const folder = mkdtempSync(join(world.base, 'job-'))
  const log = new JobLog()
  const eventFile = join(world.base, 'event.json')
  writeFileSync(eventFile, JSON.stringify(event.fixture.eventFile ?? {}))
  const lookup: Lookup = (name) => lookupFor(world, event, log.ok)(name)
  const env = {
    ...world.env,
    ...event.fixture.env,
    GITHUB_SHA: event.commit,
    GITHUB_EVENT_PATH: eventFile,
    GITHUB_WORKSPACE: folder,
    GITHUB_STEP_SUMMARY: join(world.base, 'summary.md'),
    ...resolved(workflow.env, lookup),
  }
  for (const step of job.steps) {
    if (holds(step.if, lookup)) await runStep(step, { world, event, folder, env, lookup, log })
  }
  return log.job
}

async function runStep(step: WorkflowStep, running: Running): Promise<void> {
  const { folder, lookup, log } = running
  if ('run' in step) {
    const env = { ...running.env, ...resolved(step.env, lookup) }
    await log.run({ shell: ['bash', '-ec'], script: interpolate(step.run, lookup), folder, env })
    return
  }
  const [name = '', sha = ''] = step.uses.split('@')
  const action = ACTIONS[name]
  if (action === undefined) throw new Error(`no such action here: ${name}`)
  if (!/^(?:[0-9a-f]{40}|v\d+)$/.test(sha)) throw new Error(`${step.uses} is not pinned`)
  const settings = Object.entries(step.with ?? {}).map(([key, value]) => [key, interpolate(String(value), lookup)])
  if (!action(Object.fromEntries(settings), running)) log.ok = false
}

type Action = (settings: Readonly<Record<string, string>>, running: Running) => boolean

/** What the actions do, as far as the recipes go; false is a failed step. */
const ACTIONS: Readonly<Record<string, Action>> = {
  'actions/checkout': (_settings, { world, event, folder }) => {
    git(folder, 'init', '--quiet')
    git(folder, 'remote', 'add', 'origin', world.origin)
    git(folder, 'fetch', '--quiet', '--no-tags', '--depth=1', 'origin', event.commit)
    git(folder, 'checkout', '--quiet', '--detach', event.commit)
    return true
  },
  'actions/setup-node': () => true,
  'actions/upload-artifact': ({ name = '', path = '', 'if-no-files-found': missing }, { world, folder }) => {
    const to = join(world.base, 'artefacts', name)
    rmSync(to, { recursive: true, force: true })
    return carry(existing(folder, path), to) > 0 || missing !== 'error'
  },
  'actions/download-artifact': ({ name = '', path = '' }, { world, folder }) =>
    carry(existing(world.base, join('artefacts', name)), join(folder, path)) > 0,
  'actions/cache/restore': ({ path = '', key = '', 'restore-keys': prefix = key }, { world, folder }) => {
    const caches = existing(world.base, 'caches')
    const found = readdirSync(caches)
      .filter((name) => name === key || name.startsWith(prefix))
      .at(-1)
    if (found !== undefined) carry(join(caches, found), join(folder, path))
    return true
  },
  'actions/cache/save': ({ path = '', key = '' }, { world, folder }) => {
    carry(existing(folder, path), join(world.base, 'caches', key))
    return true
  },
}

function existing(base: string, path: string): string {
  const folder = join(base, path)
  mkdirSync(folder, { recursive: true })
  return folder
}

// Without a word on the status, a condition holds only while everything before went well.
function holds(condition: string | undefined, lookup: Lookup): boolean {
  const text = condition?.replace(/^\$\{\{(.*)\}\}$/s, '$1') ?? 'success()'
  const value = truthy(evaluate(text, lookup))
  return /\b(?:always|success|failure|cancelled)\(\)/.test(text) ? value : value && lookup('success()') === true
}

function lookupFor(world: World, { fixture, secrets, commit }: Event, ok: boolean): Lookup {
  const values: Readonly<Record<string, string | boolean | undefined>> = {
    'always()': true,
    'cancelled()': false,
    'success()': ok,
    'failure()': !ok,
    'secrets.JUX_KEY': secrets ? world.secrets.key : '',
    'secrets.JUX_API_KEY': secrets ? world.secrets.apiKey : '',
    'github.sha': commit,
    'github.event_name': fixture.env.GITHUB_EVENT_NAME,
    'github.run_id': fixture.env.GITHUB_RUN_ID,
    'github.run_attempt': fixture.env.GITHUB_RUN_ATTEMPT,
  }
  return (name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`unknown in an expression: ${name}`)
    return values[name]
  }
}

function resolved(env: Readonly<Record<string, string>> | undefined, lookup: Lookup): Record<string, string> {
  return Object.fromEntries(Object.entries(env ?? {}).map(([name, value]) => [name, interpolate(value, lookup)]))
}

function interpolate(text: string, lookup: Lookup): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_whole, expression: string) => String(evaluate(expression, lookup)))
}
