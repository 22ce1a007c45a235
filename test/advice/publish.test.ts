/**
 * Every cure that `jux publish` prints, applied in the situation that printed it, for each place where the setting that
 * it names can be written.
 *
 * @module
 */
import { afterAll, describe, expect, it } from 'vitest'
import { doStep, type Line, newSituation, type Place, printTable, put, stepsOf, systemOf } from '../support/advice.js'
import { runJux } from '../support/cli.js'
import { created, json, type Responder, start, text } from '../support/http-server.js'
import { storeWith } from '../support/queued-reports.js'
import { isGzip, slowly, when } from '../support/responders.js'

const table: Line[] = []

/** A message of `jux publish`. */
interface PublishRow {
  /** Completes "the cures of jux publish for …". */
  readonly title: string
  readonly setting: string
  /** The flag of the setting. */
  readonly alias?: string
  readonly responders: readonly Responder[]
  readonly reason: string
  readonly value: string
  readonly places: readonly Place[]
  readonly flags?: Readonly<Record<string, string>>
}

const PUBLISH_ROWS: readonly PublishRow[] = [
  {
    title: 'a request that takes too long',
    setting: 'apiTimeout',
    alias: '--timeout',
    value: '1',
    places: ['flag', 'variable', '.jux.conf', 'package.json', 'user file'],
    responders: [slowly],
    reason: 'timeout',
  },
  {
    title: 'a rate limit whose wait does not fit the deadline',
    setting: 'deadline',
    value: '30',
    places: ['flag'],
    flags: { '--max-retries': '3' },
    responders: [json(429, { error: 'slow down' }, { 'retry-after': '100' }), created],
    reason: 'http-429',
  },
  {
    title: 'an error of the server with too few retries',
    setting: 'apiMaxRetries',
    alias: '--max-retries',
    value: '0',
    places: ['flag', 'variable', '.jux.conf', 'package.json', 'user file'],
    flags: {},
    responders: [json(500, { error: 'down' }), created],
    reason: 'http-500',
  },
  {
    title: 'a report that is too large for a proxy',
    setting: 'gzip',
    value: 'false',
    places: ['variable', '.jux.conf', 'package.json', 'user file', 'default'],
    responders: [when((headers) => isGzip(headers['content-encoding']), text(413, '<html>too large'))],
    reason: 'http-413',
  },
]

/** What does nothing in `jux publish`. */
const NOT_FOR_PUBLISH = /STORAGE_MODE|storage_?mode|DRY_RUN|limits|JUX_DEADLINE/i

async function publishScene(row: PublishRow, place: Place) {
  const server = await start({ responders: [...row.responders] })
  const situation = newSituation()
  const { root } = storeWith('app')
  const flags = { '--max-retries': '0', ...row.flags, '--api-url': server.url, '--storage-path': root }
  for (const [name, value] of Object.entries(flags)) if (name !== row.alias) situation.flags.set(name, value)
  if (row.setting === 'apiMaxRetries') situation.flags.delete('--max-retries')
  put(situation, row.setting, row.value, place, place === 'flag' ? row.alias : undefined)
  const publish = async (): Promise<{ reason?: string; suggestions: readonly string[] } | undefined> => {
    const argv = [...situation.flags].flatMap(([name, value]) => (value === undefined ? [name] : [name, value]))
    const { out } = await runJux(['publish', '--queue', '--json', ...argv], { system: systemOf(situation) })
    const [result] = JSON.parse(out).results
    return result.success ? undefined : result
  }
  return { situation, publish }
}

describe('the cures of jux publish for', () => {
  it.each(PUBLISH_ROWS)('$title work wherever the setting is written', async (row) => {
    const lines = await Promise.all(
      row.places.map(async (place) => {
        const error = await (await publishScene(row, place)).publish()
        expect({ place, reason: error?.reason }).toEqual({ place, reason: row.reason })
        expect(error?.suggestions.join('\n')).not.toMatch(NOT_FOR_PUBLISH)
        return Promise.all(
          (error?.suggestions ?? []).map(async (_, index) => {
            const { situation, publish } = await publishScene(row, place)
            const cure = (await publish())?.suggestions[index] ?? ''
            const steps = stepsOf(cure)
            const shown = cure.replaceAll(situation.dir, '.').replaceAll(situation.home, '~')
            const line = { row: row.title, place, cure: shown }
            if (steps === undefined) return { ...line, outcome: 'in words' }
            for (const step of steps) await doStep(step, situation, async () => {})
            return { ...line, outcome: (await publish())?.reason ?? 'sent' }
          }),
        )
      }),
    )

    table.push(...lines.flat())
    const applied = lines.flat().filter(({ outcome }) => outcome !== 'in words')
    expect(applied.map(({ outcome }) => outcome)).toEqual(row.places.map(() => 'sent'))
  })
})

afterAll(() => {
  printTable(table)
})
