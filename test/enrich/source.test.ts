import { describe, expect, it } from 'vitest'
import { detectCi } from '../../src/enrich/ci.js'
import type { GitFacts } from '../../src/enrich/git.js'
import { sourceFacts } from '../../src/enrich/source.js'
import { type CiFixture, ciFixtures } from '../support/ci-fixtures.js'

const MAIN = 'a'.repeat(40)
const OTHER = 'c'.repeat(40)
const fixtures = ciFixtures()
const checkouts = fixtures.flatMap((fixture) =>
  fixture.checkouts.map((checkout) => ({ ...fixture, ...checkout, where: JSON.stringify(checkout.head) })),
)
const ciOf = ({ env, eventFile }: Pick<CiFixture, 'env' | 'eventFile'>) =>
  detectCi(env, () => JSON.stringify(eventFile ?? null))

/** The known facts about branch, tag and pull request. */
function about(
  git: Partial<GitFacts>,
  ci: ReturnType<typeof detectCi>,
  settings: Parameters<typeof sourceFacts>[0] = {},
) {
  const names = ['git:commit', 'git:remote']
  const facts = sourceFacts(settings, { parents: [], hints: [], ...git }, ci)
  return Object.fromEntries(
    facts.flatMap(({ name, value }) => (value === '' || names.includes(name) ? [] : [[name, value]])),
  )
}

describe('sourceFacts', () => {
  it.each(checkouts)(
    'says what was tested in $provider, event "$event", with HEAD $where',
    ({ head, expected, ...fixture }) => {
      expect(about(head, ciOf(fixture))).toEqual(expected)
    },
  )

  it.each(fixtures.filter(({ expected }) => expected.commit !== undefined))(
    'takes neither branch, tag nor pull request from the event of $provider "$event" for another commit',
    (fixture) => {
      const ci = ciOf(fixture)

      expect(about({ commit: OTHER }, ci)).toEqual({})
      expect(about({ commit: OTHER, branch: 'topic', tag: 'v9' }, ci)).toEqual({
        'git:branch': 'topic',
        'git:tag': 'v9',
      })
    },
  )

  it.each(fixtures)('believes $provider "$event" in a folder without a repository', (fixture) => {
    const { branch, tag, headCommit, mergeBase } = fixture.expected

    expect(about({}, ciOf(fixture))).toEqual({
      ...(branch && { 'git:branch': branch }),
      ...(tag && { 'git:tag': tag }),
      ...(headCommit && { 'git:head_commit': headCommit }),
      ...(mergeBase && { 'git:merge_base': mergeBase }),
    })
  })

  it('states a commit and a branch from settings, and beside them what was detected', () => {
    const facts = sourceFacts(
      { commitSha: 'b'.repeat(40), branch: 'release' },
      { commit: MAIN, branch: 'main', parents: [], hints: [] },
      undefined,
    )

    expect(Object.fromEntries(facts.map(({ name, value }) => [name, value]))).toMatchObject({
      'git:commit': 'b'.repeat(40),
      'git:detected_commit': MAIN,
      'git:branch': 'release',
      'git:detected_branch': 'main',
    })
  })

  it.each([
    ['the same values', { commitSha: MAIN, branch: 'main' }],
    ['the beginning of the commit in capitals', { commitSha: MAIN.slice(0, 7).toUpperCase(), branch: 'main' }],
    ['the ref of the branch', { commitSha: MAIN, branch: 'refs/heads/main' }],
  ])('states only the detected values if settings state %s', (_what, settings) => {
    const facts = sourceFacts(settings, { commit: MAIN, branch: 'main', parents: [], hints: [] }, undefined)

    expect(facts.filter(({ value }) => value !== '')).toEqual([
      { name: 'git:commit', value: MAIN },
      { name: 'git:branch', value: 'main' },
    ])
  })

  it('states no detected branch for a detached HEAD', () => {
    expect(about({ commit: MAIN }, undefined, { branch: 'release' })).toEqual({ 'git:branch': 'release' })
  })

  it.each(['a b', '../x', 'x..y', '-x', 'x\u001b[31m', 'x'.repeat(2_000), 'a@{1}', 'x/'])(
    'takes no branch from an event file that git could not have: %j',
    (branch) => {
      const eventFile = { workflow_run: { head_branch: branch, head_sha: OTHER } }

      expect(
        about(
          { commit: OTHER },
          ciOf({ env: { GITHUB_ACTIONS: 'true', GITHUB_SHA: MAIN, GITHUB_EVENT_PATH: 'e' }, eventFile }),
        ),
      ).toEqual({})
    },
  )
})
