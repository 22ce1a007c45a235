/**
 * The suggestions of all errors: each text in the sources that looks like a command can be pasted, and the commands of
 * keys, reports, configuration files and the store change the outcome when they are pasted.
 *
 * @module
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { doStep, type Line, newSituation, printTable, type Situation, stepsOf, systemOf } from '../support/advice.js'
import { runJux } from '../support/cli.js'
import { ROOT } from '../support/lab.js'
import { REPORT } from '../support/signed-scene.js'

interface Suggestion {
  readonly place: string
  readonly text: string
}

/** A placeholder stands for each value that is known only when the program runs. */
const VALUE = '§'

const SUGGESTIONS = suggestionsIn(join(ROOT, 'src'))

describe('the suggestions in the sources', () => {
  it('are found: every folder that throws errors has some', () => {
    const folders = new Set(SUGGESTIONS.map(({ place }) => place.split('/')[0]))
    expect([...folders]).toEqual(expect.arrayContaining(['cli', 'config', 'report', 'sign', 'store', 'submit']))
    expect(SUGGESTIONS.length).toBeGreaterThan(80)
  })

  it('have no placeholder in capitals', () => {
    const wrong = SUGGESTIONS.filter(({ text }) => /(?:^|[ =])(?:FILE|TIME|PATH|NAME|HASH|VALUE)\b/.test(text))
    expect(wrong).toEqual([])
  })

  it('name the command jux only with npx', () => {
    expect(SUGGESTIONS.filter(({ text }) => /^jux\b/.test(text))).toEqual([])
  })

  it('that begin with a command are command lines, with at most a shell comment', () => {
    const commands = SUGGESTIONS.filter(({ text }) => /^(?:npx|export|unset|chmod|ls|df|openssl) /.test(text))
    const wrong = commands.filter(({ text }) => {
      const [line = ''] = text.split('  # ')
      return /, |[()]| or | writes /.test(line.replace(/"[^"]*"|'[^']*'/g, ''))
    })
    expect(wrong).toEqual([])
    expect(commands.length).toBeGreaterThan(20)
  })
})

interface Row {
  readonly title: string
  /** Files of the project. */
  readonly prepare?: (situation: Situation) => Promise<void> | void
  readonly argv: readonly string[]
  readonly code: string
}

const write = (name: string, text: string | Uint8Array) => (situation: Situation) => {
  mkdirSync(situation.dir, { recursive: true })
  writeFileSync(join(situation.dir, name), text)
}

async function jux(situation: Situation, argv: readonly string[]) {
  return runJux(argv, { system: systemOf(situation), stdin: '' })
}

async function withKey(situation: Situation, name = 'key.pem', type = 'ecdsa'): Promise<void> {
  write('report.xml', REPORT)(situation)
  await jux(situation, ['keygen', '--type', type, '--output', name, '--cert'])
}

const ROWS: readonly Row[] = [
  {
    title: 'no key',
    prepare: write('report.xml', REPORT),
    argv: ['sign', 'report.xml'],
    code: 'CONFIG_MISSING_REQUIRED',
  },
  ...['not a key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'].map((text) => ({
    title: `a key file with ${text.slice(0, 26)}`,
    prepare: (situation: Situation) => {
      write('report.xml', REPORT)(situation)
      writeFileSync(join(situation.dir, 'key.pem'), text, { mode: 0o600 })
      situation.env.JUX_KEY_PATH = 'key.pem'
    },
    argv: ['sign', 'report.xml'],
    code: 'KEY_INVALID_FORMAT',
  })),
  {
    title: 'a key file that is absent',
    prepare: (situation) => {
      write('report.xml', REPORT)(situation)
      situation.env.JUX_KEY_PATH = 'key.pem'
    },
    argv: ['sign', 'report.xml'],
    code: 'KEY_NOT_FOUND',
  },
  {
    title: 'a key that others can read',
    prepare: async (situation) => {
      await withKey(situation)
      const text = readFileSync(join(situation.dir, 'key.pem'))
      writeFileSync(join(situation.dir, 'open.pem'), text, { mode: 0o644 })
    },
    argv: ['sign', 'report.xml', '--key', 'open.pem'],
    code: 'KEY_PERMISSION_DENIED',
  },
  {
    title: 'a certificate of another key',
    prepare: async (situation) => {
      await withKey(situation)
      await jux(situation, ['keygen', '--type', 'ecdsa', '--output', 'other.pem', '--cert'])
      copyFileSync(join(situation.dir, 'other.crt'), join(situation.dir, 'key.crt'))
      situation.env.JUX_KEY_PATH = 'key.pem'
      situation.env.JUX_CERT_PATH = 'key.crt'
    },
    argv: ['sign', 'report.xml'],
    code: 'CERT_INVALID_FORMAT',
  },
  {
    title: 'a report with attributes that c14n11 cannot sign',
    prepare: async (situation) => {
      await withKey(situation)
      write('report.xml', REPORT.replace('<testsuites', '<testsuites xml:lang="en"'))(situation)
      situation.env.JUX_KEY_PATH = 'key.pem'
      situation.env.JUX_CANONICALIZATION = 'c14n11'
    },
    argv: ['sign', 'report.xml'],
    code: 'XML_INVALID_STRUCTURE',
  },
  {
    title: 'an unsigned report',
    prepare: (situation) => withKey(situation),
    argv: ['verify', 'report.xml', '--cert', 'key.crt'],
    code: 'XML_SIGNATURE_MISSING',
  },
  {
    title: 'a report of an unknown signer',
    prepare: async (situation) => {
      await withKey(situation)
      await jux(situation, ['keygen', '--type', 'ecdsa', '--output', 'other.pem', '--cert'])
      await jux(situation, ['sign', 'report.xml', '--key', 'key.pem', '--output', 'signed.xml'])
    },
    argv: ['verify', 'signed.xml', '--public-key', 'other.pub.pem'],
    code: 'XML_SIGNATURE_INVALID',
  },
  { title: 'a configuration file that is absent', argv: ['config', 'view', 'no.conf'], code: 'CONFIG_NOT_FOUND' },
  {
    title: 'a configuration file that exists',
    prepare: write('my jux.conf', '[jux]\n'),
    argv: ['config', 'init', '--path', 'my jux.conf'],
    code: 'FILE_ALREADY_EXISTS',
  },
  { title: 'a report that is not stored', argv: ['cache', 'show', 'abcd1234'], code: 'REPORT_NOT_FOUND' },
  { title: 'a word that is no hash', argv: ['cache', 'show', 'zz'], code: 'INVALID_ARGUMENT' },
  { title: 'a hash as a file name', argv: ['inspect', 'abcd1234'], code: 'FILE_NOT_FOUND' },
  {
    title: 'a property that is not as expected',
    prepare: async (situation) => {
      await withKey(situation)
      await jux(situation, ['sign', 'report.xml', '--key', 'key.pem', '--output', 'a signed.xml'])
    },
    argv: ['verify', 'a signed.xml', '--cert', 'key.crt', '--expect', 'git:branch=main'],
    code: 'OPERATION_FAILED',
  },
]

describe('the suggestions of commands', () => {
  const table: Line[] = []
  afterAll(() => printTable(table))

  it.each(ROWS)(
    'for $title end in success or another outcome when they are pasted',
    async ({ prepare, argv, code, title }) => {
      const situation = newSituation()
      await prepare?.(situation)
      const first = await jux(situation, argv)
      expect(first).toMatchObject({ err: expect.stringContaining(code) })
      const suggestions = suggestionsOf(first.err)
      expect(suggestions).not.toEqual([])
      for (const suggestion of suggestions) {
        const steps = suggestion.startsWith('chmod ') ? undefined : stepsOf(suggestion)
        if (steps === undefined && !suggestion.startsWith('chmod ')) {
          table.push({ row: title, place: 'default', cure: suggestion, outcome: '(for a person)' })
          continue
        }
        const fresh = newSituation()
        await prepare?.(fresh)
        const outcome = await pasted(suggestion.replaceAll(situation.dir, fresh.dir), fresh, argv)
        table.push({ row: title, place: 'default', cure: suggestion.replaceAll(situation.dir, ''), outcome })
        expect(outcome, suggestion).toBe('success')
      }
    },
  )
})

/** Does what a suggestion says. A suggestion that changes something is followed by the command itself. */
async function pasted(suggestion: string, situation: Situation, argv: readonly string[]): Promise<string> {
  const [, mode, file] = /^chmod (\d+) (\S+)$/.exec(suggestion) ?? []
  if (mode !== undefined && file !== undefined) chmodSync(file, Number.parseInt(mode, 8))
  let isChange = mode !== undefined
  for (const step of stepsOf(suggestion) ?? []) {
    const done = await doStep(step, situation, async () => {})
    if (done === undefined) isChange = true
    else if (done.outcome !== undefined) return done.outcome
    if (step.kind === 'jux' && step.args[0] === 'keygen') isChange = true
  }
  if (!isChange) return 'success'
  const { code, err } = await jux(situation, argv)
  return code === 0 ? 'success' : err
}

function suggestionsOf(err: string): string[] {
  const [, block = ''] = /^ {2}try {2}([\s\S]*?)^ code /m.exec(err) ?? []
  return block
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
}

/** Every text of a `suggestions` member, of a function with that name, and of a text that begins with a command. */
function suggestionsIn(folder: string): Suggestion[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.m?ts$/.test(name))
    .sort()
    .flatMap((name) => {
      if (name.startsWith('cli/completions') || name.startsWith('cli/manual')) return []
      const path = join(folder, name)
      const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
      const found: Suggestion[] = []
      const visit = (node: ts.Node, isInside: boolean): void => {
        const member = ts.isPropertyAssignment(node) && /^(?:suggestions|cures?)$/.test(node.name.getText(source))
        const text = textOf(node)
        if (text !== undefined && text !== '' && (isInside || /^npx /.test(text))) {
          const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
          found.push({ place: `${relative(folder, path)}:${line}`, text })
        }
        // A text inside the value of another text is a part of it.
        if (text === undefined) ts.forEachChild(node, (child) => visit(child, isInside || member))
      }
      visit(source, false)
      return found
    })
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text
  if (!ts.isTemplateExpression(node)) return undefined
  return node.head.text + node.templateSpans.map(({ literal }) => VALUE + literal.text).join('')
}
