/**
 * Runs the jobs of a recipe: their shell steps in order, in a checkout, with the provider's environment.
 *
 * @module
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { git } from '../../support/repository.js'
import type { Job, Step } from '../steps.js'

/** A command as it was run, to run it again with something changed. */
export interface Command {
  /** `bash` or `sh` with its flags; the script is the last argument. */
  readonly shell: readonly string[]
  readonly script: string
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}

/** How a command ended. */
export interface Finished {
  readonly status: number | null
  /** Both streams. */
  readonly output: string
}

/** How a job ended. */
export interface JobResult {
  readonly result: 'success' | 'failure' | 'skipped'
  readonly commands: readonly (Command & Finished)[]
}

/** Where jobs run. */
export interface Runner {
  readonly shell: readonly string[]
  /** Arguments of `git fetch`. */
  readonly depth: readonly string[]
  /** Whether all jobs of all builds share one folder. */
  readonly sharesWorkspace: boolean
  /** Variables that depend on the folder of the job. */
  variables(folder: string): Readonly<Record<string, string>>
}

/** What a build needs. */
export interface BuildInputs {
  /** Folder of the workspaces and stores. */
  readonly base: string
  readonly origin: string
  readonly commit: string
  readonly runner: Runner
  /** Variables of every job, before its own. */
  readonly env: Readonly<Record<string, string>>
  /** Variables that win over those of the job. */
  readonly override: Readonly<Record<string, string>>
}

/** Runs the jobs whose condition holds, in order; gives the result of each by name. */
export async function runJobs(jobs: readonly Job[], inputs: BuildInputs): Promise<Readonly<Record<string, JobResult>>> {
  const results: Record<string, JobResult> = {}
  for (const job of jobs) {
    const needed = job.needs ?? Object.keys(results)
    const failed = needed.some((name) => results[name]?.result === 'failure')
    const runs = job.runs && (!failed || job.afterFailure)
    results[job.name] = runs ? await runJob(job, inputs) : { result: 'skipped', commands: [] }
  }
  return results
}

async function runJob(job: Job, inputs: BuildInputs): Promise<JobResult> {
  const { base, runner } = inputs
  const folder = runner.sharesWorkspace ? join(base, 'workspace') : mkdtempSync(join(base, 'job-'))
  checkOut(folder, inputs)
  const provided = { ...inputs.env, ...runner.variables(folder) }
  // Jenkins and GitLab expand variables in the values of variables.
  const expand = (value: string) => value.replace(/\$\{(\w+)\}/g, (_, name: string) => provided[name] ?? '')
  const own = Object.fromEntries(Object.entries(job.env).map(([name, value]) => [name, expand(value)]))
  const env = { ...provided, ...own, ...inputs.override }
  const commands: (Command & Finished)[] = []
  let ok = true
  for (const step of job.steps) {
    if (!ok && !step.always) continue
    const succeeded = await runStep(step, { shell: runner.shell, script: '', folder, env }, base, commands)
    if (!succeeded && !step.mayFail) ok = false
  }
  return { result: ok ? 'success' : 'failure', commands }
}

async function runStep(step: Step, command: Command, base: string, commands: (Command & Finished)[]): Promise<boolean> {
  if ('script' in step) {
    const full = { ...command, script: step.script, env: { ...command.env, ...step.env } }
    const finished = await run(full)
    commands.push({ ...full, ...finished })
    return finished.status === 0
  }
  const inJob = join(command.folder, step.path)
  if ('take' in step) return copyFiles(storeFolder(base, step.take), inJob) > 0 || !step.required
  const store = storeFolder(base, step.leave)
  rmSync(store, { recursive: true, force: true })
  return copyFiles(inJob, store) > 0 || !step.required
}

/** The folder of an artifact or of a cache. */
export function storeFolder(base: string, name: string): string {
  return join(base, 'stores', name)
}

/** Copies the files of a folder as an artifact or a cache does: without hidden files and modes. Gives their number. */
export function copyFiles(from: string, to: string): number {
  for (const folder of [from, to]) mkdirSync(folder, { recursive: true })
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => !/(^|\/)\./.test(name) && statSync(join(from, name)).isFile())
  for (const name of files) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    writeFileSync(join(to, name), readFileSync(join(from, name)))
  }
  return files.length
}

/** Runs a command to its end. */
export function run({ shell, script, folder, env }: Command): Promise<Finished> {
  const [program = 'sh', ...flags] = shell
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...flags, script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}

function checkOut(folder: string, { origin, commit, runner }: BuildInputs): void {
  mkdirSync(folder, { recursive: true })
  git(folder, 'init', '--quiet')
  git(folder, 'fetch', '--quiet', '--no-tags', ...runner.depth, origin, commit)
  git(folder, 'checkout', '--quiet', '--force', '--detach', commit)
}
