import { describe, expect, it } from 'vitest'
import { reportOf } from '../contract/case.js'
import { installedRunner, runProject } from '../support/lab.js'

const jest = installedRunner('jest')
const missingKey = { JUX_KEY_PATH: '/nonexistent/key.pem' }

describe('JuxJestReporter in a Jest run', () => {
  it.each([
    ['green', 0],
    ['unhandled', 1],
  ])(
    'does not change the exit code when the key is missing, prints an error, and stores nothing (%s)',
    async (project, code) => {
      const run = await runProject(jest, project, { env: missingKey })

      expect(run.code).toBe(code)
      expect(run.stderr).toMatch(/error {2}.*\/nonexistent\/key\.pem.*\n(?:.*\n)* code {2}KEY_NOT_FOUND \(201\)/)
      expect(run.reports).toEqual([])
    },
  )

  it('does not change the exit code and prints an error when the store cannot be written', async () => {
    const run = await runProject(jest, 'green', { env: { JUX_STORAGE_PATH: '/dev/null/store' } })

    expect(run.code).toBe(0)
    expect(run.stderr).toContain('code  STORAGE_')
    expect(run.reports).toEqual([])
  })

  it.each([[[]], [['--forceExit']]])('fails the run under strict when the key is missing (%j)', async (args) => {
    const run = await runProject(jest, 'green', { args, env: { ...missingKey, JUX_STRICT: 'true' } })

    expect(run.code).toBe(1)
  })

  it('accepts options next to its name', async () => {
    const run = await runProject(jest, 'green', {
      reporters: ['default', ['jux-reporter/jest', { project: 'named by option' }]],
    })

    expect(reportOf(run).text).toContain('<property name="project" value="named by option">')
  })

  it('writes to standard error only, so that the output of --json stays JSON', async () => {
    const run = await runProject(jest, 'green', { args: ['--json'] })

    expect(JSON.parse(run.stdout)).toMatchObject({ success: true, numPassedTests: 3 })
    expect(run.stderr).toMatch(/jux {2}report /)
  })
})
