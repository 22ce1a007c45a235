import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/folders.js'
import { attributesOf, element, elements, parseXml, propertiesOf } from '../support/rendering.js'
import { git } from '../support/repository.js'
import { type ScratchProject, scratchProject } from '../support/scratch.js'
import { hasTool } from '../support/tools.js'

const CHECK = { JUX_CHECK_RENDERING: '1' }
const VITEST_CONFIG = "export default { test: { reporters: ['default', 'jux-reporter/vitest'] } }\n"
const FAILS = "test('fails', () => { expect(1).toBe(2) })\n"
const RUNNERS = [
  {
    runner: 'Vitest',
    files: {
      'src/a.test.js': `import { expect, test } from 'vitest'\n${FAILS}`,
      'vitest.config.js': VITEST_CONFIG,
    },
    run: (project: ScratchProject, env: NodeJS.ProcessEnv) => project.vitest(['run'], env),
  },
  {
    runner: 'Jest',
    files: {
      'package.json': '{"name":"api"}',
      'src/a.test.js': FAILS,
      'jest.config.js': "module.exports = { reporters: ['default', 'jux-reporter/jest'] }\n",
    },
    run: (project: ScratchProject, env: NodeJS.ProcessEnv) => project.jest([], env),
  },
] as const

/** The roots of a project's reports. */
function rootsOf(project: ScratchProject): readonly Element[] {
  return project.reports().map((path) => parseXml(readFileSync(path, 'utf8')))
}

function only<T>(all: readonly T[]): T {
  const [first] = all
  if (first === undefined || all.length > 1) throw new Error(`${all.length}, not one`)
  return first
}

describe.skipIf(!hasTool('git')).each(RUNNERS)('a run of $runner in packages/api of a repository', ({ files, run }) => {
  it('writes files relative to the repository in report and job summary, and names relative to the package', async () => {
    const project = scratchProject(files, 'packages/api')
    git(join(project.dir, '..', '..'), 'init', '--quiet')
    const summary = join(temporaryFolder(), 'summary.md')

    const { status, stderr } = await run(project, { ...CHECK, GITHUB_STEP_SUMMARY: summary })

    expect(status).toBe(1)
    expect(stderr).toContain('1 of 1 files were rendered early, the same bytes')
    const root = only(rootsOf(project))
    const file = 'packages/api/src/a.test.js'
    expect(attributesOf(element(root, 'testsuite'))).toMatchObject({ file, name: 'src/a.test.js' })
    expect(attributesOf(element(root, 'testcase'))).toMatchObject({ file, classname: 'src/a.test.js', name: 'fails' })
    expect(readFileSync(summary, 'utf8')).toMatch(/<td><code>packages\/api\/src\/a\.test\.js:\d+<\/code><\/td>/)
  })

  it.each([
    ['project', 'src/a.test.js'],
    ['apps/web/', 'apps/web/src/a.test.js'],
  ])('writes them with JUX_FILE_PATHS=%s as %s', async (base, file) => {
    const project = scratchProject(files, 'packages/api')
    git(join(project.dir, '..', '..'), 'init', '--quiet')

    await run(project, { ...CHECK, JUX_FILE_PATHS: base })

    expect(element(only(rootsOf(project)), 'testcase').getAttribute('file')).toBe(file)
  })
})

describe.each(RUNNERS)('a run of $runner outside of a repository', ({ files, run }) => {
  it('writes files relative to the project', async () => {
    const project = scratchProject(files, 'packages/api')

    await run(project, CHECK)

    expect(element(only(rootsOf(project)), 'testcase').getAttribute('file')).toBe('src/a.test.js')
  })
})

describe('a run of Vitest whose root is a symbolic link', () => {
  it.skipIf(!hasTool('git'))('writes files relative to the repository', async () => {
    const project = scratchProject(RUNNERS[0].files, 'packages/api')
    git(join(project.dir, '..', '..'), 'init', '--quiet')
    const link = join(temporaryFolder(), 'link')
    symlinkSync(project.dir, link, 'junction')

    const { stderr } = await project.vitest(['run', '--root', link], CHECK)

    expect(stderr).toContain('the same bytes')
    expect(element(only(rootsOf(project)), 'testcase').getAttribute('file')).toBe('packages/api/src/a.test.js')
  })
})

describe('Jest with a rootDir below the project, and roots beside it', () => {
  const manifest = (jest: object) => ({
    'package.json': JSON.stringify({ name: 'mini', jest: { reporters: ['default', 'jux-reporter/jest'], ...jest } }),
    'src/inside.spec.js': "test('in', () => {})\n",
    'test/a.spec.js': "test('a', () => {})\ntest('b', () => { throw new Error('x') })\n",
  })

  it('writes the files outside of rootDir relative to the folder of the configuration, and never with ..', async () => {
    const project = scratchProject(manifest({ rootDir: './src', roots: ['.', '../test'] }))

    const { stderr } = await project.jest([], CHECK)

    expect(stderr).toContain('2 of 2 files were rendered early, the same bytes')
    const root = only(rootsOf(project))
    const cases = elements(root, 'testcase').map((node) => {
      const { classname, file, name } = attributesOf(node)
      return { classname, file, name }
    })
    const outside = { classname: 'test/a.spec.js', file: 'test/a.spec.js' }
    expect(cases.sort((left, right) => (left.name ?? '').localeCompare(right.name ?? ''))).toEqual([
      { ...outside, name: 'a' },
      { ...outside, name: 'b' },
      { classname: 'inside.spec.js', file: 'inside.spec.js', name: 'in' },
    ])
    expect(element(root, 'failure').textContent).not.toContain('../')
    expect(root.toString()).not.toContain('"../')
  })

  it.skipIf(!hasTool('git'))('writes all files relative to the repository where there is one', async () => {
    const project = scratchProject(manifest({ rootDir: './src', roots: ['.', '../test'] }), 'packages/api')
    git(join(project.dir, '..', '..'), 'init', '--quiet')

    const { stderr } = await project.jest([], CHECK)

    expect(stderr).toContain('the same bytes')
    const files = elements(only(rootsOf(project)), 'testsuite').map((node) => node.getAttribute('file'))
    expect(files.sort()).toEqual(['packages/api/src/inside.spec.js', 'packages/api/test/a.spec.js'])
  })
})

describe('an unhandled error', () => {
  it('has the same name in every run, although its message holds another port', async () => {
    const project = scratchProject({
      'vitest.config.js': VITEST_CONFIG,
      'a.test.js': `import net from 'node:net'
import { test } from 'vitest'
test('connects to a server that has just closed', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  net.connect(port, '127.0.0.1')
  await new Promise((resolve) => setTimeout(resolve, 50))
})
`,
    })

    await project.vitest()
    await project.vitest()

    const errors = rootsOf(project).map((root) => element(root, 'error'))
    expect(errors).toHaveLength(2)
    expect(rootsOf(project).map((root) => elements(root, 'testcase').map((node) => node.getAttribute('name')))).toEqual(
      [
        ['connects to a server that has just closed', '(unhandled) Error: connect ECONNREFUSED …'],
        ['connects to a server that has just closed', '(unhandled) Error: connect ECONNREFUSED …'],
      ],
    )
    for (const error of errors) expect(error.getAttribute('message')).toMatch(/ECONNREFUSED 127\.0\.0\.1:\d+$/)
  })
})

describe('a run in which no test runs', () => {
  const EMPTY = {
    'vitest.config.js':
      "export default { test: { passWithNoTests: true, reporters: ['default', 'jux-reporter/vitest'] } }\n",
  }
  const SKIPPED = { ...EMPTY, 'a.test.js': "import { test } from 'vitest'\ntest.skip('a', () => {})\ntest.todo('b')\n" }

  it.each([
    ['without test files', EMPTY, ['(no tests)']],
    ['with skipped tests only', SKIPPED, ['a', 'b']],
  ])('%s has no error with JUX_NOTHING_TO_RUN=skipped, and no gate takes it for passed', async (_, files, names) => {
    const project = scratchProject(files)
    await project.jux(['keygen', '--type', 'ecdsa', '--output', 'key.pem'])

    const { status, stderr } = await project.vitest(['run'], {
      JUX_NOTHING_TO_RUN: 'skipped',
      JUX_KEY_PATH: 'key.pem',
    })

    expect(status).toBe(0)
    expect(stderr).toContain('none ran: the outcome is no-tests, which is not passed')
    const root = only(rootsOf(project))
    expect(elements(root, 'testcase').map((node) => node.getAttribute('name'))).toEqual(names)
    expect(attributesOf(root)).toMatchObject({ errors: '0', failures: '0', skipped: String(names.length) })
    expect(propertiesOf(element(root, 'testsuite'))).toMatchObject({ 'jux:outcome': 'no-tests' })
    const verify = ['verify', '--public-key', 'key.pub.pem', only(project.reports())]
    expect(await project.jux(verify)).toMatchObject({ status: 0 })
    const { status: refused, stderr: why } = await project.jux([...verify, '--expect', 'jux:outcome=passed'])
    expect(refused).toBe(1)
    expect(why).toContain('jux:outcome is no-tests')
  })

  it('has an error with JUX_NOTHING_TO_RUN=error, also where the runner ends well', async () => {
    const project = scratchProject(SKIPPED)

    const { status, stderr } = await project.vitest(['run'], { JUX_NOTHING_TO_RUN: 'error' })

    expect(status).toBe(0)
    expect(stderr).toContain('none ran, which is an error in the report')
    expect(attributesOf(only(rootsOf(project)))).toMatchObject({ errors: '1', skipped: '2' })
  })
})
