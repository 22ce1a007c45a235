/**
 * A session of a reporter, in a project of its own.
 *
 * @module
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ReporterSession } from '../../src/reporters/session.js'
import { temporaryFolder } from './folders.js'
import { aModule, aRun, aTest } from './runs.js'
import { fixedSystem } from './system.js'

/** The run that a session reports. */
export const RUN = aRun({ modules: [aModule({ tests: [aTest({ title: 'adds' })] })] })

/** A started session of a project in a folder of its own, which has the store too. */
export async function sessionScene(options: Record<string, unknown> = {}, env: Record<string, string> = {}) {
  const cwd = temporaryFolder()
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
