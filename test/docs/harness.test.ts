import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBlocks } from './blocks.js'
import { difference } from './output.js'
import { followPage } from './page.js'
import { createWorld, type World } from './world.js'

let world: World
beforeAll(async () => {
  world = await createWorld([])
})
afterAll(() => world.close())

/** Follows a page of these lines. */
function follow(...lines: readonly string[]) {
  return followPage('page.md', lines.join('\n'), world)
}

describe('a page', () => {
  it('keeps folder and variables from block to block, and writes files where the shell is', async () => {
    const steps = await follow(
      '```sh',
      'mkdir shop && cd shop',
      'name=Ada',
      '```',
      '```json',
      '// data/a.json',
      '[1]',
      '```',
      '```sh',
      'echo "$name"; cat data/a.json; pwd; echo ~',
      '```',
      '```console',
      'Ada',
      '[1]',
      '/repo/shop',
      '~',
      '```',
    )

    expect(steps.map(({ did }) => did)).toEqual(['run', 'written', 'run', 'compared'])
  })

  it('fails with the line of the command that failed, and with what it printed', async () => {
    await expect(follow('# Title', '', '```sh', 'true', 'ls /nowhere', 'true', '```')).rejects.toThrow(
      /page\.md:5: ended with 2\n\$ ls \/nowhere\n.*No such file/,
    )
  })

  it('fails when a command does not fail that should', async () => {
    await expect(follow('<!-- docs: exits 3 -->', '```sh', 'true', '```')).rejects.toThrow(/page\.md:3: .*not with 3/)
  })

  it('goes on after a block that fails as it should', async () => {
    const steps = await follow(
      '```sh',
      'a=1',
      '```',
      '<!-- docs: exits 3 -->',
      '```sh',
      'exit 3',
      '```',
      '```sh',
      'test "$a" = 1',
      '```',
    )

    expect(steps).toHaveLength(3)
  })

  it('fails when something else is printed than is shown', async () => {
    await expect(follow('```sh', 'echo one', '```', '```console', 'two', '```')).rejects.toThrow(
      /page\.md:5: .*two.*one/s,
    )
  })

  it('says which blocks are not run, and why', async () => {
    expect(
      await follow('```sh', 'true', '```', '<!-- docs: not run: no GitHub here -->', '```sh', 'false', '```'),
    ).toEqual([
      { where: 'page.md:2', did: 'run' },
      { where: 'page.md:6', did: 'not run', reason: 'no GitHub here' },
    ])
  })

  it('must not install packages into the project that pages share', async () => {
    await expect(follow('```sh', 'npm install x', '```')).rejects.toThrow(/page\.md:2: it installs packages/)
  })
})

describe('a block', () => {
  it.each([
    ['an unknown language', '```perl\n1\n```'],
    ['an unknown comment', '<!-- docs: perhaps -->\n```sh\n1\n```'],
    ['a comment without a block', '<!-- docs: exits 1 -->\n\ntext'],
    ['an indented block', 'text\n\n    code'],
  ])('is refused: %s', (_, markdown) => {
    expect(() => readBlocks(markdown)).toThrow()
  })

  it('is written to a file only when its first line is a comment that names one', () => {
    const kinds = ['// a.ts (both runners)', '# .jux.conf', '// more names', 'const a = 1', '# Jenkinsfile'].map(
      (line) => readBlocks(`\`\`\`ts\n${line}\n\`\`\``)[0]?.kind,
    )

    expect(kinds).toEqual(['write', 'write', 'show', 'show', 'write'])
  })
})

describe('shown output', () => {
  it('may differ in hashes, times and the width of columns, and leave out what ... stands for', () => {
    const shown = 'report  sha256:2ae30d883df2628d…\n...\ndone in 2 ms'
    const printed = 'report sha256:0123456789abcdef… (kept)\nany\nlines\ndone in 31ms\n'

    expect(difference(shown, printed)).toBeUndefined()
  })

  it('may not differ in anything else', () => {
    expect(difference('1 failed', '2 failed')).toEqual({ shown: '1 failed', printed: '2 failed' })
    expect(difference('a\n...', 'b\na')).toBeDefined()
  })
})
