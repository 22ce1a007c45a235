import { describe, expect, it } from 'vitest'
import { eventOf, type RunResult } from '../../src/notify/event.js'
import { isSubscribed, repositoryOf } from '../../src/notify/facts.js'
import { wantsEvent } from '../../src/notify/notifier.js'
import { changed, changes } from './notices.js'

const run = (parts: Partial<RunResult> = {}): RunResult => ({
  tests: 4,
  failures: 0,
  errors: 0,
  outcome: 'passed',
  ...parts,
})
const RED = run({ failures: 1, outcome: 'failed' })
const GREEN = run()
const EXPECTED = { ...RED, quarantined: 1 }
const BROKEN = run({ outcome: 'failed' })
const EMPTY = run({ tests: 0, outcome: 'no-tests' })

describe('eventOf', () => {
  it.each([
    ['a new failure after a green run is told', changes({ new: 1 }), RED, GREEN, 'failed'],
    ['a new failure beside a known one is told', changes({ new: 1, known: 1 }), RED, RED, 'failed'],
    [
      'a new failure that is quarantined is quiet',
      changes({ new: [changed({ isQuarantined: true })] }),
      RED,
      GREEN,
      'completed',
    ],
    [
      'a new failure beside a quarantined one is told',
      changes({ new: [changed(), changed({ isQuarantined: true })] }),
      RED,
      GREEN,
      'failed',
    ],
    ['only known failures are quiet', changes({ known: 1 }), RED, RED, 'completed'],
    ['a green run after a red one is a recovery', changes({ fixed: 1 }), GREEN, RED, 'recovered'],
    ['a green run after a green one is quiet', changes(), GREEN, GREEN, 'completed'],
    ['a first green run is quiet', changes({}, { base: undefined }), GREEN, undefined, 'completed'],
    ['a failure outside the tests after a green run is told', changes(), BROKEN, GREEN, 'failed'],
    ['a failure outside the tests of a first run is told', changes(), BROKEN, undefined, 'failed'],
    ['a failure outside the tests after a red run is quiet', changes(), BROKEN, RED, 'completed'],
    ['a failure outside the tests after quarantined failures only is told', changes(), BROKEN, EXPECTED, 'failed'],
    [
      'a failure outside the tests after a quarantined failure beside another one is quiet',
      changes(),
      BROKEN,
      { ...EXPECTED, failures: 2 },
      'completed',
    ],
    [
      'a failure outside the tests after an interrupted run is quiet',
      changes(),
      BROKEN,
      { ...EXPECTED, outcome: 'interrupted' },
      'completed',
    ],
    ['a green run after quarantined failures is a recovery', changes({ fixed: 1 }), GREEN, EXPECTED, 'recovered'],
    ['a green run after a failure outside the tests is a recovery', changes(), GREEN, BROKEN, 'recovered'],
    ['one of two failures fixed is no recovery', changes({ fixed: 1, known: 1 }), RED, RED, 'completed'],
    ['a run without tests is no recovery', changes(), EMPTY, RED, 'completed'],
    [
      'a new failure in a first run of another environment is told',
      changes({ new: 1 }, { isComplete: false }),
      RED,
      undefined,
      'failed',
    ],
  ] as const)('%s', (_, changed, current, previous, expected) => {
    expect(eventOf(changed, current, previous)).toBe(expected)
  })
})

describe('wantsEvent', () => {
  it('sends news to chats and webhooks, and every complete run to the status of its commit', () => {
    const kinds = ['webhook', 'slack', 'mattermost', 'teams', 'github', 'gitlab'] as const
    const receiversOf = (event: 'failed' | 'recovered' | 'completed' | undefined) =>
      kinds.filter((kind) => wantsEvent(kind, event))

    expect(receiversOf('failed')).toEqual(kinds)
    expect(receiversOf('recovered')).toEqual(kinds)
    expect(receiversOf('completed')).toEqual(['github', 'gitlab'])
    expect(receiversOf(undefined)).toEqual([])
  })
})

describe('isSubscribed', () => {
  const facts = { pullRequest: undefined, repository: 'acme/shop', sha: 'a'.repeat(40) }
  const chat = { kind: 'slack', branch: null, repository: null } as const
  const forge = { kind: 'github', branch: null, repository: 'Acme/Shop' } as const
  const onMain = { branch: 'main', pull_request: null }
  const onTopic = { branch: 'topic', pull_request: null }
  const fork = { branch: 'main', pull_request: '9' }

  it('tells a chat about the base branch, the named branch or all branches', () => {
    expect(isSubscribed(chat, onMain, facts, 'main')).toBe(true)
    expect(isSubscribed(chat, onTopic, facts, 'main')).toBe(false)
    expect(isSubscribed(chat, onTopic, facts, undefined)).toBe(false)
    expect(isSubscribed({ ...chat, branch: 'topic' }, onTopic, facts, 'main')).toBe(true)
    expect(isSubscribed({ ...chat, branch: '*' }, onTopic, facts, 'main')).toBe(true)
  })

  it('does not take the branch of a fork for the base branch', () => {
    expect(isSubscribed(chat, fork, facts, 'main')).toBe(false)
    expect(isSubscribed({ ...chat, branch: 'main' }, fork, facts, 'main')).toBe(false)
    expect(isSubscribed({ ...chat, branch: '*' }, fork, facts, 'main')).toBe(true)
  })

  it('writes to no repository but the one of the subscription, and only for a full commit', () => {
    expect(isSubscribed(forge, onTopic, facts, 'main')).toBe(true)
    expect(isSubscribed(forge, onTopic, { ...facts, repository: 'acme/other' }, 'main')).toBe(false)
    expect(isSubscribed(forge, onTopic, { ...facts, repository: undefined }, 'main')).toBe(false)
    expect(isSubscribed(forge, onTopic, { ...facts, sha: undefined }, 'main')).toBe(false)
  })
})

describe('repositoryOf', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'acme/shop'],
    ['https://github.com/acme/shop/', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'acme/shop'],
    ['ssh://git@gitlab.example.com:2222/group/sub/shop.git', 'group/sub/shop'],
    ['/srv/git/shop.git', undefined],
    ['', undefined],
  ])('reads %s as %s', (remote, repository) => {
    expect(repositoryOf(remote)).toBe(repository)
  })
})
