import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'
import { VARIABLES } from '../../server/src/settings.js'
import { EXIT } from '../../src/cli/exit-codes.js'
import { LEVELS } from '../../src/cli/gate/decision-file.js'
import { aboutSetting, SETTING_NAMES } from '../../src/config/table.js'
import { ERROR_NUMBERS } from '../../src/errors.js'
import { fileKey, variableName } from '../../src/setting-source.js'
import { DOCUMENTS, mentions, unknown } from './documents.js'

const spellings = SETTING_NAMES.flatMap((name) => [name, ...aboutSetting(name).aliases])

function sources(...folders: readonly string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
        .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
    )
    .join('\n')
}

function found(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? match[0]))]
}

describe('the names in the documentation', () => {
  it('of environment variables are settings, or are read by the program', () => {
    const opposites = SETTING_NAMES.flatMap((name) => aboutSetting(name).oppositeVariable ?? [])
    const settings = [...spellings.map(variableName), ...opposites]
    const read = found(
      sources('src', 'server/src', 'bench', 'scripts', 'test', 'server/test'),
      /\benv(?:\.|\[')(JUX_[A-Z_]+)/g,
    )

    expect(
      unknown(mentions(/\bJUX_[A-Z]+(?:_[A-Z]+)*\b(?!_|\*)/g), [
        ...settings,
        ...read,
        ...Object.values(VARIABLES),
        ...Object.values(LEVELS),
      ]),
    ).toEqual([])
  })

  it('of keys in INI blocks are settings', () => {
    const blocks = DOCUMENTS.flatMap(({ path, text }) =>
      [...text.matchAll(/^```ini\n([\s\S]*?)^```/gm)].map(([, block = '']) => ({ where: path, block })),
    )
    const keys = blocks.flatMap(({ where, block }) =>
      found(block, /^#? ?([a-z_]+) *= /gm).map((name) => ({ where, name })),
    )

    expect(keys.length).toBeGreaterThan(3)
    expect(unknown(keys, spellings.map(fileKey))).toEqual([])
  })

  it('of error codes exist, with the right numbers', () => {
    const families = [...new Set(Object.keys(ERROR_NUMBERS).map((code) => code.slice(0, code.indexOf('_'))))]
    const codes = mentions(
      new RegExp(`(?<![A-Z_$.])((?:${families.join('|')})_[A-Z_]*[A-Z])\\b(?!\\*)(?=\`| \\()`, 'g'),
    )
    const numbered = mentions(/\b([A-Z]+(?:_[A-Z]+)+`? \(\d{3}\))/g).map(({ where, name }) => ({
      where,
      name: name.replace('`', ''),
    }))

    expect(unknown(codes, Object.keys(ERROR_NUMBERS))).toEqual([])
    expect(
      unknown(
        numbered,
        Object.entries(ERROR_NUMBERS).map(([code, number]) => `${code} (${number})`),
      ),
    ).toEqual([])
  })

  it('of report properties are written by the program', () => {
    const written = found(sources('src'), /'((?:jux|git|ci):[a-z_]+)/g)
    const families = [...found(sources('src'), /`((?:jux|git|ci):[a-z]+)[_:]\$\{/g)]
    const named = mentions(/(?<![\w:/.-])(?:jux|git|ci):[a-z]+(?:_[a-z]+)*/g)

    expect(
      unknown(
        named.filter(({ name }) => !families.some((family) => name.startsWith(family))),
        written,
      ),
    ).toEqual([])
  })

  it('of exit codes exist', () => {
    const known = [...Object.values(EXIT).map(String)]

    expect(unknown(mentions(/\bexit code:? (\d+)\b/gi), known)).toEqual([])
    expect(unknown(mentions(/\bexits (?:with )?(\d+)\b/g), known)).toEqual([])
  })
})

describe('the documentation', () => {
  it('names every property of a report', () => {
    const pages = DOCUMENTS.map(({ text }) => text).join('\n')
    const written = found(sources('src/gather', 'src/enrich', 'src/scrub', 'src/render'), /'((?:jux|git|ci):[a-z_]+)'/g)

    expect(written.filter((name) => !pages.includes(`\`${name}\``))).toEqual([])
    expect(written.length).toBeGreaterThan(50)
  })

  it('names every environment variable that the program reads', () => {
    const pages = DOCUMENTS.map(({ text }) => text).join('\n')
    const read = found(sources('src', 'server/src'), /\benv(?:\.|\[')([A-Z][A-Z_]+)\b/g).filter((name) =>
      name.startsWith('JUX_'),
    )

    expect([...read, ...Object.values(VARIABLES)].filter((name) => !pages.includes(name))).toEqual([])
  })

  it('names every page of the server', () => {
    const guide = readFileSync(join(ROOT, 'docs', 'server.md'), 'utf8')
    const names: Readonly<Record<string, string>> = { id: 'ID', project: 'NAME', key: 'KEY', position: 'N' }
    const paths = found(sources('server/src/pages'), /app\.get\('([^']+)'/g).map((path) =>
      path.replace(/:(\w+)(?:\{.*\})?/g, (_, name: string) => names[name] ?? name),
    )

    expect(paths.length).toBeGreaterThan(5)
    expect(paths.filter((path) => !guide.includes(`\`${path}\``) && !guide.includes(`\`${path}?`))).toEqual([])
  })
})
