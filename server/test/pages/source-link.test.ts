import { describe, expect, it } from 'vitest'
import { sourceLink } from '../../src/pages/source-link.js'

const commit = 'a'.repeat(40)
const place = { file: 'src/cart/cart.test.ts', line: 12 }
const of = (remote: string | undefined, more: object = {}) => sourceLink({ remote, commit, ...more }, place)

describe('sourceLink', () => {
  it.each([
    ['https://github.com/acme/shop.git', `https://github.com/acme/shop/blob/${commit}/src/cart/cart.test.ts#L12`],
    ['https://github.com/acme/shop', `https://github.com/acme/shop/blob/${commit}/src/cart/cart.test.ts#L12`],
    ['git@github.com:acme/shop.git', `https://github.com/acme/shop/blob/${commit}/src/cart/cart.test.ts#L12`],
    [
      'ssh://git@github.acme.example:2222/acme/shop.git',
      `https://github.acme.example/acme/shop/blob/${commit}/src/cart/cart.test.ts#L12`,
    ],
    ['https://gitlab.com/a/b/c.git', `https://gitlab.com/a/b/c/-/blob/${commit}/src/cart/cart.test.ts#L12`],
    ['git@gitlab.acme.example:a/b.git', `https://gitlab.acme.example/a/b/-/blob/${commit}/src/cart/cart.test.ts#L12`],
    ['git@bitbucket.org:acme/shop.git', `https://bitbucket.org/acme/shop/src/${commit}/src/cart/cart.test.ts#lines-12`],
    [
      'https://gitea.acme.example:3000/a/b',
      `https://gitea.acme.example/a/b/src/commit/${commit}/src/cart/cart.test.ts#L12`,
    ],
    ['https://codeberg.org/a/b.git', `https://codeberg.org/a/b/src/commit/${commit}/src/cart/cart.test.ts#L12`],
    ['git://GitHub.com/acme/shop/', `https://github.com/acme/shop/blob/${commit}/src/cart/cart.test.ts#L12`],
  ])('leads from %s to %s', (remote, address) => {
    expect(of(remote)).toBe(address)
  })

  it.each([
    undefined,
    '',
    'https://example.com/acme/shop.git',
    '/srv/git/shop.git',
    'file:///srv/github/shop.git',
    'javascript:alert(1)//github.com/a/b',
    'https://evil.example#github.com/acme/shop',
    'https://evil.example?x=github.com/acme/shop',
    'https://github.com/../../x',
    'https://mygithub.com/acme/shop',
    'https://github.com',
    'git@git hub.com:a/b',
  ])('has no link for the remote %j', (remote) => {
    expect(of(remote)).toBeUndefined()
  })

  it.each(['main', 'a'.repeat(39), `${'a'.repeat(39)}/`, '', undefined])('has no link for the commit %j', (wrong) => {
    expect(of('https://github.com/acme/shop', { commit: wrong })).toBeUndefined()
  })

  it.each(['../secret', '/etc/passwd', 'a//b', 'C:\\x', 'C:/x', 'a\\b', 'javascript:x', '\ud800'])(
    'has no link for the file %j',
    (file) => {
      expect(sourceLink({ remote: 'https://github.com/a/b', commit }, { file, line: 1 })).toBeUndefined()
    },
  )

  it('encodes what a path may contain, and leaves out an unknown line', () => {
    expect(sourceLink({ remote: 'https://github.com/a/b', commit }, { file: 'a b/#?%/"<é.ts', line: null })).toBe(
      `https://github.com/a/b/blob/${commit}/a%20b/%23%3F%25/%22%3C%C3%A9.ts`,
    )
  })

  it('uses the template of the operator for a host first', () => {
    const templates = new Map([
      ['git.acme.example', 'https://code.acme.example/{path}?at={commit}&file={file}&line={line}'],
    ])

    expect(sourceLink({ remote: 'ssh://git@git.acme.example/team/shop.git', commit }, place, templates)).toBe(
      `https://code.acme.example/team/shop?at=${commit}&file=src/cart/cart.test.ts&line=12`,
    )
  })
})
