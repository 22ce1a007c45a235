import { describe, expect, it } from 'vitest'
import type { RunInput, TestInput } from '../src/index.js'
import {
  collectFacts,
  contentHash,
  createClient,
  createReport,
  generateKey,
  loadSigner,
  loadTrust,
  readReport,
  signReport,
  verifyReport,
} from '../src/index.js'

/** A run as a program without types may pass it. */
function untyped(parts: object, test: object = {}): RunInput {
  const whole: unknown = {
    modules: [{ file: 'a.test.js', tests: [{ title: 't', status: 'passed', ...test }] }],
    ...parts,
  }
  return isRun(whole) ? whole : { modules: [] }
}

const isRun = (_: unknown): _ is RunInput => true
const withTest = (test: Partial<TestInput>): RunInput => untyped({}, test)

/** Limits with a member that is `undefined`, as programs without exactOptionalPropertyTypes may pass them. */
function unset(name: string): Readonly<Record<string, never>> {
  const limits = {}
  Reflect.set(limits, name, undefined)
  return limits
}

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

describe('readReport', () => {
  const deep = Buffer.from(`<testsuites>${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}</testsuites>`)

  it('keeps a limit of the scanner whose value is undefined', () => {
    expect(() => readReport(deep, { limits: unset('maxDepth') })).toThrow(
      expect.objectContaining({ reason: 'too-deep' }),
    )
  })

  it('does not cut texts whose limit is undefined', () => {
    const { bytes } = createReport(withTest({ title: 'adds' }))

    expect(readReport(bytes, { cases: unset('name') }).cases.map(({ name }) => name)).toEqual(['adds'])
  })
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

  it.each([
    [{}, 'packages/api', 'packages/api/a.test.js'],
    [{ filePaths: 'project' }, 'packages/api', 'a.test.js'],
    [{ filePaths: 'apps/web/' }, 'packages/api', 'apps/web/a.test.js'],
    [{}, undefined, 'a.test.js'],
  ] as const)('with the options %j and facts of the folder %s writes the file %s', (options, folder, file) => {
    const facts = {
      beforeRunner: [],
      afterRunner: [],
      userProperties: {},
      testProperties: undefined,
      hints: [],
      folder,
    }
    const { bytes } = createReport(withTest({}), { ...options, facts })

    expect(Buffer.from(bytes).toString()).toContain(`<testcase classname="a.test.js" file="${file}"`)
  })

  it('keeps a limit whose value is undefined', () => {
    const run = withTest({ output: 'x'.repeat(100_000) })
    const sizes = [{}, { limits: unset('testOutputCharacters') }].map(
      (options) => createReport(run, options).bytes.length,
    )

    expect(sizes[1]).toBe(sizes[0])
  })

  it.each([
    ['modules that are missing', untyped({ modules: undefined })],
    ['modules that are not a list', untyped({ modules: {} })],
    ['a module without tests', untyped({ modules: [{ file: 'a' }] })],
    ['a test that is null', untyped({ modules: [{ file: 'a', tests: [null] }] })],
    ['a title that is not text', untyped({}, { title: 5 })],
    ['an unknown status', untyped({}, { status: 'constructor' })],
    ['errors that are not a list', untyped({}, { errors: new Error('x') })],
    ['a duration that is not a number', withTest({ durationMs: Number.NaN })],
    ['an endless duration', withTest({ durationMs: Number.POSITIVE_INFINITY })],
    ['an endless duration of the run', untyped({ durationMs: Number.POSITIVE_INFINITY })],
    ['an end that is no time', untyped({ finishedAt: 'yesterday' })],
    ['a start that is a Date', untyped({ startedAt: new Date(0) })],
    ['a property whose value is an object', untyped({ properties: [{ name: 'a', value: {} }] })],
    ['a tag that is a list of bytes', untyped({}, { tags: [[0x22, 0x3e]] })],
    ['a schemaVersion without the rest of a TestRun', untyped({ schemaVersion: 1 })],
  ])('refuses %s', (_, run) => {
    expect(() => createReport(run)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })

  it('describes anything that a test may throw', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('get')
        },
        has: () => {
          throw new Error('has')
        },
        getPrototypeOf: () => {
          throw new Error('prototype')
        },
      },
    )
    const cyclic = new Error('cyclic')
    cyclic.cause = cyclic
    const errors = [hostile, cyclic, Symbol('s'), undefined, null, 1n, { kind: 'error', message: 'm', stack: 5 }]

    const { bytes, counts, contentHash } = createReport(withTest({ status: 'failed', errors }))

    expect(readReport(bytes)).toMatchObject({ contentHash, summary: { outcome: 'failed', ...counts } })
  })

  it('gives a run that lasted longer than the time since 1970 a start in 1970', () => {
    const { run } = createReport(withTest({ durationMs: 1e300 }))

    expect(run.startedAt).toBe('1970-01-01T00:00:00.000Z')
  })
})

describe('createClient', () => {
  const apiUrl = 'http://127.0.0.1:9'

  it.each([
    ['apiMaxRetries: -1', { apiUrl, apiMaxRetries: -1 }, 'apiMaxRetries (settings of createClient) must be'],
    ['apiTimeout: Infinity', { apiUrl, apiTimeout: Infinity }, 'apiTimeout (settings of createClient) must be'],
    ['an address that is none', { apiUrl: 'nowhere' }, 'apiUrl (settings of createClient) must be'],
    ['connections: 0', { apiUrl, connections: 0 }, 'connections must be a whole number from 1, not 0'],
  ])('refuses %s and says what is accepted', (_, settings, message) => {
    expect(() => createClient(settings)).toThrow(message)
  })

  it('refuses to submit after it was closed, without a retry', async () => {
    const client = createClient({ apiUrl })
    await client.close()

    await expect(client.submit(createReport(withTest({})))).rejects.toThrow('the client is closed')
  })
})

describe('loadTrust', () => {
  it.each([
    ['{"publicKeys":"key.pub.pem"}', 'the trust setting publicKeys must be a list of paths'],
    ['{"publicKey":["key.pub.pem"]}', 'there is no trust setting publicKey'],
  ])('refuses %s: %s', async (settings, message) => {
    await expect(loadTrust(JSON.parse(settings))).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
    )
  })
})

describe('createReport, about properties with the names of facts', () => {
  it.each([
    [{ properties: { 'git:commit': 'FAKE' } }, 'the property git:commit of the run', 'collectFacts'],
    [{ properties: [{ name: 'ci:build_id', value: '9' }] }, 'the property ci:build_id of the run', 'my:build_id'],
    [
      { modules: [{ file: 'a.test.js', tests: [], properties: { project: 'other' } }] },
      'the property project of the module a.test.js',
      'collectFacts',
    ],
  ])('refuses %j, and says what to write instead', (parts, message, cure) => {
    expect(() => createReport(untyped(parts))).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        reason: 'reserved-name',
        message: expect.stringContaining(message),
        suggestions: expect.arrayContaining([expect.stringContaining(cure)]),
      }),
    )
  })

  it('lists what a function of properties returned under the names of facts among the problems', async () => {
    const facts = await collectFacts({ properties: () => ({ 'git:status': 'clean', own: 1 }) })

    const { problems, properties } = createReport(untyped({}), { facts })

    expect(problems).toMatchObject([{ reason: 'reserved-name', message: expect.stringContaining('git:status') }])
    expect(properties).toContainEqual({ name: 'own', value: '1' })
  })
})
