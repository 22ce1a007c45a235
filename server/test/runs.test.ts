import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ScratchProject, scratchProject } from '../../test/support/scratch.js'
import { addTrustedKey } from '../src/access/trusted-keys.js'
import { testServer } from './support/server.js'

const TESTS = {
  'shop.test.js':
    "import { expect, it } from 'vitest'\nit('sells', () => expect(1).toBe(1))\nit('ships', () => expect(1).toBe(2))\nit.skip('lends')\n",
  'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
  'shop.jest.cjs':
    "test('sells', () => expect(1).toBe(1))\ntest('ships', () => expect(1).toBe(2))\ntest.skip('lends', () => {})\n",
  'jest.config.cjs':
    "module.exports = { testMatch: ['**/shop.jest.cjs'], reporters: ['default', 'jux-reporter/jest'] }\n",
}

function inFolder(project: ScratchProject, name: string): string[] {
  const folder = join(project.reportsDir, '..', name)
  return existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.xml')) : []
}

/** A project with a key that the server trusts. */
async function signingProject() {
  const project = scratchProject(TESTS)
  await project.jux(['keygen', '--type', 'ecdsa', '--output', 'key.pem'])
  const server = await testServer({ policy: 'require-trusted' }, (database) =>
    addTrustedKey(database, { pem: readFileSync(join(project.dir, 'key.pub.pem'), 'utf8'), name: 'ci' }, Date.now()),
  )
  return { project, server, env: { JUX_KEY_PATH: 'key.pem', JUX_API_URL: server.url, JUX_PROJECT: 'shop' } }
}

describe('jux-server with jux-reporter', () => {
  const kept = { both: 1, cache: 1, api: 0 }

  it.each([
    ['json', 'both'],
    ['json', 'cache'],
    ['json', 'api'],
    ['xml', 'both'],
    ['reports', 'both'],
  ] as const)('stores a Vitest run that is sent by the protocol %s in storage mode %s', async (protocol, mode) => {
    const { project, server, env } = await signingProject()
    mkdirSync(project.reportsDir, { recursive: true })

    const run = await project.vitest(['run'], { ...env, JUX_PROTOCOL: protocol, JUX_STORAGE_MODE: mode })

    const runs = await server.get('/api/v1/test_runs')
    expect(run.status).toBe(1)
    expect(run.stderr).toMatch(/ sent {4}created as /)
    expect(runs.json).toMatchObject({
      test_runs: [
        { project: 'shop', total_tests: 3, failures: 1, errors: 0, skipped: 1, signature: { state: 'trusted' } },
      ],
    })
    expect(project.reports()).toHaveLength(kept[mode])
    expect(inFolder(project, 'queue')).toEqual([])
    for (const path of project.reports()) {
      const stored = await server.get(`/api/v1/test_runs/${runs.at('test_runs', 0, 'id')}/report`)
      expect(stored.text).toBe(readFileSync(path, 'utf8'))
    }
  })

  it('stores a Jest run', async () => {
    const { project, server, env } = await signingProject()

    const run = await project.jest([], { ...env, JUX_STORAGE_MODE: 'both' })

    expect(run.status).toBe(1)
    expect((await server.get('/api/v1/test_runs')).json).toMatchObject({
      test_runs: [{ project: 'shop', total_tests: 3, failures: 1, skipped: 1, signature: { state: 'trusted' } }],
    })
  })

  it('refuses an unsigned report, which stays in the queue until it is published to another server', async () => {
    const { project, server, env } = await signingProject()
    const open = await testServer()

    const refused = await project.vitest(['run'], { ...env, JUX_KEY_PATH: '', JUX_STORAGE_MODE: 'cache' })
    const waiting = inFolder(project, 'queue')
    const published = await project.jux(['publish', '--queue', '--api-url', open.url])

    expect(refused.status).toBe(1)
    expect(refused.stderr).toMatch(/error {2}.+\n {2}try {2}/)
    expect(waiting).toHaveLength(1)
    expect((await server.get('/api/v1/test_runs')).json).toMatchObject({ test_runs: [] })
    expect(published.status).toBe(0)
    expect((await open.get('/api/v1/test_runs')).json).toMatchObject({
      test_runs: [{ signature: { state: 'unsigned' } }],
    })
    expect(inFolder(project, 'queue')).toEqual([])
  })
})
