/**
 * A table of CI systems and their variables, with one row for each provider.
 *
 * @module
 */
import type { Environment } from '../system.js'
import {
  actionsBaseBranch,
  actionsBranch,
  actionsBuildsBase,
  actionsCandidates,
  actionsHeadCommit,
  actionsPullRequest,
} from './actions-event.js'
import type { BranchCandidate, CiFields, CiSource } from './ci-source.js'
import { branchName, pullRequestNumber, remoteBranchName, tagName } from './git-names.js'

/** A variable that is set to something other than `false`, `0` or `no` in every run, or a function. */
export type Detection = string | ((env: Environment) => boolean)

/**
 * How to read a field: a function, or a list of variables and of texts with variables in braces. The first one in the list
 * that is known counts.
 */
export type Reading = readonly string[] | ((source: CiSource) => string | undefined)

/** One provider. */
export interface CiProvider {
  /** Name of the provider in reports (`ci:provider`). */
  readonly id: string
  readonly detect: Detection
  /** Variable with the path of a JSON file about the event. */
  readonly eventFile?: string
  /** Variable with the ref that is built. `refs/pull/12/merge` is a merge commit that the forge created. */
  readonly refVariable?: string
  readonly fields: Readonly<Partial<Record<keyof CiFields, Reading>>>
  /** Whether CI's commit is on the base branch, although the event is about a pull request. */
  readonly buildsBase?: (source: CiSource) => boolean
  /** More branches that the event names, for jobs that check out something other than CI's commit. */
  readonly candidates?: (source: CiSource) => readonly BranchCandidate[]
  /** Variables that the report contains as `env:NAME`. */
  readonly variables?: readonly string[]
}

// GitHub Actions, and systems that are compatible with it.
const ACTIONS = {
  eventFile: 'GITHUB_EVENT_PATH',
  refVariable: 'GITHUB_REF',
  buildsBase: actionsBuildsBase,
  candidates: actionsCandidates,
  variables: ['GITHUB_SHA', 'GITHUB_REF', 'GITHUB_ACTOR', 'GITHUB_WORKFLOW', 'GITHUB_RUN_NUMBER', 'GITHUB_EVENT_NAME'],
} as const satisfies Partial<CiProvider>

const ACTIONS_FIELDS: CiProvider['fields'] = {
  jobId: ['GITHUB_RUN_ID'],
  buildId: ['GITHUB_RUN_ID'],
  buildNumber: ['GITHUB_RUN_NUMBER'],
  buildUrl: [
    '{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}',
    'https://github.com/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}',
  ],
  attempt: ['GITHUB_RUN_ATTEMPT'],
  actor: ['GITHUB_ACTOR'],
  pullRequest: actionsPullRequest,
  branch: actionsBranch,
  commit: ['GITHUB_SHA'],
  headCommit: actionsHeadCommit,
  baseBranch: actionsBaseBranch,
  tag: ({ get }) => tagName(get('GITHUB_REF')),
  remote: ['{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}', 'https://github.com/{GITHUB_REPOSITORY}'],
}

const VERCEL_FORGES: Readonly<Record<string, string>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  bitbucket: 'https://bitbucket.org',
}

// On Forgejo and Gitea, the address of a run's page contains the number of the run, not its id.
const FORGEJO_RUN_URL = '{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_NUMBER}'

/** The providers in the order of detection. Systems that also set the variables of GitHub Actions come before it. */
export const CI_PROVIDERS: readonly CiProvider[] = [
  { id: 'forgejo', detect: 'FORGEJO_ACTIONS', ...ACTIONS, fields: { ...ACTIONS_FIELDS, buildUrl: [FORGEJO_RUN_URL] } },
  { id: 'gitea', detect: 'GITEA_ACTIONS', ...ACTIONS, fields: { ...ACTIONS_FIELDS, buildUrl: [FORGEJO_RUN_URL] } },
  {
    id: 'gitlab',
    detect: 'GITLAB_CI',
    fields: {
      jobId: ['CI_JOB_ID'],
      buildId: ['CI_PIPELINE_ID'],
      buildNumber: ['CI_PIPELINE_IID'],
      buildUrl: ['CI_PIPELINE_URL'],
      actor: ['GITLAB_USER_LOGIN'],
      pullRequest: ['CI_MERGE_REQUEST_IID', 'CI_EXTERNAL_PULL_REQUEST_IID'],
      branch: [
        'CI_MERGE_REQUEST_SOURCE_BRANCH_NAME',
        'CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME',
        'CI_COMMIT_BRANCH',
      ],
      commit: ['CI_COMMIT_SHA'],
      // Without merged results, the pipeline of a merge request tests the source branch itself.
      headCommit: ({ get }) =>
        get('CI_MERGE_REQUEST_SOURCE_BRANCH_SHA') ??
        get('CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA') ??
        (get('CI_MERGE_REQUEST_EVENT_TYPE') === 'detached' ? get('CI_COMMIT_SHA') : undefined),
      baseBranch: ['CI_MERGE_REQUEST_TARGET_BRANCH_NAME', 'CI_EXTERNAL_PULL_REQUEST_TARGET_BRANCH_NAME'],
      mergeBase: ['CI_MERGE_REQUEST_DIFF_BASE_SHA'],
      tag: ['CI_COMMIT_TAG'],
      // CI_REPOSITORY_URL contains the job's token.
      remote: ['CI_PROJECT_URL'],
    },
    variables: [
      'CI_COMMIT_SHA',
      'CI_COMMIT_BRANCH',
      'CI_COMMIT_TAG',
      'CI_JOB_ID',
      'CI_JOB_NAME',
      'CI_PROJECT_PATH',
      'CI_PIPELINE_SOURCE',
    ],
  },
  { id: 'github', detect: 'GITHUB_ACTIONS', ...ACTIONS, fields: ACTIONS_FIELDS },
  {
    id: 'jenkins',
    detect: 'JENKINS_URL',
    fields: {
      jobId: ['BUILD_ID'],
      buildId: ['BUILD_ID'],
      buildNumber: ['BUILD_NUMBER'],
      buildUrl: ['BUILD_URL'],
      actor: ['CHANGE_AUTHOR', 'BUILD_USER_ID'],
      pullRequest: ['CHANGE_ID', 'ghprbPullId', 'gitlabMergeRequestIid', 'BITBUCKET_PULL_REQUEST_ID'],
      branch: jenkinsBranch,
      commit: ['GIT_COMMIT'],
      headCommit: ['ghprbActualCommit', 'gitlabMergeRequestLastCommit'],
      baseBranch: ['CHANGE_TARGET', 'ghprbTargetBranch', 'gitlabTargetBranch'],
      tag: ['TAG_NAME'],
      remote: ['GIT_URL', 'GIT_URL_1'],
    },
    variables: ['GIT_COMMIT', 'GIT_BRANCH', 'JOB_NAME', 'BUILD_NUMBER', 'NODE_NAME'],
  },
  {
    id: 'bitbucket',
    detect: 'BITBUCKET_BUILD_NUMBER',
    fields: {
      jobId: ['BITBUCKET_STEP_UUID'],
      buildId: ['BITBUCKET_PIPELINE_UUID'],
      buildNumber: ['BITBUCKET_BUILD_NUMBER'],
      buildUrl: ['https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}'],
      attempt: ['BITBUCKET_STEP_RUN_NUMBER'],
      actor: ['BITBUCKET_STEP_TRIGGERER_UUID'],
      pullRequest: ['BITBUCKET_PR_ID'],
      branch: ({ get }) => branchName(get('BITBUCKET_BRANCH')),
      commit: ['BITBUCKET_COMMIT'],
      headCommit: ({ get }) => (get('BITBUCKET_PR_ID') ? get('BITBUCKET_COMMIT') : undefined),
      baseBranch: ['BITBUCKET_PR_DESTINATION_BRANCH'],
      tag: ['BITBUCKET_TAG'],
      remote: ['BITBUCKET_GIT_HTTP_ORIGIN'],
    },
  },
  {
    id: 'azure',
    detect: 'TF_BUILD',
    refVariable: 'BUILD_SOURCEBRANCH',
    fields: {
      jobId: ['SYSTEM_JOBID'],
      buildId: ['BUILD_BUILDID'],
      buildNumber: ['BUILD_BUILDNUMBER'],
      buildUrl: azureUrl,
      attempt: ['SYSTEM_JOBATTEMPT'],
      actor: ['BUILD_REQUESTEDFOR'],
      pullRequest: ['SYSTEM_PULLREQUEST_PULLREQUESTNUMBER', 'SYSTEM_PULLREQUEST_PULLREQUESTID'],
      // BUILD_SOURCEBRANCHNAME is only the part after the last slash.
      branch: ({ get }) => branchName(get('SYSTEM_PULLREQUEST_SOURCEBRANCH') ?? get('BUILD_SOURCEBRANCH')),
      commit: ['BUILD_SOURCEVERSION'],
      headCommit: ['SYSTEM_PULLREQUEST_SOURCECOMMITID'],
      baseBranch: ({ get }) => branchName(get('SYSTEM_PULLREQUEST_TARGETBRANCH')),
      tag: ({ get }) => tagName(get('BUILD_SOURCEBRANCH')),
      remote: ['BUILD_REPOSITORY_URI'],
    },
    variables: ['BUILD_SOURCEVERSION', 'BUILD_SOURCEBRANCH', 'BUILD_BUILDNUMBER', 'AGENT_NAME', 'BUILD_REASON'],
  },
  {
    id: 'travis',
    detect: 'TRAVIS',
    fields: {
      jobId: ['TRAVIS_JOB_ID'],
      buildId: ['TRAVIS_BUILD_ID'],
      buildNumber: ['TRAVIS_BUILD_NUMBER'],
      buildUrl: ['TRAVIS_BUILD_WEB_URL'],
      pullRequest: ['TRAVIS_PULL_REQUEST'],
      // TRAVIS_BRANCH is the target branch of a pull request, and the name of a tag.
      branch: ({ get }) =>
        get('TRAVIS_TAG') ? undefined : branchName(get('TRAVIS_PULL_REQUEST_BRANCH') ?? get('TRAVIS_BRANCH')),
      commit: ['TRAVIS_COMMIT'],
      headCommit: ['TRAVIS_PULL_REQUEST_SHA'],
      baseBranch: ({ get }) => branchName(get('TRAVIS_BRANCH')),
      tag: ['TRAVIS_TAG'],
      remote: ['https://github.com/{TRAVIS_REPO_SLUG}'],
    },
    variables: ['TRAVIS_COMMIT', 'TRAVIS_BRANCH', 'TRAVIS_JOB_ID', 'TRAVIS_BUILD_NUMBER', 'TRAVIS_REPO_SLUG'],
  },
  {
    id: 'circleci',
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
      // A pull request from a fork has pull/12 here: CircleCI does not give its branch.
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
      headCommit: ({ get }) =>
        /^\d+$/.test(get('BUILDKITE_PULL_REQUEST') ?? '') ? get('BUILDKITE_COMMIT') : undefined,
      baseBranch: ['BUILDKITE_PULL_REQUEST_BASE_BRANCH'],
      tag: ['BUILDKITE_TAG'],
      remote: ['BUILDKITE_REPO'],
    },
  },
  {
    id: 'teamcity',
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
      baseBranch: ({ get }) => branchName(get('TEAMCITY_PULLREQUEST_TARGET_BRANCH')),
      commit: ['BUILD_VCS_NUMBER'],
    },
  },
  {
    id: 'appveyor',
    detect: 'APPVEYOR',
    fields: {
      jobId: ['APPVEYOR_JOB_ID'],
      buildId: ['APPVEYOR_BUILD_ID'],
      buildNumber: ['APPVEYOR_BUILD_NUMBER'],
      buildUrl: ['{APPVEYOR_URL}/project/{APPVEYOR_ACCOUNT_NAME}/{APPVEYOR_PROJECT_SLUG}/builds/{APPVEYOR_BUILD_ID}'],
      actor: ['APPVEYOR_REPO_COMMIT_AUTHOR'],
      pullRequest: ['APPVEYOR_PULL_REQUEST_NUMBER'],
      // APPVEYOR_REPO_BRANCH is the target branch of a pull request, and the name of a tag.
      branch: ({ get }) =>
        get('APPVEYOR_REPO_TAG')?.toLowerCase() === 'true'
          ? undefined
          : branchName(get('APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH') ?? get('APPVEYOR_REPO_BRANCH')),
      commit: ['APPVEYOR_REPO_COMMIT'],
      headCommit: ['APPVEYOR_PULL_REQUEST_HEAD_COMMIT'],
      baseBranch: ({ get }) => branchName(get('APPVEYOR_REPO_BRANCH')),
      tag: ['APPVEYOR_REPO_TAG_NAME'],
    },
  },
  {
    id: 'drone',
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
      baseBranch: ({ get }) => branchName(get('DRONE_TARGET_BRANCH')),
      tag: ['DRONE_TAG'],
      remote: ['DRONE_REPO_LINK', 'DRONE_GIT_HTTP_URL'],
    },
  },
  {
    id: 'woodpecker',
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
      baseBranch: ({ get }) => branchName(get('CI_COMMIT_TARGET_BRANCH')),
      tag: ['CI_COMMIT_TAG'],
      remote: ['CI_REPO_URL', 'CI_REPO_LINK'],
    },
  },
  {
    id: 'codebuild',
    detect: 'CODEBUILD_BUILD_ARN',
    fields: {
      jobId: ['CODEBUILD_BUILD_ID'],
      buildId: ['CODEBUILD_BUILD_ID'],
      buildNumber: ['CODEBUILD_BUILD_NUMBER'],
      buildUrl: ['CODEBUILD_BUILD_URL'],
      actor: ['CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID', 'CODEBUILD_INITIATOR'],
      pullRequest: ({ get }) => pullRequestNumber(get('CODEBUILD_WEBHOOK_TRIGGER') ?? get('CODEBUILD_SOURCE_VERSION')),
      branch: codebuildBranch,
      commit: ['CODEBUILD_RESOLVED_SOURCE_VERSION'],
      headCommit: ({ get }) =>
        pullRequestNumber(get('CODEBUILD_WEBHOOK_TRIGGER')) ? get('CODEBUILD_RESOLVED_SOURCE_VERSION') : undefined,
      baseBranch: ({ get }) => branchName(get('CODEBUILD_WEBHOOK_BASE_REF')),
      tag: ({ get }) =>
        tagName(get('CODEBUILD_WEBHOOK_HEAD_REF')) ?? afterPrefix(get('CODEBUILD_WEBHOOK_TRIGGER'), 'tag/'),
      remote: ['CODEBUILD_SOURCE_REPO_URL'],
    },
  },
  {
    id: 'cloudbuild',
    detect: 'BUILDER_OUTPUT',
    // Cloud Build sets no variables. These are its substitutions, for builds that pass them as variables.
    fields: {
      jobId: ['BUILD_ID'],
      buildId: ['BUILD_ID'],
      buildUrl: ['https://console.cloud.google.com/cloud-build/builds/{BUILD_ID}?project={PROJECT_ID}'],
      pullRequest: ['_PR_NUMBER'],
      branch: ({ get }) => branchName(get('_HEAD_BRANCH') ?? get('BRANCH_NAME')),
      commit: ['COMMIT_SHA', 'REVISION_ID'],
      headCommit: ({ get }) => (get('_PR_NUMBER') ? get('COMMIT_SHA') : undefined),
      baseBranch: ({ get }) => branchName(get('_BASE_BRANCH')),
      tag: ['TAG_NAME'],
    },
  },
  {
    id: 'semaphore',
    detect: 'SEMAPHORE',
    fields: {
      jobId: ['SEMAPHORE_JOB_ID'],
      buildId: ['SEMAPHORE_WORKFLOW_ID'],
      buildNumber: ['SEMAPHORE_WORKFLOW_NUMBER'],
      buildUrl: ['{SEMAPHORE_ORGANIZATION_URL}/workflows/{SEMAPHORE_WORKFLOW_ID}'],
      actor: ['SEMAPHORE_GIT_COMMITTER', 'SEMAPHORE_GIT_COMMIT_AUTHOR'],
      pullRequest: ['SEMAPHORE_GIT_PR_NUMBER'],
      // SEMAPHORE_GIT_BRANCH is the target branch of a pull request.
      branch: ({ get }) =>
        get('SEMAPHORE_GIT_TAG_NAME')
          ? undefined
          : branchName(
              get('SEMAPHORE_GIT_PR_BRANCH') ?? get('SEMAPHORE_GIT_WORKING_BRANCH') ?? get('SEMAPHORE_GIT_BRANCH'),
            ),
      commit: ['SEMAPHORE_GIT_SHA'],
      headCommit: ['SEMAPHORE_GIT_PR_SHA'],
      baseBranch: ({ get }) => branchName(get('SEMAPHORE_GIT_BRANCH')),
      tag: ['SEMAPHORE_GIT_TAG_NAME'],
      remote: ['SEMAPHORE_GIT_URL'],
    },
  },
  {
    id: 'codefresh',
    detect: 'CF_BUILD_ID',
    fields: {
      jobId: ['CF_BUILD_ID'],
      buildId: ['CF_BUILD_ID'],
      buildUrl: ['CF_BUILD_URL'],
      actor: ['CF_BUILD_INITIATOR'],
      pullRequest: ['CF_PULL_REQUEST_NUMBER'],
      // CF_BRANCH is the name of a tag.
      branch: ({ get }) =>
        get('CF_RELEASE_TAG') ? undefined : branchName(get('CF_PULL_REQUEST_HEAD_BRANCH') ?? get('CF_BRANCH')),
      commit: ['CF_REVISION'],
      headCommit: ['CF_PULL_REQUEST_HEAD_COMMIT_SHA'],
      baseBranch: ['CF_PULL_REQUEST_TARGET'],
      tag: ['CF_RELEASE_TAG'],
      remote: ['https://github.com/{CF_REPO_OWNER}/{CF_REPO_NAME}'],
    },
  },
  {
    id: 'netlify',
    detect: 'NETLIFY',
    fields: {
      jobId: ['BUILD_ID'],
      buildId: ['BUILD_ID'],
      buildUrl: ['https://app.netlify.com/sites/{SITE_NAME}/deploys/{DEPLOY_ID}'],
      pullRequest: ({ get }) => (get('PULL_REQUEST') === 'true' ? get('REVIEW_ID') : undefined),
      // For a pull request BRANCH is its ref, HEAD the name of its branch.
      branch: ({ get }) => branchName(get('HEAD')) ?? branchName(get('BRANCH')),
      commit: ['COMMIT_REF'],
      headCommit: ({ get }) => (get('PULL_REQUEST') === 'true' ? get('COMMIT_REF') : undefined),
      remote: ['REPOSITORY_URL'],
    },
  },
  {
    id: 'vercel',
    detect: 'VERCEL',
    fields: {
      jobId: ['VERCEL_DEPLOYMENT_ID'],
      buildId: ['VERCEL_DEPLOYMENT_ID'],
      buildUrl: ['https://{VERCEL_URL}'],
      actor: ['VERCEL_GIT_COMMIT_AUTHOR_LOGIN'],
      pullRequest: ['VERCEL_GIT_PULL_REQUEST_ID'],
      branch: ({ get }) => branchName(get('VERCEL_GIT_COMMIT_REF')),
      commit: ['VERCEL_GIT_COMMIT_SHA'],
      headCommit: ({ get }) => (get('VERCEL_GIT_PULL_REQUEST_ID') ? get('VERCEL_GIT_COMMIT_SHA') : undefined),
      remote: ({ get }) => {
        const forge = VERCEL_FORGES[get('VERCEL_GIT_PROVIDER') ?? '']
        const [owner, slug] = [get('VERCEL_GIT_REPO_OWNER'), get('VERCEL_GIT_REPO_SLUG')]
        return forge && owner && slug && `${forge}/${owner}/${slug}`
      },
    },
  },
]

// In a multibranch job, BRANCH_NAME is PR-12 for a pull request, and CHANGE_BRANCH is its branch. Other jobs have the name of
// a remote branch.
function jenkinsBranch({ get }: CiSource): string | undefined {
  const source =
    get('CHANGE_BRANCH') ?? get('ghprbSourceBranch') ?? get('gitlabSourceBranch') ?? get('BITBUCKET_SOURCE_BRANCH')
  if (source !== undefined) return source
  if (get('CHANGE_ID') !== undefined || get('TAG_NAME') !== undefined) return undefined
  return branchName(get('BRANCH_NAME')) ?? remoteBranchName(get('GIT_BRANCH'))
}

function azureUrl({ get }: CiSource): string | undefined {
  const server = get('SYSTEM_COLLECTIONURI') ?? get('SYSTEM_TEAMFOUNDATIONCOLLECTIONURI')
  const project = get('SYSTEM_TEAMPROJECT')
  const build = get('BUILD_BUILDID')
  if (server === undefined || project === undefined || build === undefined) return undefined
  return `${server.replace(/\/+$/, '')}/${encodeURIComponent(project)}/_build/results?buildId=${build}`
}

// Buildkite counts retries from 0, `ci:attempt` counts attempts from 1.
function plusOne(text: string | undefined): string | undefined {
  return text !== undefined && /^\d+$/.test(text) ? String(Number(text) + 1) : undefined
}

function afterPrefix(text: string | undefined, prefix: string): string | undefined {
  return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined
}

// The trigger is pr/12, branch/name or tag/name; the head ref is the branch itself.
function codebuildBranch({ get }: CiSource): string | undefined {
  const trigger = get('CODEBUILD_WEBHOOK_TRIGGER')
  return branchName(get('CODEBUILD_WEBHOOK_HEAD_REF')) ?? branchName(afterPrefix(trigger, 'branch/'))
}
