import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.js'
import { scene } from '../support/configuration.js'

const load = (input: Parameters<typeof scene>[0]) => loadConfig(scene(input))
const packageWith = (jux: unknown) => ({ 'package.json': JSON.stringify({ name: 'shop', jux }) })

describe('loadConfig, about what was tested', () => {
  it.each([
    ['.jux.conf', { '.jux.conf': '[jux]\nbranch = main\ncommit_sha = 1a2b3c4\n' }, ['.jux.conf:2', '.jux.conf:3']],
    ['package.json', packageWith({ branch: 'main', commitSha: '1a2b3c4' }), ['package.json#jux', 'package.json#jux']],
  ])('ignores branch and commit in %s, in one line each that names the file and the cure', (_name, files, places) => {
    const input = scene({ files })

    const { settings, sources, notices } = loadConfig(input)

    expect([settings.branch, settings.commitSha]).toEqual([undefined, undefined])
    expect([sources.branch.kind, sources.commitSha.kind]).toEqual(['default', 'default'])
    expect(notices).toEqual([
      expect.stringMatching(/is ignored: a project file cannot say what was tested; remove it, or set JUX_BRANCH$/),
      expect.stringMatching(/is ignored: a project file cannot say what was tested; remove it, or set JUX_COMMIT_SHA$/),
    ])
    for (const [index, place] of places.entries()) expect(notices[index]).toContain(join(input.cwd, place))
  })

  it('takes branch and commit from the environment, flags and reporter options', () => {
    const env = { JUX_BRANCH: 'main', JUX_COMMIT_SHA: '1a2b3c4' }

    expect(load({ env }).settings).toMatchObject({ branch: 'main', commitSha: '1a2b3c4' })
    expect(load({ flags: { branch: 'flagged' } }).settings.branch).toBe('flagged')
    expect(load({ options: { branch: 'optional' } }).settings.branch).toBe('optional')
  })
})

describe('loadConfig, about what makes reports less safe', () => {
  it('says in a line what a project file weakens, and nothing about the same value of the user', () => {
    const input = scene({ files: { '.jux.conf': '[jux]\nscrub = false\nsign = false\n' } })

    const { notices, settings } = loadConfig(input)

    expect([settings.scrub, settings.sign]).toEqual([false, false])
    expect(notices.toSorted()).toEqual([
      `scrub (${input.cwd}/.jux.conf:2) is false: secrets stay in reports`,
      `sign (${input.cwd}/.jux.conf:3) is false: reports are not signed`,
    ])
    expect(load({ env: { JUX_SCRUB: 'false' } }).notices).toEqual([])
  })
})

describe('loadConfig, about properties with the names of facts', () => {
  it.each([
    ['git:commit', 'FAKE', 'export JUX_COMMIT_SHA=FAKE'],
    ['git:branch', 'main', 'export JUX_BRANCH=main'],
    ['project', 'shop', 'write project: "shop" in reporter options'],
    ['git:status', 'clean', 'write my:status: "clean" in properties of reporter options'],
    ['ci:build_id', 99, 'write my:build_id: 99 in properties of reporter options'],
    ['ENV:X', 'y', 'write my:x: "y" in properties of reporter options'],
    ['hostname', 'h', 'write my:hostname: "h" in properties of reporter options'],
    ['jux.git_branch', 'h', 'write my:git_branch: "h" in properties of reporter options'],
    ['\u001b[31mgit:tag', 'h', 'write my:tag: "h" in properties of reporter options'],
  ])('refuses the property %s', (name, value, cure) => {
    const refused = () => load({ options: { properties: { own: 1, [name]: value } } })

    expect(refused).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID_VALUE',
        reason: 'reserved-name',
        message: `properties["${name}"] (reporter options) has the name of a fact, which custom properties cannot replace`,
        suggestions: expect.arrayContaining([cure]),
      }),
    )
  })

  it('refuses every such property of a package.json, and names the file', () => {
    const properties = { 'git:commit': 'FAKE', 'git:status': 'clean', 'ci:build_id': '99' }
    const refused = () => load({ files: packageWith({ metadata: properties }) })

    expect(refused).toThrow(/3 mistakes.*metadata\["git:commit"\] \(.*package.json#jux\).*git:status.*ci:build_id/s)
  })

  it('accepts other names, and a function', () => {
    const properties = { 'team:name': 'red', environment: 'a', branch: 'b', answer: 42 }

    expect(load({ options: { properties } }).settings.properties).toEqual(properties)
    expect(load({ options: { properties: () => properties } }).settings.properties).toBeTypeOf('function')
  })
})
