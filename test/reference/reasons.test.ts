import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'
import { REASONS, XML_REASONS } from '../../src/reasons.js'

/** Sources of the program, without the table itself. */
const sources = ['src', 'server/src'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && name !== 'reasons.ts')
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
)

/** Code and reason of every error that is made with both as plain text. */
const pairs = sources.flatMap((source) =>
  [...source.matchAll(/new \w+\('([A-Z_]+)', \{(?:(?!new )[\s\S]){0,800}?\n? *reason: '([a-z-]+)'/g)].map(
    ([, code = '', reason = '']) => ({ code, reason }),
  ),
)

describe('REASONS', () => {
  it('lists every reason that the program uses with a code', () => {
    const unreadable = { ...XML_REASONS, ...REASONS.XML_PARSE_ERROR }
    const table: Readonly<Record<string, object>> = { ...REASONS, XML_PARSE_ERROR: unreadable }
    const missing = pairs.filter(({ code, reason }) => !Object.hasOwn(table[code] ?? {}, reason))

    expect(missing).toEqual([])
    expect(pairs.length).toBeGreaterThan(20)
  })

  it('lists no reason that the program does not use', () => {
    const all = Object.values(REASONS).flatMap((reasons) => Object.keys(reasons))

    expect(all.filter((reason) => !sources.some((source) => source.includes(`'${reason}'`)))).toEqual([])
  })
})
