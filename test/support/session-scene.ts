/**
 * Starts a session of a reporter in a new project.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ReporterSession } from '../../src/reporters/session.js'
import { temporaryFolder } from './folders.js'
import { aModule, aRun, aTest } from './runs.js'
import { fixedSystem } from './system.js'

/** The run that a session reports. */
export const RUN = aRun({ modules: [aModule({ tests: [aTest({ title: 'adds' })] })] })

/**
 * Starts a session in a new project folder, which also contains the store.
 *
 * @param repository its path in a new repository; absent: it is in none
 */
export async function sessionScene(
  options: Record<string, unknown> = {},
  env: Record<string, string> = {},
  repository?: string,
) {
  const root = temporaryFolder()
  const cwd = join(root, repository ?? '')
  if (repository !== undefined) {
    mkdirSync(join(root, '.git'))
    writeFileSync(join(root, '.git', 'HEAD'), 'ref: refs/heads/main\n')
    mkdirSync(cwd, { recursive: true })
  }
  const store = join(cwd, 'store')
  const written: string[] = []
  const session = new ReporterSession({
    options: { storagePath: store, ...options },
    cwd,
    system: fixedSystem({ cwd, homeDir: cwd, env }),
    write: (text) => written.push(text),
    errIsTerminal: false,
  })
  await session.start()
  const folder = join(store, 'reports')
  const reports = () => (existsSync(folder) ? readdirSync(folder) : []).map((name) => join(folder, name))
  return { session, store, reports, written: () => written.join('') }
}
