import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanRemote, repositoryName } from '../../src/enrich/remote-url.js'

describe('cleanRemote', () => {
  it.each([
    ['https://github.com/o/r.git', 'https://github.com/o/r.git'],
    ['https://token@github.com/o/r', 'https://github.com/o/r'],
    ['https://user:pw@github.com/o/r', 'https://github.com/o/r'],
    ['http://user:pw@host/o/r', 'http://host/o/r'],
    ['https://user:p@ss@host/o/r', 'https://host/o/r'],
    ['https://user:p#ss@host/o/r', 'https://host/o/r'],
    ['https://user:p?ss@host/o/r', 'https://host/o/r'],
    ['https://user:pa/ss@host/o/r', 'https://host/o/r'],
    ['https://github.com/o/r@v1', 'https://github.com/o/r@v1'],
    ['https://host/o/r?token=abc#frag', 'https://host/o/r'],
    ['ssh://git@host:2222/o/r', 'ssh://git@host:2222/o/r'],
    ['ssh://git:pw@host/o/r', 'ssh://host/o/r'],
    ['git+ssh://git@host/o/r', 'git+ssh://git@host/o/r'],
    ['ftp://me:pw@host/o/r', 'ftp://host/o/r'],
    ['git@github.com:o/r.git', 'git@github.com:o/r.git'],
    ['user:pw@host:o/r', 'host:o/r'],
    ['codecommit::eu-west-1://profile@repo', 'codecommit::eu-west-1://repo'],
    ['hg::https://me:pw@host/r', 'hg::https://host/r'],
    ['ext::sh -c "secret"', 'ext::'],
    ['/srv/git/app.git', '/srv/git/app.git'],
    ['../app', '../app'],
    ['C:\\repos\\app', 'C:\\repos\\app'],
    ['https://[::1]:3000/o/r', 'https://[::1]:3000/o/r'],
  ])('%s is %s', (remote, clean) => {
    expect(cleanRemote(remote)).toBe(clean)
  })

  it('lets no password through, whatever it is made of', () => {
    const password = fc.string({ unit: fc.constantFrom(...'abcXYZ019@:#?%+=~!$&*-_.'), minLength: 8, maxLength: 20 })
    const scheme = fc.constantFrom('https', 'http', 'ssh', 'git', 'ftp', 'svn+ssh')
    const property = fc.property(scheme, password, (name, secret) => {
      expect(cleanRemote(`${name}://user:S3C${secret}RET@host/o/r`)).not.toMatch(/S3C|RET/)
    })

    fc.assert(property, { numRuns: 500 })
  })
})

describe('repositoryName', () => {
  it.each([
    ['https://github.com/org/app.git', 'app'],
    ['https://github.com/org/app/', 'app'],
    ['https://github.com/org/app.git/', 'app'],
    ['git@github.com:org/app.git', 'app'],
    ['git@host:app.git', 'app'],
    ['https://dev.azure.com/org/My%20Project/_git/My%20App', 'My App'],
    ['/srv/git/app.git', 'app'],
    ['C:\\repos\\app', 'app'],
    ['https://host', undefined],
    ['..', undefined],
  ])('%s is called %s', (remote, name) => {
    expect(repositoryName(remote)).toBe(name)
  })
})
