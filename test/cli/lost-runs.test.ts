import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reportLostRuns } from '../../src/cli/run/lost-runs.js'
import { examineConfig } from '../../src/config/load.js'
import { ownOwner } from '../../src/store/owner.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { aModule, aTest } from '../support/runs.js'
import { fixedSystem } from '../support/system.js'
import { accepted, property, witnessScene } from '../support/witness-scene.js'

const KEY = privatePem(newKeyPair('P-256'))
const A = aModule({ file: 'a.test.ts', tests: [aTest({ id: 'a1', title: 'adds' })] })

/** A run whose `jux run` was killed: one file has ended, and another was running. */
async function lost(env: Record<string, string> = {}, options: object = {}) {
  const scene = await witnessScene({ env })
  const session = accepted(await scene.connect(options))
  session.renderEarly(A, '/repo/project')
  session.fileStarted?.({ id: 'b.test.ts', file: 'b.test.ts' })
  await expect
    .poll(() =>
      scene
        .spooled()
        .map((path) => readFileSync(path, 'utf8'))
        .join(''),
    )
    .toContain('b.test.ts')
  const [path = ''] = scene.spooled()
  return { scene, path: endProcess(path) }
}

/** Makes a file of this process one of a process that is gone. */
function endProcess(path: string): string {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const left = path.replace(ownOwner(), ownOwner().replace(/^\d+/, String(pid)))
  renameSync(path, left)
  return left
}

/** Does what the next `jux` command does. */
async function recover(store: string, env: Record<string, string> = {}): Promise<string> {
  const notices: string[] = []
  const system = fixedSystem({ cwd: store, homeDir: store, env: { JUX_STORAGE_PATH: store, ...env } })
  await reportLostRuns(examineConfig({ cwd: store, system }), system, (text) => notices.push(text))
  return notices.join('\n')
}

describe('a run whose jux run was killed', () => {
  it('has an interrupted report with its results, and names the file that was running', async () => {
    const { scene } = await lost()

    expect(await recover(scene.store)).toMatch(/^a run was killed at or after 2026-.*; its results until then are in /)

    const [text, ...others] = scene.reports()
    expect([others, property(text, 'jux:outcome'), property(text, 'jux:witness')]).toEqual([
      [],
      'interrupted',
      'same-user',
    ])
    expect(text).toContain('the run has no end: jux run was killed')
    for (const part of ['name="adds"', 'b.test.ts']) expect(text).toContain(part)
    expect(scene.spooled()).toEqual([])
  })

  it('has the names of the templates that its reporter had', async () => {
    const { scene } = await lost({}, { testName: 'lost {title}', className: 'own' })

    await recover(scene.store)

    expect(scene.reports()[0]).toContain('classname="own" file="a.test.ts" id="a1" name="lost adds"')
  })

  it('keeps no secret on the disk, neither in its facts nor in its results', async () => {
    const secret = 'correct horse battery staple'
    const env = { JUX_SCRUB_VALUES: secret }
    const { scene, path } = await lost(env, { tags: `with ${secret}`, project: 'shop' })

    expect(readFileSync(path, 'utf8')).not.toContain(secret)
    await recover(scene.store)
    expect(scene.reports()[0]).not.toContain(secret)
    expect(property(scene.reports()[0], 'project')).toBe('shop')
  })

  it('waits for its key if it was to be signed', async () => {
    const { scene } = await lost({ JUX_KEY: KEY })

    expect(await recover(scene.store)).toContain('it was to be signed; set JUX_KEY_PATH, and call this command again')
    expect(scene.reports()).toEqual([])

    for (const path of scene.spooled()) endProcess(path)
    await recover(scene.store, { JUX_KEY: KEY })
    expect(scene.reports()[0]).toContain('<ds:SignatureValue>')
  })

  it('waits in the queue if its reports are sent', async () => {
    const { scene } = await lost()

    await recover(scene.store, { JUX_STORAGE_MODE: 'api', JUX_API_URL: 'http://127.0.0.1:9' })

    expect(scene.reports()).toEqual([])
    expect(readdirSync(join(scene.store, 'queue')).length).toBeGreaterThan(0)
  })

  it('keeps its results if the report cannot be stored', async () => {
    const { scene, path } = await lost()
    writeFileSync(join(scene.store, 'reports'), 'no folder')

    expect(await recover(scene.store)).toContain('a run that was killed has no report yet')
    expect(scene.spooled()).toEqual([expect.stringContaining(`${basename(path)}.`)])
  })

  it.each([
    ['no JSON', 'nothing\n', ''],
    ['another first line', '{"run":{}}\n', 'its first line cannot be read; delete the file to give it up'],
  ])('is left alone if its file has %s', async (_, text, line) => {
    const { scene, path } = await lost()
    writeFileSync(path, text)

    expect(await recover(scene.store)).toContain(line)
    expect(scene.reports()).toEqual([])
  })
})
