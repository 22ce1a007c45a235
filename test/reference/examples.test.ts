import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../scripts/docs/comments.js'
import { sharedFolder } from '../support/folders.js'

const API = readFileSync(join(ROOT, 'docs', 'api', 'jux-reporter.md'), 'utf8')

/** The examples, with the function they belong to. The last line of an example is a comment with its output. */
const EXAMPLES = [...API.matchAll(/^### (\w+)\(\)\n(?:(?!^### )[\s\S])*?^#### Example\n\n```ts\n([\s\S]*?)^```/gm)].map(
  ([, name = '', code = '']) => ({ name, code, printed: /\/\/ (.*)\n$/.exec(code)?.[1] ?? '' }),
)

const REPORT = `<testsuites>
<testsuite name="cart" tests="1"><testcase classname="cart" name="adds up"></testcase></testsuite>
<testsuite name="shipping" tests="1"><testcase classname="shipping" name="is free"><failure message="no"></failure></testcase></testsuite>
</testsuites>`

describe('the examples in doc comments', () => {
  const folder = sharedFolder()
  const env = { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder }
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env, stdio: 'pipe' })

  beforeAll(() => {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(ROOT, join(folder, 'node_modules', 'jux-reporter'))
    symlinkSync(join(ROOT, 'node_modules', '@types'), join(folder, 'node_modules', '@types'))
    symlinkSync(join(ROOT, 'node_modules', 'undici-types'), join(folder, 'node_modules', 'undici-types'))
    const jux = join(ROOT, 'dist', 'cli', 'bin.js')
    run(jux, 'keygen', '--type', 'ecdsa', '--output', 'key.pem')
    writeFileSync(join(folder, 'plain.xml'), REPORT)
    run(jux, 'sign', 'plain.xml', '--key', 'key.pem', '--output', 'report.xml')
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    for (const { name, code } of EXAMPLES) writeFileSync(join(folder, `${name}.ts`), code)
    const strict = ['--strict', '--target', 'es2023', '--module', 'nodenext', '--types', 'node', '--skipLibCheck']
    run(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), ...strict, ...EXAMPLES.map(({ name }) => `${name}.ts`))
  })

  it('exist for the main functions of the library', () => {
    const names = EXAMPLES.map(({ name }) => name).sort()

    expect(names).toEqual(['loadSigner', 'openStore', 'readJunit', 'renderJunit', 'verifyReport'])
  })

  it.each(EXAMPLES)('for $name compiles, and prints what its last comment says', ({ name, printed }) => {
    expect(run(`${name}.js`).trim()).toBe(printed)
    expect(printed).not.toBe('')
  })
})
