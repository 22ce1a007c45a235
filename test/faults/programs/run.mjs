// A run with one test and some console output; its title differs from that of other runs.
export function runOf(title) {
  const output = Array.from({ length: 40 }, () => ({ stream: 'stdout', text: `${title} `.repeat(200) }))
  const test = {
    id: title,
    title,
    path: [],
    ordinal: 1,
    status: 'passed',
    rawStatus: 'passed',
    flaky: false,
    attempts: [],
    errors: [],
    output,
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
  const module = {
    id: 'a.test.js',
    file: 'a.test.js',
    kind: 'runtime',
    status: 'passed',
    rawStatus: 'passed',
    errors: [],
    output: [],
    suites: [],
    tests: [test],
    properties: [],
  }
  return {
    schemaVersion: 1,
    runId: title,
    outcome: 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: process.cwd(),
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    durationMs: 1000,
    properties: [],
    modules: [module],
    errors: [],
    output: [],
  }
}
