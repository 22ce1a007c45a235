import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { signedScene } from '../support/signed-scene.js'

describe('jux verify', () => {
  it.each([
    ['a property that the report has', ['git:commit=1a2b'], 0, ''],
    ['several of them', ['git:commit=1a2b', 'jux:outcome=failed', 'note=a=b'], 0, ''],
    ['another value', ['git:commit=9f8e'], 1, 'git:commit is 1a2b, expected 9f8e'],
    ['the beginning of a value', ['git:commit=1a'], 1, 'git:commit is 1a2b, expected 1a'],
    ['a property that the report lacks', ['ci:build_id=7'], 1, 'ci:build_id is not stated, expected 7'],
    ['a property that has two values', ['twice=yes'], 1, 'twice is yes and no, expected yes'],
    ['one of several that differs', ['git:commit=1a2b', 'note=c'], 1, 'note is a=b, expected c'],
    ['an outcome that the test cases contradict', ['jux:outcome=passed'], 1, 'jux:outcome is failed, expected passed'],
  ])('with --expect, judges %s', async (_what, expectations, expected, words) => {
    const { cwd, jux } = await signedScene()
    const facts = { 'git:commit': '1a2b', 'jux:outcome': 'passed', note: 'a=b', other: 'z' }
    const properties = [...Object.entries(facts), ['twice', 'yes'], ['twice', 'no']]
      .map(([name, value]) => `<property name="${name}" value="${value}"></property>`)
      .join('')
    const failing = `<testsuite name="s"><properties>${properties}</properties><testcase name="t"><failure></failure></testcase></testsuite>`
    writeFileSync(join(cwd, 'facts.xml'), failing)
    await jux('sign', 'facts.xml', '--key', 'key.pem', '--output', 'signed.xml')

    const flags = expectations.flatMap((expectation) => ['--expect', expectation])
    const { code, out, err } = await jux('verify', '--cert', 'key.crt', ...flags, 'signed.xml')

    expect(code).toBe(expected)
    expect(out).toContain(expected === 0 ? 'valid    signed.xml' : `invalid  signed.xml  ${words}`)
    expect(err).toMatch(expected === 0 ? /^$/ : /OPERATION_FAILED \(902\) not-as-expected/)
  })

  it.each(['git:commit=', '=1a2b', 'git:commit'])(
    'takes --expect %s for a mistake on the command line',
    async (text) => {
      const { jux } = await signedScene()

      const { code, err } = await jux('verify', '--cert', 'key.crt', '--expect', text, 'good.xml')

      expect(code).toBe(64)
      expect(err).toContain('It is NAME=VALUE with both')
    },
  )
})
