/**
 * Runs the real runners on copies of the projects in `fixtures/projects`, with the built reporter configured like a user does
 * it, and with a reporter that writes the `TestRun` to a file.
 */
import { spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestRun } from '../../src/model.js'
import { runProgram } from './run-program.js'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** One runner in one version on one Node. */
export interface Install {
  readonly runner: 'vitest' | 'jest' | 'playwright'
  readonly version: string
  /** The `node_modules` folder of the runner. */
  readonly modules: string
  /** Path of the Node binary. */
  readonly node: string
  /** The `jux-reporter` package under test. */
  readonly reporter: string
}

/** The result of a run. */
export interface LabRun {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Absent if the run did not end. */
  readonly run: TestRun | undefined
  /** Raw values from the runner, for probes. */
  readonly raw: Readonly<Record<string, unknown>>
  /** The stored reports, as text. */
  readonly reports: readonly string[]
}

export interface LabOptions {
  readonly args?: readonly string[]
  /** The command of Vitest, by default `run`, or of Playwright, by default `test`. */
  readonly command?: 'run' | 'watch' | 'bench' | 'test' | 'merge-reports'
  /** Arguments of earlier runs in the same folder. */
  readonly before?: readonly (readonly string[])[]
  /** Reporters of those runs. Default: those of the last. */
  readonly reportersBefore?: readonly unknown[]
  /** Replaces the reporters of the project's configuration. */
  readonly reporters?: readonly unknown[]
  readonly env?: Readonly<Record<string, string>>
  /** Flags of `jux run`, which then starts the runner. */
  readonly juxRun?: readonly string[]
  /** A command of `jux` that runs afterwards. */
  readonly after?: readonly string[]
  /** Called with the output so far, until it sends a signal. */
  readonly watch?: (output: string, kill: (signal: NodeJS.Signals) => void) => void
  readonly timeoutMs?: number
  /** The folder around the project is a repository. */
  readonly isInRepository?: boolean
}

/** The package of each runner, its script, and what it needs before its arguments. */
const PROGRAMS = {
  vitest: { name: 'vitest', script: 'vitest.mjs', command: 'run' },
  jest: { name: 'jest', script: 'bin/jest.js', command: undefined },
  playwright: { name: '@playwright/test', script: 'cli.js', command: 'test' },
} as const

/** The name of a runner's package. */
export function packageOf(runner: Install['runner']): string {
  return PROGRAMS[runner].name
}

/** The runner in this checkout, on the Node that runs the tests. */
export function installedRunner(runner: Install['runner']): Install {
  const modules = join(ROOT, 'node_modules')
  const { version } = JSON.parse(readFileSync(join(modules, packageOf(runner), 'package.json'), 'utf8'))
  return { runner, version, modules, node: process.execPath, reporter: ROOT }
}

/** Path of Chromium on this machine: `$LAB_CHROMIUM`, or where Linux distributions have it; `undefined` if it is absent. */
export function chromiumPath(): string | undefined {
  const { LAB_CHROMIUM } = process.env
  const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  return (LAB_CHROMIUM === undefined ? usual : [LAB_CHROMIUM]).find((path) => existsSync(path))
}

/** The major version of a runner. */
export function majorOf(install: Install): number {
  return Number.parseInt(install.version, 10)
}

/** Runs a project. */
export async function runProject(install: Install, project: string, options: LabOptions = {}): Promise<LabRun> {
  const base = mkdtempSync(join(tmpdir(), 'jux-lab-'))
  try {
    const folder = prepareProject(install, project, base)
    if (options.isInRepository) {
      mkdirSync(join(base, '.git'))
      writeFileSync(join(base, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    }
    const dump = join(base, 'run.json')
    const env = { ...environment(install, base, dump, options), ...options.env }
    const { reportersBefore } = options
    const envBefore = reportersBefore && { LAB_REPORTERS: JSON.stringify(reportersBefore) }
    for (const args of options.before ?? []) {
      const { command: _, ...others } = options
      await execute(install, folder, { ...env, ...envBefore }, { ...others, args })
    }
    const exit = await execute(install, folder, env, options)
    if (options.after !== undefined)
      await runProgram(install.node, [juxOf(install), ...options.after], { cwd: folder, env })
    if (exit.stderr.includes('DIFFERENT BYTES')) throw new Error(`files rendered early differ:\n${exit.stderr}`)
    const reports = join(base, 'data', 'jux', 'reports')
    return {
      ...exit,
      ...(existsSync(dump) ? JSON.parse(readFileSync(dump, 'utf8')) : { run: undefined, raw: {} }),
      reports: existsSync(reports)
        ? readdirSync(reports)
            .filter((name) => name.endsWith('.xml'))
            .map((name) => readFileSync(join(reports, name), 'utf8'))
        : [],
    }
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  }
}

function prepareProject(install: Install, project: string, base: string): string {
  const source = join(ROOT, 'fixtures', 'projects', install.runner)
  for (const name of ['package.json', 'project.js', project])
    cpSync(join(source, name), join(base, name), { recursive: true })
  mkdirSync(join(base, 'node_modules', '.bin'), { recursive: true })
  if (install.runner !== 'playwright') {
    symlinkSync(join(install.modules, install.runner), join(base, 'node_modules', install.runner))
  }
  // Coverage, and what browser mode needs.
  for (const name of ['@vitest', '@playwright', 'playwright']) {
    if (existsSync(join(install.modules, name))) {
      symlinkSync(join(install.modules, name), join(base, 'node_modules', name))
    }
  }
  symlinkSync(install.reporter, join(base, 'node_modules', 'jux-reporter'))
  symlinkSync(join(ROOT, 'node_modules', 'typescript'), join(base, 'node_modules', 'typescript'))
  symlinkSync(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), join(base, 'node_modules', '.bin', 'tsc'))
  return join(base, project)
}

function environment(install: Install, base: string, dump: string, options: LabOptions): Record<string, string> {
  const reporters = options.reporters ?? [
    join(ROOT, 'test', 'support', `dump-${install.runner}.mjs`),
    `jux-reporter/${install.runner}`,
  ]
  return {
    PATH: `${dirname(install.node)}:${process.env.PATH ?? ''}`,
    HOME: join(base, 'home'),
    XDG_DATA_HOME: join(base, 'data'),
    XDG_CONFIG_HOME: join(base, 'config'),
    // A program that is killed removes nothing.
    TMPDIR: options.after === undefined ? tmpdir() : base,
    // Workers of Playwright have FORCE_COLOR, and Node then warns in the output of a test.
    ...(install.runner === 'playwright' ? {} : { NO_COLOR: '1' }),
    GIT_CONFIG_GLOBAL: '/dev/null',
    JUX_CHECK_RENDERING: '1',
    LAB_DUMP: dump,
    LAB_PACKAGE: install.reporter,
    LAB_CACHE: join(base, 'cache'),
    LAB_CHROMIUM: chromiumPath() ?? '',
    LAB_RUNNER_MAJOR: String(majorOf(install)),
    LAB_REPORTERS: JSON.stringify(reporters),
  }
}

function juxOf({ reporter }: Install): string {
  return join(reporter, 'dist/cli/bin.js')
}

function execute(
  install: Install,
  cwd: string,
  env: Record<string, string>,
  options: LabOptions,
): Promise<Omit<LabRun, 'run' | 'raw' | 'reports'>> {
  const program = PROGRAMS[install.runner]
  const { args = [], command = program.command, juxRun } = options
  const first = program.command === undefined || command === undefined ? [] : [command]
  const jux = juxRun === undefined ? [] : [juxOf(install), 'run', ...juxRun, '--', install.node]
  // A new environment, because the variables of this test process must not reach the runner under test.
  const child = spawn(install.node, [...jux, join(install.modules, program.name, program.script), ...first, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let killed = false
  const seen = () => {
    if (killed) return
    options.watch?.(stdout + stderr, (signal) => {
      killed = true
      child.kill(signal)
    })
  }
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
    seen()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
    seen()
  })
  // Playwright starts another worker after each test that fails.
  const usualMs = install.runner === 'playwright' ? 150_000 : 60_000
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? usualMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr })
    })
  })
}
