import { describe, expect, it } from 'vitest'
import { POLICY_TEMPLATE } from '../../src/cli/gate/policy-template.js'
import { JuxError } from '../../src/errors.js'
import { durationMs, parsePolicy } from '../../src/gate/policy.js'
import { matchesPattern } from '../../src/gate/report.js'

const TRUST = { publicKeys: ['key.pub.pem'] }

function failure(policy: unknown): JuxError {
  try {
    parsePolicy(typeof policy === 'string' ? policy : JSON.stringify(policy), 'p.json')
  } catch (error) {
    if (error instanceof JuxError) return error
    throw error
  }
  throw new Error('the policy was accepted')
}

describe('parsePolicy', () => {
  it('reads the policy that jux policy init writes, and every part of it that is commented out', () => {
    const uncommented = POLICY_TEMPLATE.replaceAll(/^(\s*)\/\/ ("\w+": .*)$/gm, '$1$2')

    expect(parsePolicy(POLICY_TEMPLATE, 'p.json')).toMatchObject({
      version: 1,
      trust: { publicKeys: ['keys/ci.pub.pem'] },
    })
    expect(() => parsePolicy(uncommented.replace('SHA-256 of the public key', 'a'.repeat(64)), 'p.json')).not.toThrow()
    expect(uncommented.match(/^\s*\/\/ "/gm)).toBeNull()
  })

  it('keeps slashes in texts', () => {
    const policy = { version: 1, trust: TRUST, facts: { url: 'https://ci.example/"//x' } }

    expect(parsePolicy(JSON.stringify(policy), 'p.json').facts).toEqual(policy.facts)
  })

  it.each([
    [
      { version: 1, trust: TRUST, complete: { minTest: 1 } },
      'complete.minTest is not a key of a policy',
      'write minTests',
    ],
    [{ version: 1, trust: TRUST, fact: {} }, 'fact is not a key of a policy', 'write facts'],
    [
      { version: 1, trust: { ...TRUST, projects: { a: { keys: [] } } } },
      'trust.projects.a.keys is not a key',
      'the keys of trust.projects.a are publicKeys, certificates, authorities, folders',
    ],
    [
      { version: 1, trust: TRUST, runners: { jest: { max: '3' } } },
      'runners.jest.max is not a key',
      'the keys of runners.jest are min, below',
    ],
    [{ version: 1, trust: { ...TRUST, revoked: [{ key: 'a' }] } }, 'trust.revoked.0.', undefined],
  ])('refuses %j and names the key', (policy, message, cure) => {
    const error = failure(policy)

    expect(error.code).toBe('POLICY_INVALID')
    expect(error.message).toContain(message)
    if (cure !== undefined) expect(error.suggestions).toEqual([cure])
  })

  it.each([
    [{ version: 2, trust: TRUST }, 'version: '],
    [{ version: 1 }, 'trust: '],
    [{ version: 1, trust: { publicKeys: [] } }, ''],
    [{ version: 1, trust: TRUST, complete: { minTests: 0 } }, 'complete.minTests: '],
    [{ version: 1, trust: TRUST, complete: { minTests: 1.5 } }, 'complete.minTests: '],
    [{ version: 1, trust: TRUST, complete: { maxSkipped: '101%' } }, 'complete.maxSkipped: '],
    [{ version: 1, trust: TRUST, complete: { shards: 1 } }, 'complete.shards: '],
    [{ version: 1, trust: TRUST, complete: { shards: false } }, 'complete.shards: '],
    [{ version: 1, trust: TRUST, fresh: { maxAge: '24' } }, 'fresh.maxAge: must be a number with a unit'],
    [{ version: 1, trust: TRUST, fresh: { maxAge: '0h' } }, 'fresh.maxAge: '],
    [{ version: 1, trust: TRUST, facts: { a: [] } }, 'facts.a: '],
    [{ version: 1, trust: TRUST, facts: { 'jux:outcome': 'failed' } }, 'facts.jux:outcome cannot be set'],
    [{ version: 1, trust: TRUST, runners: { vitest: { min: '4.x' } } }, 'runners.vitest.min: must be a version'],
    [{ version: 1, trust: TRUST, waivers: { files: ['w'], approvers: {} } }, 'waivers.approvers: names no key'],
    [{ version: 1, trust: { ...TRUST, algorithms: ['rsa-sha1'] } }, 'trust.algorithms.0: '],
    [{ version: 1, trust: { ...TRUST, minRsaBits: 1024 } }, 'trust.minRsaBits: '],
    ['[]', 'the policy: '],
    ['{"a": 1} // {', ''],
  ])('refuses %j', (policy, message) => {
    const error = failure(policy)

    expect(error.code).toBe('POLICY_INVALID')
    expect(error.message).toContain(message)
  })
})

describe('a policy file', () => {
  const active = `{ "version": 1, "trust": { "publicKeys": ["k.pem"] }, // note\r "cleanTree": true }`

  it.each(['\r', '\r\n', '\n'])('ends a comment at the end of line %j, so that what follows is active', (end) => {
    expect(parsePolicy(active.replace('\r', end), 'p.json').cleanTree).toBe(true)
  })

  it.each(['\u2028', '\u2029'])('is refused if %j ends a comment, which is no space in JSON', (end) => {
    expect(failure(active.replace('\r', end)).message).toContain('it is not JSON')
  })

  it('may begin with a byte order mark, and must be UTF-8', () => {
    const source = JSON.stringify({ version: 1, name: 'Größe', trust: TRUST })

    expect(parsePolicy(Buffer.from(`\uFEFF${source}`), 'p.json').name).toBe('Größe')
    expect(() => parsePolicy(Buffer.from(source, 'latin1'), 'p.json')).toThrow('its bytes are not UTF-8')
  })

  it.each(['facts', 'runners', 'trust'])('cannot hide a rule behind the name __proto__ in %s', (part) => {
    const source = `{ "version": 1, "trust": { "publicKeys": ["k.pem"] }, "${part === 'trust' ? 'x' : part}": { "__proto__": "a" } }`

    expect(failure(source).message).toContain('__proto__ cannot be a name')
  })
})

describe('durationMs', () => {
  it.each([
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
  ])('reads %s', (text, ms) => {
    expect(durationMs(text)).toBe(ms)
  })
})

describe('matchesPattern', () => {
  it.each([
    ['main', 'main', true],
    ['main2', 'main', false],
    ['release/1.2', 'release/*', true],
    ['x-release/1', 'release/*', false],
    ['a.b', 'a?b', false],
    ['ab', 'a*b', true],
    ['aXbYb', 'a*b', true],
    ['a', 'a*a', false],
    ['abcabc', '*bc*bc', true],
    ['abc', '*bc*bc', false],
    ['', '*', true],
    ['(.*)', '(.*)', true],
  ])('says of %j and the pattern %j: %s', (value, pattern, matches) => {
    expect(matchesPattern(value, pattern)).toBe(matches)
  })
})
