/**
 * Makes objects in the form of Playwright Test, and gathers runs from them with `gatherPlaywright`.
 *
 * @module
 */
import { gatherPlaywright, PlaywrightCollector, type PlaywrightInput } from '../../src/gather/playwright.js'
import type {
  PlaywrightConfig,
  PlaywrightError,
  PlaywrightResult,
  PlaywrightStatus,
  PlaywrightSuite,
  PlaywrightTest,
} from '../../src/gather/playwright-types.js'
import type { TestResult, TestRun } from '../../src/model.js'

/** An attempt that took 5 ms. */
export function attempt(status: PlaywrightStatus, parts: Partial<PlaywrightResult> = {}): PlaywrightResult {
  const steps = status === 'skipped' ? [] : [{ title: 'Before Hooks', category: 'hook', steps: [] }]
  return {
    retry: 0,
    status,
    startTime: new Date(2_000),
    duration: 5,
    errors: [],
    attachments: [],
    steps,
    ...parts,
  }
}

/** The parts of a test that tests of ours choose. */
export type TestParts = Partial<Omit<PlaywrightTest, 'parent' | 'type'>> & { readonly path?: readonly string[] }

/** A file with its tests, in a project. */
export interface FileParts {
  readonly path?: string
  readonly project?: string
  readonly tests: readonly TestParts[]
}

/** The root suite of a run. */
export function rootSuite(files: readonly FileParts[]): PlaywrightSuite {
  const root = suite('root', '')
  for (const { path = '/repo/a.test.js', project = '', tests } of files) {
    const ofProject = child(root, 'project', project)
    const file = child(ofProject, 'file', path, path)
    tests.forEach((parts, index) => {
      let parent = file
      for (const title of parts.path ?? []) parent = child(parent, 'describe', title)
      parent.own.push(playwrightTest(parts, parent, `${project} ${path} ${index}`))
    })
  }
  return root
}

/** The run of these files, gathered as the reporter does it. */
export function gather(
  files: readonly FileParts[],
  parts: Partial<PlaywrightInput> & { readonly config?: PlaywrightConfig; readonly errors?: PlaywrightError[] } = {},
): TestRun {
  const { config = {}, errors = [], ...input } = parts
  const collected = new PlaywrightCollector()
  collected.onBegin({ version: '1.65.1', ...config }, rootSuite(files), { rootDir: '/repo' })
  collected.errors.push(...errors)
  return gatherPlaywright({
    collected,
    end: { status: 'passed', startTime: new Date(1_000), duration: 3_000 },
    version: 'unknown',
    runId: 'run',
    createdAtMs: 900,
    finishedAtMs: 4_000,
    rootDir: '/repo',
    ...input,
  })
}

/** The only test of a run, gathered. */
export function gatherTest(parts: TestParts): TestResult {
  const [found] = gather([{ tests: [parts] }]).modules[0]?.tests ?? []
  if (found === undefined) throw new Error('the run has no test')
  return found
}

interface Built extends PlaywrightSuite {
  readonly suites: Built[]
  readonly own: PlaywrightTest[]
}

function suite(type: PlaywrightSuite['type'], title: string, file?: string, parent?: Built): Built {
  const built: Built = {
    type,
    title,
    parent,
    location: file === undefined ? undefined : { file },
    suites: [],
    own: [],
    allTests: () => [...built.own, ...built.suites.flatMap((one) => one.allTests())],
  }
  return built
}

function child(parent: Built, type: PlaywrightSuite['type'], title: string, file?: string): Built {
  // Each repetition of a file is a suite.
  const known = type === 'file' ? undefined : parent.suites.find((one) => one.title === title)
  if (known !== undefined) return known
  const created = suite(type, title, file, parent)
  parent.suites.push(created)
  return created
}

function playwrightTest(parts: TestParts, parent: PlaywrightSuite, id: string): PlaywrightTest {
  const { path: _, ...own } = parts
  const test: PlaywrightTest = {
    type: 'test',
    id,
    title: 'works',
    parent,
    location: { file: '/repo/a.test.js', line: 3, column: 1 },
    annotations: [],
    tags: [],
    expectedStatus: 'passed',
    timeout: 30_000,
    retries: 0,
    results: [attempt('passed')],
    outcome: () => outcomeOf(test),
    ok: () => outcomeOf(test) !== 'unexpected',
    ...own,
  }
  return test
}

// As Playwright computes it.
function outcomeOf({ results, expectedStatus }: PlaywrightTest): ReturnType<PlaywrightTest['outcome']> {
  const ended = results.filter(({ status }) => status !== 'interrupted')
  const isSkip = ({ status }: PlaywrightResult) => status === 'skipped'
  const expected = ended.some((result) => !isSkip(result) && result.status === expectedStatus)
  const unexpected = ended.some((result) => !isSkip(result) && result.status !== expectedStatus)
  if (!expected && !unexpected) return 'skipped'
  if (!unexpected) return 'expected'
  return expected || (expectedStatus === 'skipped' && ended.some(isSkip)) ? 'flaky' : 'unexpected'
}
