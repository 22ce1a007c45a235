// A run of many tests, as a runner reports it: 100 tests a file, one in twenty failed, some output.

const TESTS_PER_FILE = 100

/** @returns {import('../build/model.js').TestRun} */
export function createRun(tests) {
  const modules = []
  for (let file = 0; file * TESTS_PER_FILE < tests; file++) modules.push(createModule(file, TESTS_PER_FILE))
  return {
    schemaVersion: 1,
    runId: '00000000-0000-4000-8000-000000000000',
    outcome: 'failed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/project',
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:05:05.678Z',
    durationMs: 60_000,
    properties: [{ name: 'git:commit', value: '0123456789012345678901234567890123456789' }],
    modules,
    errors: [],
    output: [],
  }
}

function createModule(number, count) {
  const file = `packages/part-${number % 20}/test/feature-${number}.test.ts`
  return {
    id: file,
    file,
    kind: 'runtime',
    status: 'failed',
    rawStatus: 'failed',
    startedAt: '2026-01-02T03:04:06.000Z',
    durationMs: 345.678,
    errors: [],
    output: [],
    suites: [],
    properties: [],
    tests: Array.from({ length: count }, (_, index) => createTest(number, index)),
  }
}

function createTest(file, index) {
  const failed = index % 20 === 0
  const title = `answers request ${index} of kind ${file % 7} with "quotes" & <angles>`
  const errors = failed ? [createError(index)] : []
  return {
    id: `${file}-${index}`,
    title,
    path: ['feature', `when the state is ${index % 5}`],
    ordinal: 1,
    status: failed ? 'failed' : 'passed',
    rawStatus: failed ? 'failed' : 'passed',
    flaky: false,
    startedAt: '2026-01-02T03:04:07.123Z',
    durationMs: 1.5 + (index % 50),
    location: { line: 10 + index * 7, column: 3 },
    attempts: [],
    errors,
    output: index % 10 === 0 ? [{ stream: 'stdout', text: `line one of ${index}\nline two: ünïcödé 𝄞\n` }] : [],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
}

function createError(index) {
  return {
    kind: 'assertion',
    name: 'AssertionError',
    message: `expected ${index} to be ${index + 1} // Object.is equality`,
    stack: Array.from({ length: 8 }, (_, line) => `    at call${line} (/project/src/module-${line}.ts:${line}:7)`).join(
      '\n',
    ),
    expected: String(index + 1),
    actual: String(index),
  }
}
