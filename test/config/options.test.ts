import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Config } from 'jest'
import ts from 'typescript'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { ViteUserConfig } from 'vitest/config'
import { ROOT } from '../../scripts/docs/comments.js'
import { optionsPage } from '../../scripts/docs/options.js'
import { loadConfig } from '../../src/config/load.js'
import type { AliasName, JuxOptions } from '../../src/config/options.js'
import { aboutSetting, LIMITS, SETTING_NAMES, type Settings } from '../../src/config/table.js'
import type { PipelineSettings } from '../../src/pipeline.js'
import { DEFAULT_LIMITS } from '../../src/scrub/limits.js'
import type { SignerSettings } from '../../src/sign/keys.js'
import { scene } from '../support/configuration.js'

const DIST = join(ROOT, 'dist')

/** What an editor shows for a name in a program that imports the built package; `|` stands before the name. */
function quickInfo(program: string): string {
  const file = join(ROOT, 'program.ts')
  const position = program.indexOf('|')
  const text = program.replace('|', '')
  const service = ts.createLanguageService({
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const source = name === file ? text : ts.sys.readFile(name)
      return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source)
    },
    getCurrentDirectory: () => ROOT,
    getCompilationSettings: () => ({
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      exactOptionalPropertyTypes: true,
      types: [],
    }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
  })
  const mistakes = service.getSemanticDiagnostics(file).map(({ messageText }) => messageText)
  if (mistakes.length > 0) throw new Error(JSON.stringify(mistakes))
  const info = service.getQuickInfoAtPosition(file, position)
  const shown = `${ts.displayPartsToString(info?.displayParts)}\n${ts.displayPartsToString(info?.documentation)}`
  return shown.replaceAll(/\s+/g, ' ')
}

/** The declaration files that TypeScript reads with an entry of the built package, and the packages that they name. */
function declarations(entry: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const [, specifier = ''] of readFileSync(entry, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
    if (specifier.startsWith('.')) declarations(join(dirname(entry), specifier.replace(/\.(m?)js$/, '.d.$1ts')), seen)
    else seen.add(specifier)
  }
  return seen
}

describe('JuxOptions', () => {
  it('is what "node scripts/docs.mjs" writes from the table of settings', () => {
    const { path, text } = optionsPage()

    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text)
  })

  it('has every setting and every alias of the table, and nothing else', () => {
    expectTypeOf<Exclude<keyof JuxOptions, AliasName>>().toEqualTypeOf<keyof Settings>()

    expect(SETTING_NAMES.flatMap((name) => aboutSetting(name).aliases)).toEqual([
      'projectName',
      'metadata',
      'publish',
      'submitTimeout',
      'submitRetries',
    ])
  })

  it('is accepted by runners next to the name of a reporter', () => {
    const options: JuxOptions = { storageMode: 'local', keyPath: undefined }
    const vitest: ViteUserConfig = { test: { reporters: [['jux-reporter/vitest', options]] } }
    const jest: Config = { reporters: [['jux-reporter/jest', options]] }

    expect([vitest.test?.reporters, jest.reporters]).toEqual([
      [['jux-reporter/vitest', options]],
      [['jux-reporter/jest', options]],
    ])
  })

  it('shows the sentence, the words and the default of storageMode in an editor', () => {
    const program =
      "import type { JuxOptions } from './dist/index.js'\nexport const options: JuxOptions = { |storageMode: 'local' }\n"

    expect(quickInfo(program)).toBe(
      '(property) storageMode?: "local" | "api" | "both" | "cache" | undefined What happens to a report: ' +
        '`local` stores it, `api` sends it, `both` stores and sends it, `cache` puts it in the queue, sends it ' +
        'and then stores it. Default: `local`.',
    )
  })

  it('shows the sentence of keyPath in an editor, for the options and for loadSigner', () => {
    const shown = '(property) keyPath?: string | undefined Path of the private key, a PEM file; `~` is the home folder.'
    const options =
      "import type { JuxOptions } from './dist/index.js'\nexport const options: JuxOptions = { |keyPath: 'key.pem' }\n"
    const signer =
      "import { loadSigner, realSystem } from './dist/index.js'\nexport const signer = loadSigner({ |keyPath: 'key.pem' }, realSystem())\n"

    expect(quickInfo(options)).toBe(shown)
    expect(quickInfo(signer)).toBe(shown)
  })

  it.each(['index.d.ts', 'vitest.d.ts', 'jest.d.mts'])('leaks no type of zod into the declarations of %s', (entry) => {
    const read = [...declarations(join(DIST, entry))]

    expect(read.filter((name) => name.startsWith('zod'))).toEqual([])
    expect(read.filter((name) => name.startsWith(DIST)).every((name) => existsSync(name))).toBe(true)
    expect(read).toContain(join(DIST, 'options.d.ts'))
  })
})

describe('Settings', () => {
  it('are accepted by every stage as they are loaded', () => {
    expectTypeOf<Settings>().toExtend<PipelineSettings & SignerSettings>()
    expectTypeOf(loadConfig).returns.toHaveProperty('settings').toEqualTypeOf<Settings>()

    const { settings } = loadConfig(scene())
    expect(Object.keys(settings).filter((name) => !SETTING_NAMES.some((known) => known === name))).toEqual([])
  })

  it('document the limits that scrub applies', () => {
    const documented = Object.entries(LIMITS).map(([name, { default: size }]) => [name, size])

    expect(Object.fromEntries(documented)).toEqual(DEFAULT_LIMITS)
  })

  it('have a description without capital letter and period, which the documents add', () => {
    const sentences = SETTING_NAMES.map((name) => aboutSetting(name).about)

    expect(sentences.filter((about) => /\.$|^[A-Z][a-z]/.test(about))).toEqual([])
    expect(new Set(sentences).size).toBe(SETTING_NAMES.length)
  })
})
