import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startFacts } from '../src/enrich/facts.js'
import { JuxError } from '../src/errors.js'
import {
  composeReport,
  deliverReport,
  flushReport,
  type PipelineSettings,
  preloadSubmit,
  submissionOf,
} from '../src/pipeline.js'
import { readReport } from '../src/report/read.js'
import { formatReceipt } from '../src/reporters/receipt.js'
import { machineMetadata, runMetadata } from '../src/submit/metadata.js'
import { chunksOf } from '../src/submit/request.js'
import type { Environment } from '../src/system.js'
import { createPaint } from '../src/terminal.js'
import { temporaryFolder } from './support/folders.js'
import { shortHostileText } from './support/hostile-text.js'
import { created, json, startServer } from './support/http-server.js'
import { aModule, aRun, aTest } from './support/runs.js'
import { fixedSystem } from './support/system.js'

type Partly = Partial<PipelineSettings>

/** Delivers the report of a small run, and shows what is on the disk afterwards. */
async function deliver(settings: Partly, storagePath = join(temporaryFolder(), 'store'), env: Environment = {}) {
  const materials = await prepare({ ...settings, storagePath }, env)
  const report = composeReport(RUN, materials)
  const receipt = await deliverReport(report, materials, {})
  return {
    report,
    receipt,
    storagePath,
    text: formatReceipt(receipt, materials, createPaint(false)),
    ...onDisk(storagePath),
  }
}

async function prepare(settings: Partly, env: Environment = {}) {
  const system = fixedSystem({ env })
  const facts = await startFacts({ project: 'app', branch: 'main', tags: ['smoke'] }, system)
  const all = { storageMode: 'local', ...settings } as const
  await preloadSubmit(all)
  return { settings: all, facts, signer: undefined, system }
}

const RUN = aRun({ modules: [aModule({ tests: [aTest({ title: 'adds' })] })] })
const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : [])
const onDisk = (root: string) => ({
  reports: names(join(root, 'reports')),
  queue: names(join(root, 'queue')),
  claims: names(join(root, 'jux-reporter', 'claims')),
})
const failing = json(500, { error: 'down' })

describe('deliverReport in mode local', () => {
  it('prints which setting keeps the report unsigned, instead of a cure for it', async () => {
    const source = { kind: 'file', name: 'sign', place: '/repo/.jux.conf:2', trust: 'repository' } as const
    const { text } = await deliver({ storageMode: 'local', sign: false, sources: { sign: source } })

    expect(text).toContain('signed  no (sign (/repo/.jux.conf:2) says so)')
    expect((await deliver({ storageMode: 'local' })).text).toContain('signed  no (set JUX_KEY_PATH to sign;')
  })

  it('prints which line of turbo.json lets an unsigned run of Turborepo see its key', async () => {
    const { text } = await deliver({ storageMode: 'local' }, undefined, { TURBO_HASH: '1f2e3d4c5b6a7988' })

    expect(text).toContain('signed  no (set JUX_KEY_PATH to sign, and "globalPassThroughEnv": ["JUX_*"] in turbo.json')
  })

  it('stores the report and sends no request', async () => {
    const server = await startServer(created)

    const { report, receipt, reports } = await deliver({ apiUrl: server.url })

    expect(receipt.failures).toEqual([])
    expect(reports).toEqual([`${report.contentHash}.xml`])
    expect([...server.received, ...server.probes]).toEqual([])
  })
})

describe('deliverReport in mode api', () => {
  it('submits the report and stores nothing', async () => {
    const server = await startServer(created)

    const { receipt, storagePath, text } = await deliver({ storageMode: 'api', apiUrl: server.url, apiMaxRetries: 0 })

    expect(receipt).toMatchObject({ submitted: { id: 'run-1' }, failures: [] })
    expect(existsSync(storagePath)).toBe(false)
    expect(text).toMatch(/sent {4}created as run-1, http/)
  })

  it('says that the report is not stored when the server fails, and which mode would queue it', async () => {
    const server = await startServer(failing)

    const { receipt } = await deliver({ storageMode: 'api', apiUrl: server.url, apiMaxRetries: 0 })

    expect(receipt.path).toBeUndefined()
    expect(receipt.failures).toMatchObject([{ code: 'API_SERVER_ERROR', message: /down.*the report is not stored/ }])
    expect(receipt.failures[0]?.suggestions.join('\n')).toContain('JUX_STORAGE_MODE=cache')
  })
})

describe('deliverReport in mode both', () => {
  it('stores the report and submits the same bytes', async () => {
    const server = await startServer(created)

    const { report, receipt, reports } = await deliver({ storageMode: 'both', apiUrl: server.url, protocol: 'xml' })

    expect(receipt.failures).toEqual([])
    expect(reports).toEqual([`${report.contentHash}.xml`])
    expect(server.received[0]?.body.equals(readFileSync(receipt.path ?? ''))).toBe(true)
    expect(server.received[0]?.headers['idempotency-key']).toBe(report.contentHash)
  })

  it('keeps the stored copy when the server fails, and says how to publish it', async () => {
    const server = await startServer(failing)

    const { receipt, reports } = await deliver({ storageMode: 'both', apiUrl: server.url, apiMaxRetries: 0 })

    expect(reports).toHaveLength(1)
    expect(receipt.failures).toMatchObject([{ code: 'API_SERVER_ERROR', message: /; the report is stored at \// }])
    expect(receipt.failures[0]?.suggestions.at(-1)).toBe(`npx jux publish --file ${receipt.path}`)
  })

  it('stores the report before it sends a request', async () => {
    const storagePath = join(temporaryFolder(), 'store')
    let before: string[] = []
    const server = await startServer((response, ...rest) => {
      before = onDisk(storagePath).reports
      created(response, ...rest)
    })

    await deliver({ storageMode: 'both', apiUrl: server.url }, storagePath)

    expect(before).toHaveLength(1)
  })

  it('submits a report that could not be stored, and returns the error of the store', async () => {
    const server = await startServer(created)
    const storagePath = join(temporaryFolder(), 'file')
    writeFileSync(storagePath, '')

    const { receipt } = await deliver({ storageMode: 'both', apiUrl: server.url }, storagePath)

    expect(receipt).toMatchObject({ submitted: { id: 'run-1' }, failures: [{ code: 'STORAGE_WRITE_ERROR' }] })
  })
})

describe('deliverReport in mode cache', () => {
  it('queues the report, submits it, then moves it to the reports', async () => {
    const storagePath = join(temporaryFolder(), 'store')
    let during = onDisk(storagePath)
    const server = await startServer((response, ...rest) => {
      during = onDisk(storagePath)
      created(response, ...rest)
    })

    const { report, receipt, reports, queue, claims } = await deliver(
      { storageMode: 'cache', apiUrl: server.url },
      storagePath,
    )

    expect(during).toMatchObject({ reports: [], queue: [], claims: [expect.stringContaining(report.contentHash)] })
    expect({ reports, queue, claims }).toEqual({ reports: [`${report.contentHash}.xml`], queue: [], claims: [] })
    expect(receipt).toMatchObject({ queued: false, submitted: { id: 'run-1' }, failures: [] })
  })

  it('leaves the report in the queue when the server fails', async () => {
    const { report, receipt, reports, queue, claims, text } = await deliver({
      storageMode: 'cache',
      apiUrl: 'http://127.0.0.1:9',
      apiMaxRetries: 0,
    })

    expect({ reports, queue, claims }).toEqual({ reports: [], queue: [`${report.contentHash}.xml`], claims: [] })
    expect(receipt.failures).toMatchObject([{ reason: 'connection-refused', message: /the report is queued/ }])
    expect(receipt.failures[0]?.suggestions.at(-1)).toBe('npx jux publish --queue')
    expect(text).toMatch(/queued {2}\S+\.xml/)
  })

  it('takes a report that the server has already as submitted', async () => {
    const server = await startServer(json(409, { status: 'duplicate', id: 'old' }))

    const { receipt, reports, text } = await deliver({ storageMode: 'cache', apiUrl: server.url })

    expect(receipt).toMatchObject({ submitted: { status: 'duplicate', id: 'old' }, failures: [] })
    expect(reports).toHaveLength(1)
    expect(text).toContain('the server has it already as old')
  })
})

describe('deliverReport with a mistake in the settings of the submission', () => {
  const MISTAKE = new JuxError('CONFIG_INVALID_VALUE', { message: 'JUX_API_URL must be a URL\n- more' })

  it.each([
    ['api', 'reports', 'stored on this machine instead', 'npx jux publish --file '],
    ['both', 'reports', 'stored', 'npx jux publish --file '],
    ['cache', 'queue', 'queued', 'npx jux publish --queue'],
  ] as const)('in mode %s keeps the report and sends nothing', async (storageMode, place, where, command) => {
    const server = await startServer(created)
    const storagePath = join(temporaryFolder(), 'store')
    const materials = {
      ...(await prepare({ storageMode, storagePath, apiUrl: server.url })),
      submissionProblem: MISTAKE,
    }
    const report = composeReport(RUN, materials)

    const receipt = await deliverReport(report, materials, {})
    const flushed = flushReport(report, materials)

    expect(onDisk(storagePath)[place]).toEqual([`${report.contentHash}.xml`])
    expect([...server.received, ...server.probes]).toEqual([])
    for (const { failures, notSubmitted } of [receipt, flushed]) {
      expect(failures).toEqual([])
      expect(notSubmitted).toContain(`not submitted: JUX_API_URL must be a URL; the report is ${where}, and after`)
      expect(notSubmitted).toContain(command)
    }
  })
})

describe('deliverReport of a second run', () => {
  it('adds nothing to the store when the result is the same', async () => {
    const storagePath = join(temporaryFolder(), 'store')

    await deliver({}, storagePath)
    const { reports } = await deliver({}, storagePath)

    expect(reports).toHaveLength(1)
  })
})

describe('deliverReport in a dry run', () => {
  it.each(['local', 'api', 'both', 'cache'] as const)(
    'in mode %s stores nothing, sends nothing, and shows what it would submit',
    async (storageMode) => {
      const server = await startServer(created)

      const { receipt, storagePath, text } = await deliver({
        storageMode,
        apiUrl: server.url,
        apiKey: 's3cr3t',
        dryRun: true,
      })

      expect(receipt.failures).toEqual([])
      expect(existsSync(storagePath)).toBe(false)
      expect([...server.received, ...server.probes]).toEqual([])
      expect(text).toMatch(new RegExp(`server +${server.url}/api/v1/junit/submit\n`))
      expect(text).toMatch(/project +app\n +branch +main\n +commit +unknown\n +tags +smoke\n/)
      expect(text).toMatch(
        /report +\d+ bytes, sha256 [0-9a-f]{64}\n +xml +well-formed JUnit XML, checked with xmldom: .*\n +sent +nothing/,
      )
      expect(text).toContain('an API key (set)')
      expect(text).not.toContain('s3cr3t')
    },
  )

  it('needs no server', async () => {
    expect((await deliver({ storageMode: 'api', dryRun: true })).text).toMatch(/server +none is configured/)
  })
})

describe('flushReport', () => {
  it.each([
    ['local', 'reports', []],
    ['both', 'reports', [/before the report could be submitted; the report is stored at \//]],
    ['cache', 'queue', []],
    ['api', 'nowhere', [/before the report could be submitted; the report is not stored/]],
  ] as const)('stores the report synchronously in mode %s', async (storageMode, place, messages) => {
    const storagePath = join(temporaryFolder(), 'store')
    const materials = await prepare({ storageMode, storagePath, apiUrl: 'http://127.0.0.1:9' })

    const receipt = flushReport(composeReport(RUN, materials), materials)

    expect(onDisk(storagePath)).toMatchObject({
      reports: place === 'reports' ? [expect.any(String)] : [],
      queue: place === 'queue' ? [expect.any(String)] : [],
    })
    expect(receipt.failures.map(({ message }) => message)).toEqual(
      messages.map((message) => expect.stringMatching(message)),
    )
  })
})

describe('submissionOf', () => {
  const text = fc.oneof({ weight: 1, arbitrary: fc.constantFrom('', ' ', 'main', 'a, b') }, shortHostileText())
  const property = fc.record({
    name: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          ...['project', 'git:branch', 'git:commit', 'jux:tags', 'jux:environment', 'jux:hostname', 'jux:runner'],
          ...['ci:provider', 'ci:job_id', 'ci:build_id', 'ci:build_url', 'ci:build_number', 'env:CI', 'env:', 'env:\n'],
        ),
      },
      text,
    ),
    value: text,
  })
  const properties = fc.array(property, { maxLength: 6 })
  const status = fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const, 'todo' as const)
  const test = fc.record({ title: text, status }).map((parts) => aTest(parts))
  const testModule = fc
    .record({ file: text, properties, tests: fc.array(test, { maxLength: 4 }), project: text })
    .map((parts) => aModule(parts))
  const run = fc
    .record({ properties, modules: fc.array(testModule, { maxLength: 2 }), startedAt: text })
    .map((parts) => aRun(parts))
  const settings = fc.record({ dialect: fc.constantFrom('common', 'jenkins', 'ant'), scrub: fc.boolean() })

  it('has the metadata and the counts that a reader of the report finds, for 300 generated runs', async () => {
    const materials = await prepare({})

    fc.assert(
      fc.property(run, settings, (any, chosen) => {
        const report = composeReport(any, { ...materials, settings: { ...materials.settings, ...chosen } })
        const submission = submissionOf(report)
        const {
          properties: found,
          tests,
          failures,
          errors,
          skipped,
        } = readReport(Buffer.concat(chunksOf(submission))).summary

        expect(submission).toMatchObject({ properties: found, counts: { tests, failures, errors, skipped } })
        expect(JSON.stringify(runMetadata(submission.properties))).toBe(JSON.stringify(runMetadata(found)))
        expect(JSON.stringify(machineMetadata(submission.properties))).toBe(JSON.stringify(machineMetadata(found)))
      }),
      { numRuns: 300, seed: 20_261_126 },
    )
  })
})
