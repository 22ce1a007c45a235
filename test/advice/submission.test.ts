/**
 * Every cure that a message about a submission prints, applied in the situation that printed it, for each place where
 * the setting that it names can be written.
 *
 * @module
 */
import { afterAll, describe, expect, it } from 'vitest'
import { missingFiles } from '../../src/config/files.js'
import { loadConfig } from '../../src/config/load.js'
import { startFacts } from '../../src/enrich/facts.js'
import { type JuxError, toJuxError } from '../../src/errors.js'
import { composeReport, deliverReport } from '../../src/pipeline.js'
import {
  doStep,
  type Line,
  newSituation,
  PLACES,
  type Place,
  printTable,
  put,
  type Situation,
  stepsOf,
  systemOf,
} from '../support/advice.js'
import { created, json, type Responder, start, type TestServer, text } from '../support/http-server.js'
import { newKeyPair, privatePem } from '../support/keys.js'
import { closedPort } from '../support/ports.js'
import { isGzip, slowly, when } from '../support/responders.js'
import { RUN } from '../support/session-scene.js'
import { fixedSystem } from '../support/system.js'
import { makeCertificates } from '../support/tls-identities.js'

/** A message, and how to provoke it. */
interface Row {
  /** Completes "the cures of …". */
  readonly title: string
  /** The setting that the message names, and a value that provokes it. */
  readonly setting: string
  readonly value: (server: TestServer) => string
  readonly alias?: string
  /** Where the value cannot be written, or provokes nothing. */
  readonly except?: readonly Place[]
  readonly options?: Readonly<Record<string, unknown>>
  readonly responders: (other: TestServer) => readonly Responder[]
  /** The reason of the error. */
  readonly reason: string
  /** The server is the default one: no setting names it. */
  readonly isUnnamed?: true
  /** No server listens. */
  readonly isDown?: true
  readonly tls?: true
  /** The server is on another machine, which does not exist. */
  readonly isElsewhere?: true
  /** What no suggestion may contain. */
  readonly never?: RegExp
  /** At least one cure can be applied. */
  readonly hasCure: boolean
}

const certificates = makeCertificates()
const KEY = privatePem(newKeyPair('P-256'))

const ROWS: readonly Row[] = [
  {
    title: 'a request that takes too long',
    setting: 'apiTimeout',
    alias: 'submitTimeout',
    value: () => '1',
    except: ['default'],
    responders: () => [slowly],
    reason: 'timeout',
    hasCure: true,
  },
  {
    title: 'a deadline that ends during a request',
    setting: 'deadline',
    value: () => '1',
    except: ['alias', 'default'],
    responders: () => [slowly],
    reason: 'deadline',
    hasCure: true,
  },
  {
    title: 'a rate limit whose wait does not fit the deadline',
    setting: 'deadline',
    value: () => '30',
    except: ['alias'],
    options: { apiMaxRetries: 3 },
    responders: () => [json(429, { error: 'slow down' }, { 'retry-after': '100' }), created],
    reason: 'http-429',
    never: /GZIP|TIMEOUT/,
    hasCure: true,
  },
  {
    title: 'an unavailable server whose wait does not fit the deadline',
    setting: 'deadline',
    value: () => '30',
    except: ['alias'],
    options: { apiMaxRetries: 3 },
    responders: () => [json(503, { error: 'busy' }, { 'retry-after': '100' }), created],
    reason: 'http-503',
    hasCure: true,
  },
  {
    title: 'a wait that is longer than any deadline helps',
    setting: 'deadline',
    value: () => '30',
    except: ['alias'],
    options: { apiMaxRetries: 3 },
    responders: () => [json(429, { error: 'slow down' }, { 'retry-after': '7200' })],
    reason: 'http-429',
    never: /deadline/i,
    hasCure: false,
  },
  {
    title: 'an error of the server with too few retries',
    setting: 'apiMaxRetries',
    alias: 'submitRetries',
    value: () => '0',
    except: ['default'],
    responders: () => [json(500, { error: 'down' }), created],
    reason: 'http-500',
    hasCure: true,
  },
  {
    title: 'a report that is too large for a proxy',
    setting: 'gzip',
    value: () => 'false',
    except: ['alias'],
    responders: () => [when((headers) => isGzip(headers['content-encoding']), text(413, '<html>too large'))],
    reason: 'http-413',
    hasCure: true,
  },
  {
    title: 'a server that does not decompress',
    setting: 'gzip',
    value: () => 'true',
    except: ['alias', 'default'],
    responders: () => [when((headers) => !isGzip(headers['content-encoding']), json(415, { error: 'no' }))],
    reason: 'http-415',
    hasCure: true,
  },
  {
    title: 'a server of another protocol (415)',
    setting: 'protocol',
    value: () => 'json',
    except: ['alias'],
    responders: () => [when((headers) => headers['content-type'] === 'application/xml', json(415, { error: 'no' }))],
    reason: 'http-415',
    hasCure: true,
  },
  {
    title: 'a server of another protocol (400)',
    setting: 'protocol',
    value: () => 'xml',
    except: ['alias', 'default'],
    responders: () => [when((headers) => headers['content-type'] === 'application/json', json(400, { error: 'no' }))],
    reason: 'http-400',
    hasCure: true,
  },
  {
    title: 'a redirect to another server',
    setting: 'apiUrl',
    value: ({ url }) => url,
    except: ['alias', 'default'],
    responders: (other) => [text(301, '', { location: `${other.url}/api/v1/junit/submit` })],
    reason: 'redirect',
    hasCure: true,
  },
  {
    title: 'a report that is lost in mode api',
    setting: 'storageMode',
    value: () => 'api',
    except: ['alias', 'default'],
    responders: () => [json(501, { error: 'down' })],
    reason: 'http-501',
    hasCure: true,
  },
  {
    title: 'a missing default server',
    setting: 'apiKey',
    value: () => 'k-12345',
    except: ['alias'],
    responders: () => [when((headers) => headers.authorization === undefined, json(500, {}))],
    reason: 'connection-refused',
    isUnnamed: true,
    isDown: true,
    hasCure: true,
  },
  {
    title: 'a server of this machine that does not run',
    setting: 'gzip',
    value: () => 'false',
    except: ['alias'],
    responders: () => [created],
    reason: 'connection-refused',
    isDown: true,
    hasCure: true,
  },
  {
    title: 'a default server that wants a key',
    setting: 'apiKey',
    value: () => 'k-12345',
    except: ['alias', 'default'],
    responders: () => [when((headers) => headers.authorization === 'Bearer k-12345', json(401, { error: 'no' }))],
    reason: 'http-401',
    isUnnamed: true,
    hasCure: true,
  },
  {
    title: 'an API key that is not accepted (401)',
    setting: 'apiKey',
    value: () => 'k-12345',
    except: ['alias'],
    responders: () => [json(401, { error: 'no' })],
    reason: 'http-401',
    hasCure: false,
  },
  {
    title: 'a bearer token that may not submit (403)',
    setting: 'bearerToken',
    value: () => 't-12345',
    except: ['alias'],
    responders: () => [json(403, { error: 'no' })],
    reason: 'http-403',
    never: /valid|expired/,
    hasCure: false,
  },
  {
    title: 'a signature that is missing',
    setting: 'protocol',
    value: () => 'json',
    // Making a key takes time.
    except: ['alias', 'options', 'package.json', 'user file'],
    responders: () => [
      (response, received, request) =>
        (received.body.includes('SignatureValue')
          ? created
          : json(400, { error: 'InvalidSignature', message: 'the report is not signed' }))(response, received, request),
    ],
    reason: 'http-400',
    never: /escap|PROTOCOL=/,
    hasCure: true,
  },
  {
    title: 'a signature that does not match',
    setting: 'protocol',
    value: () => 'json',
    except: ['alias'],
    options: { key: KEY },
    responders: () => [json(400, { error: 'InvalidSignature', message: 'the digest does not match' })],
    reason: 'http-400',
    never: /escap|PROTOCOL=|keygen/,
    hasCure: false,
  },
  {
    title: 'a server without the path of the protocol',
    setting: 'protocol',
    value: () => 'json',
    except: ['alias'],
    options: { key: KEY },
    responders: () => [
      (response, received, request) =>
        (received.path === '/api/v1/reports' ? created : json(404, { error: 'no' }))(response, received, request),
    ],
    reason: 'http-404',
    hasCure: true,
  },
  {
    title: 'credentials for another machine over plain http',
    setting: 'allowInsecureHttp',
    value: () => 'false',
    except: ['alias'],
    options: { apiUrl: 'http://jux.invalid:4000', apiKey: 'k-12345' },
    responders: () => [created],
    reason: 'insecure-http',
    isElsewhere: true,
    hasCure: true,
  },
  {
    title: 'an unsigned report under the protocol reports',
    setting: 'protocol',
    value: () => 'reports',
    // Making a key takes time.
    except: ['alias', 'default', 'options', 'package.json', 'user file'],
    responders: () => [created],
    reason: 'protocol-reports',
    hasCure: true,
  },
  {
    title: 'a server with an unknown authority',
    setting: 'apiUrl',
    value: ({ url }) => url,
    except: ['alias', 'default'],
    responders: () => [created],
    reason: 'tls',
    tls: true,
    hasCure: false,
  },
]

const table: Line[] = []

/** A situation with its server. */
interface Scene {
  readonly situation: Situation
  readonly server: TestServer
  /** The server accepts everything from now on. */
  recover(): void
  startServer(): Promise<void>
}

async function build(row: Row, place: Place): Promise<Scene> {
  let isWell = false
  const other = await start({ responders: [created] })
  const faults = row.responders(other)
  const server = await start({
    responders: faults.map(
      (fault): Responder =>
        (...parts) =>
          (isWell ? created : fault)(...parts),
    ),
    ...(row.tls ? { tls: certificates.server } : {}),
  })
  const base = { apiUrl: server.url, storageMode: 'both', storagePath: 'store', ...row.options }
  const situation = newSituation(base)
  // A variable, so that "jux publish" sees it too.
  if (row.setting !== 'apiMaxRetries' && row.options?.apiMaxRetries === undefined) {
    situation.env.JUX_API_MAX_RETRIES = '0'
  }
  put(situation, row.setting, row.value(server), place, row.alias)
  if (row.isUnnamed) delete situation.options.apiUrl
  const down = row.isDown ? await closedPort() : undefined
  if (down !== undefined && !row.isUnnamed) situation.options.apiUrl = `http://localhost:${down}`
  return {
    situation,
    server: down === undefined ? server : { ...server, url: `http://localhost:${down}`, port: down },
    recover: () => {
      isWell = true
    },
    startServer: async () => {
      if (down !== undefined) await listenAt(down)
    },
  }
}

/** Makes and delivers a report as the session of a reporter does. */
async function report({ situation, server }: Scene, row: Pick<Row, 'isUnnamed'> = {}): Promise<JuxError | undefined> {
  const { options, dir } = situation
  const system = fixedSystem(systemOf(situation))
  try {
    // The default server of these tests has its own port.
    const isUnnamed = row.isUnnamed && situation.env.JUX_API_URL === undefined
    const config = loadConfig({ options: isUnnamed ? { ...options, apiUrl: server.url } : options, cwd: dir, system })
    for (const { problem } of missingFiles(config)) throw problem
    const { loadSigner } = await import('../../src/sign/keys.js')
    const { settings } = config
    const signer = (settings.keyPath ?? settings.key) === undefined ? undefined : await loadSigner(settings, system)
    const unnamed = { kind: 'default', name: 'apiUrl', place: 'default', trust: 'user' } as const
    const sources = isUnnamed ? { ...config.sources, apiUrl: unnamed } : config.sources
    const materials = { settings: { ...settings, sources }, facts: await startFacts(settings, system), signer, system }
    const deadlineMs = settings.deadline * 1_000 - 50
    const { failures } = await deliverReport(composeReport(RUN, materials), materials, { deadlineMs })
    return failures[0]
  } catch (error) {
    return toJuxError(error)
  }
}

const labelOf = (error: JuxError | undefined) =>
  error === undefined
    ? 'sent'
    : `${error.code} ${error.reason}${/; the report is (?:queued|stored|not stored)/.exec(error.message)?.[0] ?? ''}`

/** Provokes the message anew, applies one of its cures, and tries again. */
async function applyCure(row: Row, place: Place, index: number): Promise<Line & { readonly works: boolean }> {
  const scene = await build(row, place)
  const before = await report(scene, row)
  const cure = before?.suggestions[index] ?? ''
  const steps = stepsOf(cure)
  const shown = cure.replaceAll(scene.situation.dir, '.').replaceAll(scene.situation.home, '~')
  const line = { row: row.title, place, cure: shown.replace(/127\.0\.0\.1:\d+|localhost:\d+/g, 'HOST') }
  if (steps === undefined) return { ...line, outcome: 'in words', works: true }
  const command = steps.some((step) => step.kind === 'jux' && step.args[0] === 'publish')
  // Publishing later helps when the server works again.
  if (command) {
    scene.recover()
    await scene.startServer()
    // The default server of these tests has its own port.
    if (row.isUnnamed) scene.situation.env.JUX_API_URL = scene.server.url
  }
  let ended: { readonly outcome: string | undefined } | undefined
  for (const step of steps) ended = await doStep(step, scene.situation, () => scene.startServer())
  if (ended !== undefined) {
    const expected = row.tls
      ? /API_CONNECTION_ERROR.* tls/
      : row.isElsewhere
        ? /CONFIG_INVALID_VALUE.*insecure-http|API_/
        : /^sent$/
    const outcome = ended.outcome ?? 'sent'
    return { ...line, outcome, works: expected.test(outcome) }
  }
  const after = labelOf(await report(scene, row))
  const isBetter = after !== labelOf(before) && !/^(?:CONFIG|KEY|CERT|UNEXPECTED)_/.test(after)
  return { ...line, outcome: after, works: isBetter }
}

async function listenAt(port: number): Promise<void> {
  await start({ responders: [created], host: 'localhost', port })
}

describe('the cures for', () => {
  it.each(ROWS)('$title work wherever the setting is written', async (row) => {
    const places = PLACES.filter((place) => !row.except?.includes(place))

    const lines = await Promise.all(
      places.map(async (place) => {
        const scene = await build(row, place)
        const error = await report(scene, row)
        expect({ place, reason: error?.reason, message: error?.message }).toMatchObject({ place, reason: row.reason })
        const printed = [error?.message, ...(error?.suggestions ?? [])].join('\n')
        if (row.never !== undefined) expect(error?.suggestions.join('\n')).not.toMatch(row.never)
        const cures = error?.suggestions ?? []
        return { printed, lines: await Promise.all(cures.map((_, index) => applyCure(row, place, index))) }
      }),
    )

    const all = lines.flatMap((one) => one.lines)
    table.push(...all)
    expect(all.filter(({ works }) => !works)).toEqual([])
    const applied = all.filter(({ outcome, cure }) => outcome !== 'in words' && !cure.startsWith('npx jux publish'))
    expect(applied.length > 0).toBe(row.hasCure)
  })
})

describe('the command that a reporter prints for a queued report', () => {
  it('sends it although the store, the server and the protocol stand in the reporter options', async () => {
    let isWell = false
    const server = await start({
      responders: [(...parts) => (isWell ? created : json(501, { error: 'down' }))(...parts)],
    })
    const situation = newSituation({
      apiUrl: server.url,
      storageMode: 'cache',
      storagePath: 'a store',
      protocol: 'xml',
    })
    const error = await report({ situation, server, recover: () => {}, startServer: async () => {} })
    isWell = true

    const command = error?.suggestions.at(-1) ?? ''
    const [step] = stepsOf(command) ?? []
    const ended = step && (await doStep(step, situation, async () => {}))

    // The queue remembers the server and the protocol.
    expect(command).toBe(`npx jux publish --queue --storage-path '${situation.dir}/a store'`)
    expect(ended).toEqual({ outcome: undefined })
    expect(server.received.at(-1)?.headers['content-type']).toBe('application/xml')
  })

  it('names the variable for a credential that stands in the reporter options, and not the credential', async () => {
    const server = await start({ responders: [json(501, { error: 'down' })] })
    const options = { apiUrl: server.url, storageMode: 'cache', storagePath: 'store', apiKey: 's3cr3t-k3y' }
    const scene = { situation: newSituation(options), server, recover: () => {}, startServer: async () => {} }

    const command = (await report(scene))?.suggestions.at(-1)

    expect(command).toMatch(/ {2}# set JUX_API_KEY first: apiKey \(reporter options\) is not seen here$/)
    expect(command).not.toContain('s3cr3t-k3y')
  })
})

afterAll(() => {
  printTable(table)
})
