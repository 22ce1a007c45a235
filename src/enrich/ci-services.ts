/**
 * CI systems that serve any forge: what they call things.
 *
 * @module
 */
import { type CiProvider, joined, plusOne, unslashed } from './ci-provider.js'
import { branchName, pullRequestNumber } from './refs.js'

/** In the order in which they are looked for. */
export const SERVICES: readonly CiProvider[] = [
  {
    id: 'travis',
    title: 'Travis CI',
    detect: 'TRAVIS',
    fields: {
      jobId: ['TRAVIS_JOB_ID'],
      buildId: ['TRAVIS_BUILD_ID'],
      buildNumber: ['TRAVIS_BUILD_NUMBER'],
      buildUrl: ['TRAVIS_BUILD_WEB_URL'],
      pullRequest: ['TRAVIS_PULL_REQUEST'],
      // TRAVIS_BRANCH is the target of a pull request, and the tag's name for a tag.
      branch: ({ get }) =>
        get('TRAVIS_TAG') ? undefined : branchName(get('TRAVIS_PULL_REQUEST_BRANCH') ?? get('TRAVIS_BRANCH')),
      commit: ['TRAVIS_COMMIT'],
      headCommit: ['TRAVIS_PULL_REQUEST_SHA'],
      tag: ['TRAVIS_TAG'],
      remote: ({ get }) => joined('https://github.com/', get('TRAVIS_REPO_SLUG')),
    },
    variables: ['TRAVIS_COMMIT', 'TRAVIS_BRANCH', 'TRAVIS_JOB_ID', 'TRAVIS_BUILD_NUMBER', 'TRAVIS_REPO_SLUG'],
  },
  {
    id: 'circleci',
    title: 'CircleCI',
    detect: 'CIRCLECI',
    fields: {
      jobId: ['CIRCLE_WORKFLOW_JOB_ID', 'CIRCLE_BUILD_NUM'],
      buildId: ['CIRCLE_BUILD_NUM'],
      buildNumber: ['CIRCLE_BUILD_NUM'],
      buildUrl: ['CIRCLE_BUILD_URL'],
      actor: ['CIRCLE_USERNAME', 'CIRCLE_PR_USERNAME'],
      pullRequest: ({ get }) =>
        get('CIRCLE_PR_NUMBER') ??
        pullRequestNumber(get('CIRCLE_PULL_REQUEST')) ??
        pullRequestNumber(get('CIRCLE_BRANCH')),
      // A fork's pull request has pull/12 here: the name of its branch is not told.
      branch: ({ get }) => branchName(get('CIRCLE_BRANCH')),
      commit: ['CIRCLE_SHA1'],
      headCommit: ({ get }) => (get('CIRCLE_PULL_REQUEST') ? get('CIRCLE_SHA1') : undefined),
      tag: ['CIRCLE_TAG'],
      remote: ['CIRCLE_REPOSITORY_URL'],
    },
    variables: ['CIRCLE_SHA1', 'CIRCLE_BRANCH', 'CIRCLE_JOB', 'CIRCLE_WORKFLOW_ID', 'CIRCLE_PROJECT_REPONAME'],
  },
  {
    id: 'buildkite',
    title: 'Buildkite',
    detect: 'BUILDKITE',
    fields: {
      jobId: ['BUILDKITE_JOB_ID'],
      buildId: ['BUILDKITE_BUILD_ID'],
      buildNumber: ['BUILDKITE_BUILD_NUMBER'],
      buildUrl: ['BUILDKITE_BUILD_URL'],
      attempt: ({ get }) => plusOne(get('BUILDKITE_RETRY_COUNT')),
      actor: ['BUILDKITE_BUILD_CREATOR'],
      pullRequest: ['BUILDKITE_PULL_REQUEST'],
      branch: ({ get }) => (get('BUILDKITE_TAG') ? undefined : branchName(get('BUILDKITE_BRANCH'))),
      commit: ['BUILDKITE_COMMIT'],
      headCommit: ({ get }) => (isNumber(get('BUILDKITE_PULL_REQUEST')) ? get('BUILDKITE_COMMIT') : undefined),
      tag: ['BUILDKITE_TAG'],
      remote: ['BUILDKITE_REPO'],
    },
    variables: [],
  },
  {
    id: 'teamcity',
    title: 'TeamCity',
    detect: 'TEAMCITY_VERSION',
    fields: {
      jobId: ['TEAMCITY_BUILD_ID', 'BUILD_NUMBER'],
      buildId: ['TEAMCITY_BUILD_ID', 'BUILD_NUMBER'],
      buildNumber: ['BUILD_NUMBER'],
      buildUrl: ['BUILD_URL', 'TEAMCITY_BUILD_URL'],
      pullRequest: ['TEAMCITY_PULLREQUEST_NUMBER', 'TEAMCITY_PULL_REQUEST_NUMBER'],
      branch: ({ get }) =>
        branchName(get('TEAMCITY_PULLREQUEST_SOURCE_BRANCH')) ??
        branchName(get('TEAMCITY_BUILD_BRANCH') ?? get('BRANCH_NAME')),
      commit: ['BUILD_VCS_NUMBER'],
    },
    variables: [],
  },
  {
    id: 'appveyor',
    title: 'AppVeyor',
    detect: 'APPVEYOR',
    fields: {
      jobId: ['APPVEYOR_JOB_ID'],
      buildId: ['APPVEYOR_BUILD_ID'],
      buildNumber: ['APPVEYOR_BUILD_NUMBER'],
      buildUrl: ({ get }) =>
        joined(
          unslashed(get('APPVEYOR_URL')),
          '/project/',
          get('APPVEYOR_ACCOUNT_NAME'),
          '/',
          get('APPVEYOR_PROJECT_SLUG'),
          '/builds/',
          get('APPVEYOR_BUILD_ID'),
        ),
      actor: ['APPVEYOR_REPO_COMMIT_AUTHOR'],
      pullRequest: ['APPVEYOR_PULL_REQUEST_NUMBER'],
      // APPVEYOR_REPO_BRANCH is the target of a pull request, and the tag's name for a tag.
      branch: ({ get }) =>
        get('APPVEYOR_REPO_TAG')?.toLowerCase() === 'true'
          ? undefined
          : branchName(get('APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH') ?? get('APPVEYOR_REPO_BRANCH')),
      commit: ['APPVEYOR_REPO_COMMIT'],
      headCommit: ['APPVEYOR_PULL_REQUEST_HEAD_COMMIT'],
      tag: ['APPVEYOR_REPO_TAG_NAME'],
    },
    variables: [],
  },
  {
    id: 'drone',
    title: 'Drone',
    detect: 'DRONE',
    fields: {
      jobId: ['DRONE_STAGE_NUMBER'],
      buildId: ['DRONE_BUILD_NUMBER'],
      buildNumber: ['DRONE_BUILD_NUMBER'],
      buildUrl: ['DRONE_BUILD_LINK'],
      actor: ['DRONE_BUILD_TRIGGER', 'DRONE_COMMIT_AUTHOR'],
      pullRequest: ['DRONE_PULL_REQUEST'],
      branch: ({ get }) =>
        get('DRONE_TAG')
          ? undefined
          : branchName(get('DRONE_PULL_REQUEST') ? get('DRONE_SOURCE_BRANCH') : get('DRONE_BRANCH')),
      commit: ['DRONE_COMMIT_SHA', 'DRONE_COMMIT'],
      headCommit: ({ get }) => (get('DRONE_PULL_REQUEST') ? get('DRONE_COMMIT_SHA') : undefined),
      tag: ['DRONE_TAG'],
      remote: ['DRONE_REPO_LINK', 'DRONE_GIT_HTTP_URL'],
    },
    variables: [],
  },
  {
    id: 'woodpecker',
    title: 'Woodpecker',
    detect: ({ CI }) => CI === 'woodpecker',
    fields: {
      jobId: ['CI_WORKFLOW_NUMBER', 'CI_STEP_NUMBER'],
      buildId: ['CI_PIPELINE_NUMBER', 'CI_BUILD_NUMBER'],
      buildNumber: ['CI_PIPELINE_NUMBER', 'CI_BUILD_NUMBER'],
      buildUrl: ['CI_PIPELINE_URL', 'CI_PIPELINE_LINK', 'CI_BUILD_LINK'],
      actor: ['CI_PIPELINE_AUTHOR', 'CI_COMMIT_AUTHOR'],
      pullRequest: ['CI_COMMIT_PULL_REQUEST'],
      branch: ({ get }) =>
        get('CI_COMMIT_TAG')
          ? undefined
          : branchName(get('CI_COMMIT_PULL_REQUEST') ? get('CI_COMMIT_SOURCE_BRANCH') : get('CI_COMMIT_BRANCH')),
      commit: ['CI_COMMIT_SHA'],
      headCommit: ({ get }) => (get('CI_COMMIT_PULL_REQUEST') ? get('CI_COMMIT_SHA') : undefined),
      tag: ['CI_COMMIT_TAG'],
      remote: ['CI_REPO_URL', 'CI_REPO_LINK'],
    },
    variables: [],
  },
]

function isNumber(text: string | undefined): boolean {
  return text !== undefined && /^\d+$/.test(text)
}
