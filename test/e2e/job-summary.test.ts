import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { json, startServer } from '../support/http-server.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'

const SECRET = 'hunter2-hunter2-hunter2'
const TESTS = `
it('adds | <b>up</b>', () => { if (1 + 1 !== 3) throw new Error('two is not three ${SECRET}\\nmore') })
it('passes', () => {})
`
const RUNNERS = [
  {
    runner: 'Vitest',
    run: (project: ScratchProject, env: NodeJS.ProcessEnv) => project.vitest(['run'], env),
    files: (options: object) => ({
      'a.test.js': `import { it } from 'vitest'\n${TESTS}`,
      'vitest.config.js': `export default { test: { reporters: ['default', ['jux-reporter/vitest', ${JSON.stringify(options)}]] } }\n`,
    }),
  },
  {
    runner: 'Jest',
    run: (project: ScratchProject, env: NodeJS.ProcessEnv) => project.jest([], env),
    files: (options: object) => ({
      'package.json': '{"name":"scratch"}',
      'a.test.js': TESTS,
      'jest.config.js': `module.exports = { reporters: ['default', ['jux-reporter/jest', ${JSON.stringify(options)}]] }\n`,
    }),
  },
] as const

/** A summary file as GitHub provides it, with text that an earlier program of the step has written. */
function stepSummary(before = 'before\n'): string {
  const file = join(temporaryFolder(), 'summary.md')
  writeFileSync(file, before)
  return file
}

describe.each(RUNNERS)('the job summary of a $runner run in a GitHub job', ({ run, files }) => {
  it('contains the outcome, the failures, the signature, and the verify command', async () => {
    const project = scratchProject(files({ project: 'shop' }))
    await project.jux(['keygen', '--type', 'ecdsa', '--output', 'key.pem'])
    const file = stepSummary()

    const { status, stderr } = await run(project, {
      GITHUB_STEP_SUMMARY: file,
      JUX_KEY_PATH: 'key.pem',
      DEPLOY_TOKEN: SECRET,
    })

    const text = readFileSync(file, 'utf8')
    const [report = ''] = project.reports()
    expect(status).toBe(1)
    expect(stderr).not.toContain('no job summary')
    expect(text).toMatch(/^before\n\n\n<h3><code>shop<\/code>: failed<\/h3>/)
    expect(text).toContain('<p>1 passed, 1 failed in ')
    expect(text).toMatch(
      /<td><code>adds \| &#60;b&#62;up&#60;\/b&#62;<\/code><\/td><td><code>a\.test\.js:[23]<\/code><\/td><td><code>(Error: )?two is not three \S+<\/code>/,
    )
    expect(text).not.toContain(SECRET)
    expect(text).toMatch(/<td>key<\/td><td><code>ecdsa-sha256, sha256:[0-9a-f]{64}</)
    expect(text).toContain('<td>report</td><td><code>')
    const line = /<pre><code>npx jux-reporter (.*)<\/code>/.exec(text)?.[1] ?? ''
    expect(line).toMatch(/^verify [0-9a-f]{64}\.xml --public-key key\.pub\.pem$/)
    writeFileSync(join(project.dir, line.split(' ')[1] ?? ''), readFileSync(report))
    expect(await project.jux(line.split(' '))).toMatchObject({ status: 0, stderr: '' })
  })

  it('links the page of the run on the server', async () => {
    const server = await startServer((response, ...rest) => {
      response.setHeader('location', '/runs/run-1')
      json(201, { test_run_id: 'run-1' })(response, ...rest)
    })
    const file = stepSummary()
    const project = scratchProject(files({ storageMode: 'both', apiUrl: server.url }))

    const { stderr } = await run(project, { GITHUB_STEP_SUMMARY: file })

    expect(readFileSync(file, 'utf8')).toContain(
      `<td>run</td><td><a href="${server.url}/runs/run-1"><code>${server.url}/runs/run-1</code></a></td>`,
    )
    expect(stderr).toContain(`created as run-1, ${server.url}/runs/run-1\n`)
  })

  it('is not written when jobSummary is false', async () => {
    const file = stepSummary()

    await run(scratchProject(files({ jobSummary: false })), { GITHUB_STEP_SUMMARY: file })
    await run(scratchProject(files({})), { GITHUB_STEP_SUMMARY: file, JUX_JOB_SUMMARY: 'false' })

    expect(readFileSync(file, 'utf8')).toBe('before\n')
  })

  it('that cannot be written is reported once, and does not change the exit code', async () => {
    const folder = join(temporaryFolder(), 'folder')
    mkdirSync(folder)

    const { status, stderr } = await run(scratchProject(files({ strict: true })), { GITHUB_STEP_SUMMARY: folder })

    expect(status).toBe(1)
    expect(
      stderr.match(/no job summary: cannot write \S+ \(EISDIR\); JUX_JOB_SUMMARY=false turns it off/g),
    ).toHaveLength(1)
  })

  it('is not written when the summary of the step is full', async () => {
    const file = stepSummary('x'.repeat(1024 * 1024 - 100))

    const { stderr } = await run(scratchProject(files({})), { GITHUB_STEP_SUMMARY: file })

    expect(readFileSync(file).length).toBe(1024 * 1024 - 100)
    expect(stderr).toContain('no job summary: the summary of this step is full')
  })
})
