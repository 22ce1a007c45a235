import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { startFacts } from '../src/enrich/facts.js'
import { composeForeignReport } from '../src/foreign-report.js'
import type { PipelineSettings } from '../src/pipeline.js'
import { readReport } from '../src/report/read.js'
import { temporaryFolder } from './support/folders.js'
import { repository } from './support/repository.js'
import { fixedSystem } from './support/system.js'
import { moreIn, partsOf } from './support/xml-parts.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/foreign/', import.meta.url))
const FILES = ['shop.spec.ts', 'shop.test.ts', 'shop_test.ts', 'shop.test.js', 'ShopTest.php', 'shop_spec.rb']

/** A repository whose files have owners. */
function shop(): string {
  const root = repository()
  for (const name of FILES) writeFileSync(join(root, name), '')
  mkdirSync(join(root, 'pay'))
  writeFileSync(join(root, 'pay', 'card.test.ts'), '')
  writeFileSync(join(root, 'CODEOWNERS'), '* @shop/all\n/pay/ @shop/pay ann@example.com\n')
  return root
}

async function compose(xml: string, cwd: string, settings: Partial<PipelineSettings> = {}) {
  const system = fixedSystem({ cwd })
  const facts = await startFacts({}, system)
  const materials = { settings: { storageMode: 'local', ...settings } as const, facts, signer: undefined, system }
  const bytes = Buffer.concat(composeForeignReport({ bytes: Buffer.from(xml) }, materials).chunks)
  const { cases } = readReport(bytes, { cases: true })
  return { xml: bytes.toString('utf8'), owners: cases.map(({ owner }) => owner) }
}

describe('composeForeignReport in a repository with CODEOWNERS', () => {
  it.each([
    ['bun', 1],
    ['deno', 1],
    ['mocha', 1],
    ['phpunit', 1],
    ['playwright', 1],
    ['rspec', 1],
    // These name no file, or name it apart from the test cases.
    ['cypress', 0],
    ['gotestsum', 0],
    ['maven-surefire', 0],
    ['node-test', 0],
    ['pytest', 0],
  ])(
    'states the owners of the test cases of %s, if the file names theirs (%i), and keeps all of it',
    async (name, has) => {
      const root = shop()
      const original = readFileSync(join(FIXTURES, `${name}-red.xml`), 'utf8').replaceAll('/repo/', `${root}/`)

      const [own, none] = [await compose(original, root), await compose(original, root, { owners: false })]

      expect(new Set(own.owners)).toEqual(new Set([has === 1 ? '@shop/all' : undefined]))
      expect(moreIn(partsOf(none.xml), partsOf(own.xml)).filter((part) => !part.includes('run_id'))).toEqual([])
      expect(none.xml).not.toContain('jux:owner')
    },
  )

  it('adds the owners before what a suite or a test case has, and to the properties that are there', async () => {
    const root = shop()
    const { xml, owners } = await compose(
      `<testsuites><testsuite name="s" file="pay/card.test.ts"> <properties><property name="a" value="b"/></properties>` +
        `<testcase name="t"/><testcase name="u" file="a.txt"><system-out>o</system-out></testcase>` +
        `<testcase name="v" file="pay/card.test.ts"/></testsuite></testsuites>`,
      root,
    )

    expect(xml).toContain(
      '<testsuite file="pay/card.test.ts" name="s"> <properties><property name="jux:owner" value="@shop/pay ann@example.com"></property><property name="a" value="b"></property></properties>' +
        '<testcase name="t"></testcase><testcase file="a.txt" name="u"><properties><property name="jux:owner" value="@shop/all"></property></properties><system-out>o</system-out></testcase>' +
        '<testcase file="pay/card.test.ts" name="v"></testcase></testsuite>',
    )
    expect(owners).toEqual(['@shop/pay ann@example.com', '@shop/all', '@shop/pay ann@example.com'])
  })

  it('finds files relative to the folder, and to the root of the repository', async () => {
    const root = shop()
    const caseOf = (file: string) => `<testsuite name="s"><testcase name="t" file="${file}"/></testsuite>`

    for (const file of ['card.test.ts', './card.test.ts', 'pay/card.test.ts', join(root, 'pay', 'card.test.ts')])
      expect((await compose(caseOf(file), join(root, 'pay'))).owners, file).toEqual(['@shop/pay ann@example.com'])
  })

  it('looks up no name that Windows takes for a file of another computer', async () => {
    const root = shop()
    const path = join(root, 'pay', 'card.test.ts')
    const xml = `<testsuite name="s"><testcase name="t" file="/${path}"/><testcase name="u" file="${path}"/></testsuite>`

    expect((await compose(xml, root)).owners).toEqual([undefined, '@shop/pay ann@example.com'])
  })

  it('states nothing for files outside of the repository, wherever a name or a link leads', async () => {
    const root = shop()
    const outside = temporaryFolder()
    writeFileSync(join(outside, 'x.test.ts'), '')
    symlinkSync(join(outside, 'x.test.ts'), join(root, 'link.test.ts'))
    symlinkSync(outside, join(root, 'folder'))
    const names = [
      join(outside, 'x.test.ts'),
      `../${outside.split('/').at(-1)}/x.test.ts`,
      'link.test.ts',
      'folder/x.test.ts',
      'absent.test.ts',
      'pay',
      '.',
      '..',
      '',
    ]
    const cases = names.map((name) => `<testcase name="t" file="${name}"/>`).join('')

    const { xml, owners } = await compose(`<testsuite name="s">${cases}</testsuite>`, root)

    expect(owners).toEqual(names.map(() => undefined))
    expect(xml).not.toContain('jux:owner')
  })

  it('does not let a file state owners', async () => {
    const { xml, owners } = await compose(
      `<testsuite name="s"><properties><property name="jux:owner" value="@evil"/></properties>` +
        `<testcase name="t"><properties><property name="jux:owner" value="@evil"/></properties></testcase></testsuite>`,
      shop(),
    )

    expect(owners).toEqual([undefined])
    expect(xml.match(/name="source:jux:owner"/g)).toHaveLength(2)
  })
})
