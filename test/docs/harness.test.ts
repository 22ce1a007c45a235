import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readBlocks } from './blocks.js'
import { difference } from './output.js'
import { followPage } from './page.js'
import { createWorld, type World } from './world.js'

// A page must not pass if one of its blocks was not run or did something else. The pages themselves test everything
// else.

let world: World
beforeAll(async () => {
  world = await createWorld([])
})
afterAll(() => world.close())

/** Follows a page of these lines. */
function follow(...lines: readonly string[]) {
  return followPage('page.md', lines.join('\n'), world)
}

describe('followPage', () => {
  it('fails with the line and the output of the first command that fails', async () => {
    await expect(follow('# Title', '', '```sh', 'true', 'ls /nowhere', 'true', '```')).rejects.toThrow(
      /page\.md:5: ended with 2\n\$ ls \/nowhere\n.*No such file/,
    )
  })

  it('fails for a block that should fail and does not', async () => {
    await expect(follow('<!-- docs: exits 3 -->', '```sh', 'true', '```')).rejects.toThrow(/page\.md:3: .*not with 3/)
  })

  it('fails for a block that prints something else than the page shows', async () => {
    await expect(follow('```sh', 'echo one', '```', '```console', 'two', '```')).rejects.toThrow(
      /page\.md:5: .*two.*one/s,
    )
  })

  it('fails for a page that installs packages into the shared project', async () => {
    await expect(follow('```sh', 'npm install x', '```')).rejects.toThrow(/page\.md:2: it installs packages/)
  })

  it('reports which blocks it did not run, and why', async () => {
    expect(
      await follow('```sh', 'true', '```', '<!-- docs: not run: no GitHub here -->', '```sh', 'false', '```'),
    ).toEqual([
      { where: 'page.md:2', did: 'run' },
      { where: 'page.md:6', did: 'not run', reason: 'no GitHub here' },
    ])
  })
})

describe('readBlocks', () => {
  it.each([
    ['a block in an unknown language', '```perl\n1\n```'],
    ['an unknown comment', '<!-- docs: perhaps -->\n```sh\n1\n```'],
    ['a comment without a block', '<!-- docs: exits 1 -->\n\ntext'],
    ['an indented block', 'text\n\n    code'],
  ])('throws for %s', (_, markdown) => {
    expect(() => readBlocks(markdown)).toThrow()
  })

  it('writes a block to a file if its first line is a comment with the name of a file', () => {
    const kinds = ['// a.ts (both runners)', '# .jux.conf', '// more names', 'const a = 1', '# Jenkinsfile'].map(
      (line) => readBlocks(`\`\`\`ts\n${line}\n\`\`\``)[0]?.kind,
    )

    expect(kinds).toEqual(['write', 'write', 'show', 'show', 'write'])
  })
})

describe('difference', () => {
  it('finds different text and different order of lines', () => {
    expect(difference('1 failed', '2 failed')).toEqual({ shown: '1 failed', printed: '2 failed' })
    expect(difference('a\n...', 'b\na')).toBeDefined()
  })
})
