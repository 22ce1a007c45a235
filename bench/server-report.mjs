// The reports that bench/server.mjs submits.
import { generateKeyPairSync } from 'node:crypto'
import { contentHash, loadSigner } from 'jux-reporter'
import { renderJunit, signatureElement } from 'jux-reporter/internal'

/** Returns a function that signs a report with a new P-256 key. */
export async function newSigner() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const signer = await loadSigner({ key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() })
  return async (report) => {
    const digests = new Map([['sha256', Buffer.from(contentHash(report), 'hex')]])
    const signature = await signatureElement(digests, signer)
    const end = report.lastIndexOf('</')
    return Buffer.concat([report.subarray(0, end), Buffer.from(signature), report.subarray(end)])
  }
}

/** A report with some failures, flaky and skipped tests, 50 tests per file. */
export function report(project, index, tests) {
  const modules = Array.from({ length: Math.ceil(tests / 50) }, (_, file) => ({
    id: `m${file}`,
    file: `test/part-${file % 40}/file-${file}.test.ts`,
    kind: 'runtime',
    status: 'passed',
    rawStatus: 'passed',
    errors: [],
    output: [],
    suites: [],
    properties: [],
    tests: Array.from({ length: Math.min(50, tests - file * 50) }, (_, at) => caseOf(index, file * 50 + at)),
  }))
  const properties = Object.entries({
    project,
    'git:branch': index % 4 ? 'main' : `feature-${index % 30}`,
    'jux:tags': 'nightly',
  })
  const chunks = []
  const run = {
    schemaVersion: 1,
    runId: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    outcome: 'passed',
    runner: { name: 'vitest', version: '4.1.12' },
    rootDir: '/project',
    startedAt: '2026-01-02T03:04:05.678Z',
    finishedAt: '2026-01-02T03:04:06.912Z',
    durationMs: 1_234 + (index % 500),
    properties: properties.map(([name, value]) => ({ name, value })),
    modules,
    errors: [],
    output: [],
  }
  // The renderer reuses its buffer.
  const { endTag } = renderJunit(run, { write: (bytes) => void chunks.push(bytes.slice()) }, {})
  return Buffer.concat([...chunks, Buffer.from(endTag)])
}

function caseOf(index, at) {
  const kind = (index * 31 + at * 17) % 400
  const failed = kind === 0
  const error = {
    kind: 'assertion',
    name: 'AssertionError',
    message: `expected ${at} to be ${index}`,
    stack: 'at file.ts:1:2\n'.repeat(12),
  }
  return {
    id: `t${at}`,
    title: `does what it should, number ${at}`,
    path: ['a part', 'a smaller part'],
    ordinal: 1,
    status: failed ? 'failed' : kind === 1 ? 'skipped' : 'passed',
    rawStatus: 'passed',
    flaky: kind === 2,
    durationMs: 1 + ((at * 7 + index) % 90),
    attempts:
      kind === 2
        ? [
            { index: 0, status: 'failed', errors: [error], exact: true },
            { index: 1, status: 'passed', errors: [], exact: true },
          ]
        : [],
    errors: failed ? [error] : [],
    output: failed ? [{ stream: 'stdout', text: 'a line of output\n'.repeat(20) }] : [],
    annotations: [],
    attachments: [],
    tags: [],
    meta: [],
  }
}
