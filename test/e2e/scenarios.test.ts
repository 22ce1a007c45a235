import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { json, start } from '../support/http-server.js'
import { scratchProject } from '../support/scratch.js'

const PROJECT = {
  'a.test.js': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n",
  'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
}

// The names are those of the gap analysis that asks for them.
describe('Scenario: pytest-jux API version negotiation (future proofing)', () => {
  it('warns about another major version of the API and says how to upgrade', async () => {
    const server = await start({
      responders: [json(404, { error: 'gone' })],
      version: json(200, { version: '2.0.0' }),
    })

    const run = await scratchProject(PROJECT).vitest(['run'], { JUX_STORAGE_MODE: 'both', JUX_API_URL: server.url })

    expect(run.status).toBe(0)
    expect(server.probes.map(({ path }) => path)).toEqual(['/api/version'])
    expect(run.stderr).toMatch(/the server uses version 2\.0\.0 of the API, this program version 1\.x/)
    expect(run.stderr).toContain('npm install jux-reporter@latest')
  })
})

describe('Scenario: pytest-jux dry run mode for testing configuration', () => {
  it('makes the report, prints what would be submitted, and sends nothing', async () => {
    const server = await start({ responders: [json(201, { test_run_id: 'x' })] })
    const project = scratchProject(PROJECT)
    const env = { JUX_SUBMIT: 'true', JUX_API_URL: server.url, JUX_DRY_RUN: 'true', JUX_PROJECT: 'my-application' }

    const run = await project.vitest(['run'], env)

    expect(run.status).toBe(0)
    expect(run.stderr).toMatch(/server +http:\/\/127\.0\.0\.1:\d+\/api\/v1\/junit\/submit\n/)
    expect(run.stderr).toMatch(/project +my-application\n +branch +\S+\n +commit +\S+\n +tags +none\n/)
    expect(run.stderr).toMatch(
      /report +\d+ bytes, sha256 [0-9a-f]{64}\n +xml +well-formed JUnit XML, checked with xmldom: .*\n/,
    )
    expect(run.stderr).toMatch(/sent +nothing: this is a dry run\n/)
    expect([...server.received, ...server.probes]).toEqual([])
    expect(existsSync(project.reportsDir)).toBe(false)
  })
})
