/**
 * A repository with two packages, into which the recipes of docs/task-runners.md are pasted.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readReport } from '../../../src/report/read.js'
import { readBlocks } from '../../docs/blocks.js'
import { makeProject, type Project } from '../../packed/project.js'
import type { Registry } from '../../support/registry.js'
import { GIT_WORLD } from '../../support/repository.js'
import type { Finished } from './build.js'

const PACKAGES = ['web', 'api'] as const
const VITEST_TEST = "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n"
const VITEST_CONFIG = "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n"

/** What the page says in a section: files to write, and commands. */
export interface Section {
  readonly files: Readonly<Record<string, string>>
  readonly commands: readonly string[]
}

/** The sections of the page by their titles. */
export function readSections(page: string): Readonly<Record<string, Section>> {
  const sections = page.split(/^## /m).map((text): [string, Section] => {
    const blocks = readBlocks(text)
    const files = blocks.flatMap(({ kind, file = '', text }) => (kind === 'write' ? [[file, text] as const] : []))
    // Of the blocks that test:docs does not run, those that it does not compare are no commands.
    const commands = blocks.filter(({ kind, text }) => kind === 'skip' && /^(?:rm|npx|pnpm) /.test(text))
    return [text.split('\n')[0] ?? '', { files: Object.fromEntries(files), commands: commands.map(({ text }) => text) }]
  })
  return Object.fromEntries(sections)
}

/** What happened in a run of all tests. */
export interface Seen {
  /** Exit code, reports, whether the output says that they are unsigned, and what the gate does: one line. */
  readonly text: string
  readonly output: string
  /** Facts of the reports, sorted by project. */
  readonly facts: readonly Readonly<Record<string, string>>[]
}

/** The repository. */
export class Monorepo {
  readonly #project: Project
  readonly #manifest: Readonly<Record<string, unknown>>
  readonly #gate: string

  /** @param gate commands that check the reports of both packages */
  private constructor(project: Project, manifest: Readonly<Record<string, unknown>>, gate: string) {
    this.#project = project
    this.#manifest = manifest
    this.#gate = gate
  }

  /** Installs the tools from the registry, and makes a key. */
  static async create(
    registry: Registry,
    devDependencies: Readonly<Record<string, string>>,
    gate: string,
  ): Promise<Monorepo> {
    const manifest = { name: 'workspace', private: true, workspaces: ['apps/*'], devDependencies }
    const packages = PACKAGES.map((name) => [`apps/${name}/package.json`, { name, version: '1.0.0', private: true }])
    const project = makeProject(registry, { 'package.json': manifest, ...Object.fromEntries(packages) })
    const repository = new Monorepo(project, manifest, gate)
    await project.must('npm', ['install', '--no-audit', '--no-fund'])
    await project.must('npx', ['--no-install', 'jux', 'keygen', '--output', repository.keyPath])
    await project.must('git', ['init', '--quiet'])
    return repository
  }

  get keyPath(): string {
    return join(this.#project.home, 'key.pem')
  }

  /** Removes everything but the installed packages, writes these files, and commits them. */
  async restart(files: Readonly<Record<string, string>>, packageManager: string | undefined): Promise<void> {
    const { dir } = this.#project
    for (const name of readdirSync(dir)) {
      if (!['node_modules', '.git', 'package-lock.json'].includes(name)) rmSync(join(dir, name), { recursive: true })
    }
    rmSync(join(dir, 'node_modules', '.cache'), { recursive: true, force: true })
    this.write('package.json', JSON.stringify({ ...this.#manifest, packageManager }))
    for (const name of PACKAGES) {
      const scripts = { test: 'vitest run' }
      this.write(`apps/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', private: true, scripts }))
      this.write(`apps/${name}/vitest.config.mjs`, VITEST_CONFIG)
      this.write(`apps/${name}/${name}.test.js`, VITEST_TEST)
    }
    for (const [name, text] of Object.entries(files)) this.write(name, text)
    cpSync(this.keyPath.replace('.pem', '.pub.pem'), join(dir, 'key.pub.pem'))
    await this.commit()
  }

  write(name: string, text: string): void {
    const path = join(this.#project.dir, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }

  async commit(): Promise<string> {
    await this.#project.must('git', ['add', '--all'], GIT_WORLD)
    await this.#project.must('git', ['commit', '--quiet', '--message', 'a change'], GIT_WORLD)
    return (await this.#project.must('git', ['rev-parse', 'HEAD'])).stdout.trim()
  }

  /** Runs all tests, as on a machine of CI that has the caches of the task runner and no reports. */
  async runTests(command: string, env: Readonly<Record<string, string>>): Promise<Seen> {
    for (const folder of this.#stores()) rmSync(folder, { recursive: true, force: true })
    const { status, output } = await this.#bash(command, '.', env)
    const reports = this.#stores()
      .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
      .map((path) => readReport(readFileSync(path)).summary)
    const signed = reports.filter((report) => report.signed).length
    const unsigned = reports.length - signed
    const gate = await this.#bash(this.#gate, '.', {})
    const facts = reports
      .map(({ properties }) => Object.fromEntries(properties.map(({ name, value }) => [name, value])))
      .sort((one, other) => ((one.project ?? '') < (other.project ?? '') ? -1 : 1))
    const text = [
      `exit ${status}`,
      ...(signed > 0 ? [`${signed} signed`] : []),
      ...(unsigned > 0 ? [`${unsigned} unsigned, ${isSaid(output) ? 'and says so' : 'not shown'}`] : []),
      ...(reports.length === 0 ? [isSaid(output) ? 'no report, and says why' : 'no report'] : []),
      gate.status === 0 ? 'gate passes' : `gate refuses (${reasonsOf(gate.output)})`,
    ].join(', ')
    return { text, output: `${output}\n${gate.output}`, facts }
  }

  /** Runs a gate of another page in the folder of a package, with the public key there. */
  async runGateOf(name: (typeof PACKAGES)[number], script: string, env: Readonly<Record<string, string>>) {
    const key = join(this.#project.dir, 'apps', name, 'key.pub.pem')
    cpSync(this.keyPath.replace('.pem', '.pub.pem'), key)
    try {
      return await this.#bash(script, `apps/${name}`, env)
    } finally {
      rmSync(key)
    }
  }

  remove(): void {
    this.#project.remove()
  }

  #stores(): readonly string[] {
    const { dir, home } = this.#project
    const own = PACKAGES.map((name) => join(dir, 'apps', name, 'jux', 'reports'))
    return [...own, join(home, 'data', 'jux', 'reports')]
  }

  async #bash(
    script: string,
    folder: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Pick<Finished, 'status' | 'output'>> {
    const path = `${join(this.#project.dir, 'node_modules', '.bin')}:${process.env.PATH}`
    const place = join(this.#project.dir, folder)
    const { status, stdout, stderr } = await this.#project.run('bash', ['-ec', `cd "$PLACE"\n${script}`], {
      PATH: path,
      PLACE: place,
      ...env,
    })
    return { status, output: `${stdout}${stderr}` }
  }
}

function isSaid(output: string): boolean {
  return /signed {2}no \(set JUX_KEY_PATH|no private key is configured|no report: no reporter/.test(output)
}

function reasonsOf(output: string): string {
  const reasons = [...output.matchAll(/^invalid .* \(([\w-]+)\)$/gm)].map(([, reason = '']) =>
    reason === 'FILE_NOT_FOUND' ? 'no report' : reason,
  )
  return [...new Set(reasons)].sort().join(', ') || output
}
