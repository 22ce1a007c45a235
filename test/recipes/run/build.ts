/**
 * What the runs of all providers have in common: jobs, their commands, and how commands are run.
 *
 * @module
 */
import { spawn } from 'node:child_process'

/** How a job ended. */
export type Result = 'success' | 'failure' | 'skipped'

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

/** One job, or stage. */
export interface Job {
  readonly result: Result
  readonly commands: readonly (Command & Finished)[]
}

/** A whole build. */
export interface Build {
  readonly jobs: Readonly<Record<string, Job>>
  /** Folder that holds what the provider keeps of the reports. */
  readonly kept: string
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

/** Notes the commands of a job, and whether it is still well. */
export class JobLog {
  readonly commands: (Command & Finished)[] = []
  ok = true

  /** Runs one; a job goes on after a failure only where the provider does. */
  async run(command: Command): Promise<boolean> {
    const finished = await run(command)
    this.commands.push({ ...command, ...finished })
    if (finished.status !== 0) this.ok = false
    return finished.status === 0
  }

  get job(): Job {
    return { result: this.ok ? 'success' : 'failure', commands: this.commands }
  }
}

/** A job that did not run. */
export const SKIPPED: Job = { result: 'skipped', commands: [] }
