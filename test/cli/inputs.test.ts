import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runJux } from '../support/cli.js'
import { temporaryFolder } from '../support/folders.js'
import { newKeyPair, publicPem } from '../support/keys.js'
import { isRoot } from '../support/tools.js'

const REPORT = '<testsuites name="r"><testsuite name="s"><testcase name="t"/></testsuite></testsuites>'

/** Inspects names in a folder with the given files. */
async function inspect(names: readonly string[], files: Record<string, string> = {}, world = {}) {
  const cwd = temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(cwd, name, '..'), { recursive: true })
    writeFileSync(join(cwd, name), text)
  }
  return { cwd, ...(await runJux(['inspect', ...names], { system: { cwd, homeDir: cwd }, ...world })) }
}

describe('the FILE argument', () => {
  it('names a file in the current folder or in the home folder, or standard input', async () => {
    const files = { 'a.xml': REPORT }

    for (const name of ['a.xml', './a.xml', '~/a.xml']) expect((await inspect([name], files)).code, name).toBe(0)
    expect((await inspect(['-'], {}, { stdin: REPORT })).code).toBe(0)
  })

  it.each([
    ['a file that does not exist', 'none.xml', 'file not found: none.xml'],
    ['a path through a file', 'a.xml/b.xml', 'file not found: a.xml/b.xml'],
    ['a folder', 'folder', 'folder is a folder, not a file'],
    ['a name that is too long', 'x'.repeat(300), 'x (ENAMETOOLONG)'],
  ])('is refused for %s', async (_, name, message) => {
    const { code, err } = await inspect([name], { 'a.xml': REPORT, 'folder/note.txt': '' })

    expect([code, err.includes(message)], err).toEqual([1, true])
  })

  it.skipIf(isRoot('a report without read permission'))('is refused for a file without read permission', async () => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'a.xml'), REPORT, { mode: 0o000 })

    expect((await runJux(['inspect', 'a.xml'], { system: { cwd } })).err).toContain('no permission to read a.xml')
  })

  it('names a folder: all reports below it are read, sorted by name, and links to folders are not followed', async () => {
    const cwd = temporaryFolder()
    mkdirSync(join(cwd, 'reports', 'deep'), { recursive: true })
    for (const name of ['b.xml', 'A.XML', 'deep/c.xml', 'note.txt']) writeFileSync(join(cwd, 'reports', name), REPORT)
    symlinkSync(join(cwd, 'reports'), join(cwd, 'reports', 'again.xml'))
    symlinkSync(join(cwd, 'reports', 'b.xml'), join(cwd, 'reports', 'link.xml'))

    writeFileSync(join(cwd, 'key.pub.pem'), publicPem(newKeyPair('P-256')))

    const { out } = await runJux(['verify', '--json', '--public-key', 'key.pub.pem', 'reports'], { system: { cwd } })

    expect([...out.matchAll(/"(reports\/[^" ]*)"/g)].map(([, name]) => name)).toEqual([
      'reports/A.XML',
      'reports/again.xml',
      'reports/b.xml',
      'reports/deep/c.xml',
      'reports/link.xml',
    ])
  })
})
