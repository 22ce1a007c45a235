import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ownersOf, parseOwners } from '../../src/enrich/codeowners.js'
import { ownersIn } from '../../src/enrich/owners.js'
import { temporaryFolder } from '../support/folders.js'

const owners = (text: string, path: string, dialect: 'github' | 'gitlab' = 'github') =>
  ownersOf(parseOwners(text, dialect), path).join(' ')

describe('ownersOf by the rules of GitHub', () => {
  it.each([
    ['* @all\nsrc/ word @a', 'src/x.ts', '@all'],
    ['* @all\nsrc/ @a # word', 'src/x.ts', '@a'],
    ['* @all', 'src/a.test.ts', '@all'],
    ['* @all\n*.js @js', 'deep/down/a.js', '@js'],
    ['*.js @js\n* @all', 'a.js', '@all'],
    ['/build/logs/ @docs', 'build/logs/a/b.txt', '@docs'],
    ['/build/logs/ @docs', 'src/build/logs/a.txt', ''],
    ['docs/* docs@example.com', 'docs/start.md', 'docs@example.com'],
    ['docs/* docs@example.com', 'docs/build/start.md', ''],
    ['docs/* docs@example.com', 'src/docs/start.md', ''],
    ['/* @a', 'package.json', '@a'],
    ['/* @a', 'src/pay.ts', ''],
    ['/docs/*/ @a', 'docs/build/start.md', '@a'],
    ['/docs/*/ @a', 'docs/start.md', ''],
    ['apps/ @octo', 'src/apps/shop/a.ts', '@octo'],
    ['/docs/ @doctor', 'docs/a/b.md', '@doctor'],
    ['/scripts/ @a @b/team', 'scripts/x.sh', '@a @b/team'],
    ['**/logs @octo', 'deeply/nested/logs/a.log', '@octo'],
    ['/apps/ @octo\n/apps/github', 'apps/github/a.ts', ''],
    ['/apps/ @octo\n/apps/github @doctor', 'apps/github/a.ts', '@doctor'],
    ['src/cart @cart', 'src/cart/a.test.ts', '@cart'],
    ['src/cart @cart', 'other/src/cart/a.test.ts', ''],
    ['cart @cart', 'src/cart/a.test.ts', '@cart'],
    ['/src/*/unit/ @unit', 'src/cart/unit/a.ts', '@unit'],
    ['/src/*/unit/ @unit', 'src/cart/deep/unit/a.ts', ''],
    ['/src/**/unit/ @unit', 'src/cart/deep/unit/a.ts', '@unit'],
    ['/src/** @src', 'src/a/b.ts', '@src'],
    ['a?.ts @a', 'ab.ts', '@a'],
    ['a?.ts @a', 'abc.ts', ''],
    ['/my\\ file.ts @me', 'my file.ts', '@me'],
    ['*.ts @a # the usual ones', 'a.ts', '@a'],
    ['# *.ts @a', 'a.ts', ''],
    ['!a.ts @a', 'a.ts', ''],
    ['[ab].ts @a', 'a.ts', ''],
    ['*.TS @a', 'a.ts', ''],
    ['*.ts nobody @', 'a.ts', ''],
    ['*.ts @a\r\n*.js @b\r\n', 'a.js', '@b'],
  ])('%j gives %s the owners %j', (text, path, expected) => {
    expect(owners(text, path)).toBe(expected)
  })
})

describe('ownersOf by the rules of GitLab', () => {
  it.each([
    ['README.md @a', 'deep/README.md', '@a'],
    ['/README.md @a', 'deep/README.md', ''],
    ['docs/index.md @a', 'deep/docs/index.md', '@a'],
    ['/docs/ @a', 'docs/a/b.md', '@a'],
    ['docs/ @a', 'deep/docs/a/b.md', '@a'],
    ['/docs/* @a', 'docs/a.md', '@a'],
    ['/docs/* @a', 'docs/a/b.md', ''],
    ['/docs/**/*.md @a', 'docs/a/b/c.md', '@a'],
    ['/docs/** @a', 'docs/a.md', '@a'],
    ['/docs/** @a', 'docs/a/b.md', ''],
    ['** @a', 'docs/a/b.md', '@a'],
    ['* @all\n[Docs]\n*.md @docs', 'a.md', '@all @docs'],
    ['[Docs] @docs @writers\n*.md\n/api/ @api', 'a.md', '@docs @writers'],
    ['[Docs] @docs\n*.md\n/api/ @api', 'api/a.md', '@api'],
    ['^[Optional][2] @docs\n*.md', 'a.md', '@docs'],
    ['[Docs]\n*.md @a\n[DOCS]\n*.md @b', 'a.md', '@b'],
    ['[Docs]\n*.md', 'a.md', ''],
    ['/src/ @src\n/src/old/', 'src/old/a.rb', ''],
    ['[Docs] @docs\n*.md nobody', 'a.md', ''],
    ['[Code] @code\n*\n!*.md', 'a.md', ''],
    ['[Code] @code\n*\n!*.md', 'a.rb', '@code'],
    ['/[ab].ts @a', 'b.ts', '@a'],
    ['/[ab].ts @a', 'c.ts', ''],
    ['/v[0-9]*.ts @a', 'v7-new.ts', '@a'],
    ['/[!a-c]x @a', 'dx', '@a'],
    ['/[^a-c]x @a', 'bx', ''],
    ['/[]x]y @a', ']y', '@a'],
    ['/[ab @a', '[ab', '@a'],
    ['/app/\\[id\\]/page.tsx @a', 'app/[id]/page.tsx', '@a'],
    ['/app/\\[id\\]/page.tsx @a', 'app/i/page.tsx', ''],
    ['/a\\*.ts @a', 'a*.ts', '@a'],
    ['/a\\*.ts @a', 'abc.ts', ''],
    ['\\#file.rb @a', '#file.rb', '@a'],
    ['*.rb @@maintainer @group/sub', 'a.rb', '@@maintainer @group/sub'],
  ])('%j gives %s the owners %j', (text, path, expected) => {
    expect(owners(text, path, 'gitlab')).toBe(expected)
  })
})

describe('ownersOf', () => {
  it('needs little time for a pattern that makes regular expressions slow', () => {
    const rules = parseOwners(`${'*a'.repeat(200)}b @a\n${'**/'.repeat(100)}b @b`, 'github')
    const startMs = performance.now()

    expect(ownersOf(rules, `${'a'.repeat(255)}/${'a/'.repeat(200)}c`)).toEqual([])
    expect(performance.now() - startMs).toBeLessThan(1_000)
  })

  it('names at most 20 owners', () => {
    const text = `* ${Array.from({ length: 50 }, (_, at) => `@u${at}`).join(' ')}`

    expect(ownersOf(parseOwners(text, 'github'), 'a')).toHaveLength(20)
  })
})

describe('ownersIn', () => {
  const repository = (files: Readonly<Record<string, string>>, remote?: string) => {
    const root = temporaryFolder()
    execFileSync('git', ['init', '--quiet', root])
    if (remote !== undefined) execFileSync('git', ['-C', root, 'remote', 'add', 'origin', remote])
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, name, '..'), { recursive: true })
      writeFileSync(join(root, name), text)
    }
    return root
  }

  it.each([
    ['takes the first of the places of GitHub', { '.github/CODEOWNERS': '* @a', CODEOWNERS: '* @b' }, undefined, '@a'],
    ['takes the root before docs', { 'docs/CODEOWNERS': '* @c', CODEOWNERS: '* @b' }, undefined, '@b'],
    ['reads the file of GitLab', { '.gitlab/CODEOWNERS': '[A] @a\n*' }, undefined, '@a'],
    [
      'follows a remote of GitLab',
      { '.github/CODEOWNERS': '* @a', CODEOWNERS: '[A] @b\n*' },
      'git@gitlab.com:a/b.git',
      '@b',
    ],
    [
      'takes a repository on GitHub for one of GitHub, whatever its name',
      { '.github/CODEOWNERS': '* @a', CODEOWNERS: '[A] @b\n*' },
      'https://github.com/octo/gitlab-runner.git',
      '@a',
    ],
    [
      'takes a remote of GitHub in the form of scp for one of GitHub',
      { '.github/CODEOWNERS': '* @a', CODEOWNERS: '* @b' },
      'git@github.com:gitlab/cart.git',
      '@a',
    ],
    [
      'follows a host of GitLab with a port and a user',
      { '.github/CODEOWNERS': '* @a', CODEOWNERS: '* @b' },
      'ssh://git@gitlab.example.com:2222/a/b.git',
      '@b',
    ],
    ['takes a file with sections for one of GitLab', { CODEOWNERS: '[A] @b\n*' }, 'https://example.com/a/b', '@b'],
    ['finds none without a file', {}, undefined, undefined],
  ])('%s', (_, files, remote, expected) => {
    const root = repository(files, remote)
    mkdirSync(join(root, 'packages/api'), { recursive: true })

    expect(ownersIn(join(root, 'packages/api'))?.('packages/api/a.test.ts')).toBe(expected)
  })

  it('finds none outside of repositories', () => {
    expect(ownersIn(temporaryFolder())).toBeUndefined()
  })

  it.skipIf(process.getuid?.() !== 0)('believes no repository of another user (needs root)', () => {
    const root = repository({ CODEOWNERS: '* @a' })
    chownSync(join(root, '.git'), 12_345, 12_345)

    expect(ownersIn(root)).toBeUndefined()
  })
})
