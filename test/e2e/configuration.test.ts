import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scratchProject } from '../support/scratch.js'

const GREEN = {
  'green.test.js': "import { expect, it } from 'vitest'\nit('adds', () => expect(1 + 1).toBe(2))\n",
  'vitest.config.js': "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n",
}

describe('the Vitest reporter with a wrong configuration', () => {
  it('lets the run pass, stores the report, and names file and line of a mistake in the storage mode', async () => {
    const project = scratchProject({ ...GREEN, '.jux.conf': '[jux]\nstorage_mode = lokal\n' })

    const { status, stderr, stdout } = await project.vitest()

    expect(status).toBe(0)
    expect(stdout).toContain('1 passed')
    expect(stderr).toContain(
      `storage_mode (${join(project.dir, '.jux.conf')}:2) must be local, api, both or cache, not "lokal"`,
    )
    expect(project.reports()).toHaveLength(1)
  })

  it('makes the run fail if strict is set', async () => {
    const project = scratchProject({
      ...GREEN,
      '.jux.conf': '[jux]\nstrict = true\ncert_path = c.pem\nkey_path = k.pem\n',
    })

    const { status, stderr } = await project.vitest()

    expect(status).toBe(1)
    expect(stderr).toContain(
      `key_path (${join(project.dir, '.jux.conf')}:4) names ${join(project.dir, 'k.pem')}, which does not exist`,
    )
  })
})

describe('jux run with a test runner', () => {
  it('passes flags to the reporter, which take precedence over file and options', async () => {
    const project = scratchProject({
      ...GREEN,
      'vitest.config.js': GREEN['vitest.config.js'].replace(
        "'jux-reporter/vitest'",
        "['jux-reporter/vitest', { project: 'option' }]",
      ),
      '.jux.conf': '[jux]\nproject = file\nenvironment = staging\n',
    })

    const { status } = await project.jux([
      'run',
      '--project',
      'flag',
      '--',
      process.execPath,
      'node_modules/vitest/vitest.mjs',
      'run',
    ])

    const xml = readFileSync(project.reports()[0] ?? '', 'utf8')
    expect(status).toBe(0)
    expect(xml).toContain('<property name="project" value="flag">')
    expect(xml).toContain('<property name="jux:environment" value="staging">')
  })
})
