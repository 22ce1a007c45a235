/**
 * CI systems that belong to a forge, and Jenkins: what they call things.
 *
 * @module
 */
import { at, type CiProvider, type CiSource, joined, unslashed } from './ci-provider.js'
import { branchName, mergeQueue, pullRequestNumber, remoteBranchName, tagName } from './refs.js'

const ACTIONS_VARIABLES = [
  'GITHUB_SHA',
  'GITHUB_REF',
  'GITHUB_ACTOR',
  'GITHUB_WORKFLOW',
  'GITHUB_RUN_NUMBER',
  'GITHUB_EVENT_NAME',
]

/** GitHub Actions, and the systems that speak its dialect. */
const ACTIONS_FIELDS: CiProvider['fields'] = {
  jobId: ['GITHUB_RUN_ID'],
  buildId: ['GITHUB_RUN_ID'],
  buildNumber: ['GITHUB_RUN_NUMBER'],
  buildUrl: ({ get }) =>
    joined(
      unslashed(get('GITHUB_SERVER_URL') ?? 'https://github.com'),
      '/',
      get('GITHUB_REPOSITORY'),
      '/actions/runs/',
      get('GITHUB_RUN_ID'),
    ),
  attempt: ['GITHUB_RUN_ATTEMPT'],
  actor: ['GITHUB_ACTOR'],
  pullRequest: actionsPullRequest,
  branch: ({ get, event }) =>
    get('GITHUB_HEAD_REF') ?? branchName(at(event, 'merge_group', 'base_ref')) ?? branchName(get('GITHUB_REF')),
  commit: ['GITHUB_SHA'],
  headCommit: ({ event }) => at(event, 'pull_request', 'head', 'sha'),
  tag: ({ get }) => tagName(get('GITHUB_REF')),
  remote: ({ get }) =>
    joined(unslashed(get('GITHUB_SERVER_URL') ?? 'https://github.com'), '/', get('GITHUB_REPOSITORY')),
}

/** In the order in which they are looked for: the imitators of GitHub set its variables too, so they come first. */
export const FORGES: readonly CiProvider[] = [
  {
    id: 'forgejo',
    title: 'Forgejo Actions',
    detect: 'FORGEJO_ACTIONS',
    eventFile: 'GITHUB_EVENT_PATH',
    refVariable: 'GITHUB_REF',
    // The page of a run is found by its number, not by its id.
    fields: { ...ACTIONS_FIELDS, buildUrl: runUrlByNumber },
    variables: ACTIONS_VARIABLES,
  },
  {
    id: 'gitea',
    title: 'Gitea Actions',
    detect: 'GITEA_ACTIONS',
    eventFile: 'GITHUB_EVENT_PATH',
    refVariable: 'GITHUB_REF',
    fields: { ...ACTIONS_FIELDS, buildUrl: runUrlByNumber },
    variables: ACTIONS_VARIABLES,
  },
  {
    id: 'gitlab',
    title: 'GitLab CI',
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
      // Without merged results a merge request's pipeline tests the source branch itself.
      headCommit: ({ get }) =>
        get('CI_MERGE_REQUEST_SOURCE_BRANCH_SHA') ??
        get('CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_SHA') ??
        (get('CI_MERGE_REQUEST_EVENT_TYPE') === 'detached' ? get('CI_COMMIT_SHA') : undefined),
      tag: ['CI_COMMIT_TAG'],
      // CI_REPOSITORY_URL carries the job's token.
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
  {
    id: 'github',
    title: 'GitHub Actions',
    detect: 'GITHUB_ACTIONS',
    eventFile: 'GITHUB_EVENT_PATH',
    refVariable: 'GITHUB_REF',
    fields: ACTIONS_FIELDS,
    variables: ACTIONS_VARIABLES,
  },
  {
    id: 'jenkins',
    title: 'Jenkins',
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
      tag: ['TAG_NAME'],
      remote: ['GIT_URL', 'GIT_URL_1'],
    },
    variables: ['GIT_COMMIT', 'GIT_BRANCH', 'JOB_NAME', 'BUILD_NUMBER', 'NODE_NAME'],
  },
  {
    id: 'bitbucket',
    title: 'Bitbucket Pipelines',
    detect: 'BITBUCKET_BUILD_NUMBER',
    fields: {
      jobId: ['BITBUCKET_STEP_UUID'],
      buildId: ['BITBUCKET_PIPELINE_UUID'],
      buildNumber: ['BITBUCKET_BUILD_NUMBER'],
      buildUrl: ({ get }) =>
        joined(
          'https://bitbucket.org/',
          get('BITBUCKET_REPO_FULL_NAME'),
          '/pipelines/results/',
          get('BITBUCKET_BUILD_NUMBER'),
        ),
      attempt: ['BITBUCKET_STEP_RUN_NUMBER'],
      actor: ['BITBUCKET_STEP_TRIGGERER_UUID'],
      pullRequest: ['BITBUCKET_PR_ID'],
      branch: ({ get }) => branchName(get('BITBUCKET_BRANCH')),
      commit: ['BITBUCKET_COMMIT'],
      headCommit: ({ get }) => (get('BITBUCKET_PR_ID') ? get('BITBUCKET_COMMIT') : undefined),
      tag: ['BITBUCKET_TAG'],
      remote: ['BITBUCKET_GIT_HTTP_ORIGIN'],
    },
    variables: [],
  },
  {
    id: 'azure',
    title: 'Azure Pipelines',
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
      // BUILD_SOURCEBRANCHNAME is only what follows the last slash.
      branch: ({ get }) => branchName(get('SYSTEM_PULLREQUEST_SOURCEBRANCH') ?? get('BUILD_SOURCEBRANCH')),
      commit: ['BUILD_SOURCEVERSION'],
      headCommit: ['SYSTEM_PULLREQUEST_SOURCECOMMITID'],
      tag: ({ get }) => tagName(get('BUILD_SOURCEBRANCH')),
      remote: ['BUILD_REPOSITORY_URI'],
    },
    variables: ['BUILD_SOURCEVERSION', 'BUILD_SOURCEBRANCH', 'BUILD_BUILDNUMBER', 'AGENT_NAME', 'BUILD_REASON'],
  },
]

function actionsPullRequest({ get, event }: CiSource): string | undefined {
  return (
    at(event, 'pull_request', 'number') ??
    pullRequestNumber(get('GITHUB_REF')) ??
    mergeQueue(at(event, 'merge_group', 'head_ref') ?? get('GITHUB_REF'))?.pullRequest
  )
}

function runUrlByNumber({ get }: CiSource): string | undefined {
  return joined(
    unslashed(get('GITHUB_SERVER_URL')),
    '/',
    get('GITHUB_REPOSITORY'),
    '/actions/runs/',
    get('GITHUB_RUN_NUMBER'),
  )
}

// A multibranch job names a pull request PR-12 and its branch CHANGE_BRANCH; other jobs name a remote branch.
function jenkinsBranch({ get }: CiSource): string | undefined {
  const ofChange =
    get('CHANGE_BRANCH') ?? get('ghprbSourceBranch') ?? get('gitlabSourceBranch') ?? get('BITBUCKET_SOURCE_BRANCH')
  if (ofChange !== undefined) return ofChange
  if (get('CHANGE_ID') !== undefined || get('TAG_NAME') !== undefined) return undefined
  return branchName(get('BRANCH_NAME')) ?? remoteBranchName(get('GIT_BRANCH'))
}

function azureUrl({ get }: CiSource): string | undefined {
  const project = get('SYSTEM_TEAMPROJECT')
  const server = unslashed(get('SYSTEM_COLLECTIONURI') ?? get('SYSTEM_TEAMFOUNDATIONCOLLECTIONURI'))
  return joined(server, '/', project && encodeURIComponent(project), '/_build/results?buildId=', get('BUILD_BUILDID'))
}
