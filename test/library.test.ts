import { describe, expect, it } from 'vitest'
import {
  contentHash,
  createReport,
  generateKey,
  loadSigner,
  readReport,
  signReport,
  verifyReport,
} from '../src/index.js'

const signer = await loadSigner({ key: (await generateKey({ type: 'ecdsa' })).privateKey })
const functions = {
  readReport: (bytes: Uint8Array) => readReport(bytes),
  contentHash: (bytes: Uint8Array) => contentHash(bytes),
  verifyReport: (bytes: Uint8Array) => verifyReport(bytes, 'embedded'),
  signReport: (bytes: Uint8Array) => signReport(bytes, signer),
}

describe.each(Object.entries(functions))('%s', (_, run) => {
  it.each(['"<testsuite/>"', 'null', '{}', '[60]'])(
    'refuses %s, which is not bytes, with INVALID_ARGUMENT',
    (value) => {
      expect(() => run(JSON.parse(value))).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('a report must be bytes (a Uint8Array or Buffer), not a value of type'),
        }),
      )
    },
  )
})

describe('createReport', () => {
  it.each([
    ['null', 'the run has no list of modules'],
    ['{}', 'the run has no list of modules'],
    ['{"modules":{}}', 'the run has no list of modules'],
    ['{"modules":[{"tests":[]}]}', 'a module of the run has no file'],
    ['{"modules":[{"file":"a.test.js"}]}', 'the module a.test.js has no list of tests'],
    ['{"modules":[{"file":"a.test.js","tests":[{"status":"passed"}]}]}', 'a test of a.test.js has no title'],
    [
      '{"modules":[{"file":"a.test.js","tests":[{"title":"adds","status":"ok"}]}]}',
      'the test "adds" of a.test.js has no known status',
    ],
  ])('refuses the run %s: %s', (run, message) => {
    expect(() => createReport(JSON.parse(run))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }))
  })
})
