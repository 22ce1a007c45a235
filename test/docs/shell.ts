/**
 * The shell of a page: one bash for all blocks, so that folder and variables remain from block to block.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'

/** How a block ended. */
export interface Ended {
  readonly status: number
  /** Standard output and standard error, interleaved. */
  readonly output: string
  /** The failed line of the block, from 1. */
  readonly failedLine?: number
  /** The current folder of the shell. */
  readonly cwd: string
}

/** A shell. */
export interface Shell {
  /**
   * Runs a script until its first command that fails.
   *
   * @param file script
   * @param mayFail runs it in a subshell, which its failure ends; its variables are not kept
   */
  run(file: string, mayFail: boolean): Promise<Ended>
  /** Starts a script in the background, with one more variable; its output goes to a file. */
  start(file: string, output: string, variable: string): void
  /** Ends the shell and all its processes. */
  close(): void
}

/** Starts a shell. */
export function openShell(cwd: string, env: NodeJS.ProcessEnv): Shell {
  const mark = `mark-${randomUUID()}`
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  bash.stdin.write(`exec 2>&1; set -eE; trap 'echo "${mark} failed $LINENO"' ERR\n`)
  let current = cwd
  const run: Shell['run'] = async (file, mayFail) => {
    const source = `. ${quoted(file)} </dev/null`
    const script = mayFail ? `set +e; (set -e; ${source}); status=$?; set -e` : `${source}\nstatus=0`
    const finished = readUntil(bash, `${mark} ended`)
    bash.stdin.write(`${script}\nprintf '%s %s %s\\n' '${mark} ended' "$status" "$PWD"\n`)
    const { text, exitCode } = await finished
    const [, status, folder] = new RegExp(`${mark} ended (\\d+) (.*)\\n`).exec(text) ?? []
    const failed = new RegExp(`${mark} failed (\\d+)`).exec(text)?.[1]
    current = folder ?? current
    return {
      status: status === undefined ? exitCode : Number(status),
      output: text.replace(new RegExp(`${mark}.*\\n?`, 'g'), ''),
      ...(failed === undefined ? {} : { failedLine: Number(failed) }),
      cwd: current,
    }
  }
  return {
    run,
    start: (file, output, variable) => {
      bash.stdin.write(`(export ${variable}; . ${quoted(file)}) </dev/null >${quoted(output)} 2>&1 &\n`)
    },
    close: () => {
      bash.stdin.end()
      if (bash.pid !== undefined) endGroup(bash.pid)
    },
  }
}

/** The output until the mark, or until the shell ends. */
function readUntil(bash: ChildProcess, mark: string): Promise<{ text: string; exitCode: number }> {
  return new Promise((resolve, reject) => {
    let text = ''
    const finish = (exitCode: number) => {
      bash.stdout?.off('data', read)
      bash.off('close', ended)
      resolve({ text, exitCode })
    }
    const read = (data: string) => {
      text += data
      const at = text.indexOf(mark)
      if (at !== -1 && text.includes('\n', at)) finish(0)
    }
    const ended = (code: number | null) => finish(code ?? 128)
    bash.stdout?.setEncoding('utf8').on('data', read)
    bash.on('close', ended)
    bash.on('error', reject)
  })
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch (error) {
    // All processes have ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}
