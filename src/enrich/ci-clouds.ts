/**
 * Build services of clouds and of places where sites are deployed: what they call things.
 *
 * @module
 */
import { type CiProvider, type CiSource, joined, unslashed } from './ci-provider.js'
import { branchName, pullRequestNumber, tagName } from './refs.js'

/** In the order in which they are looked for. */
export const CLOUDS: readonly CiProvider[] = [
  {
    id: 'codebuild',
    title: 'AWS CodeBuild',
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
      tag: ({ get }) =>
        tagName(get('CODEBUILD_WEBHOOK_HEAD_REF')) ?? afterPrefix(get('CODEBUILD_WEBHOOK_TRIGGER'), 'tag/'),
      remote: ['CODEBUILD_SOURCE_REPO_URL'],
    },
    variables: [],
  },
  {
    id: 'cloudbuild',
    title: 'Google Cloud Build',
    detect: 'BUILDER_OUTPUT',
    // Cloud Build tells nothing by itself: these are its substitutions, for builds that pass them on.
    fields: {
      jobId: ['BUILD_ID'],
      buildId: ['BUILD_ID'],
      buildUrl: ({ get }) =>
        joined('https://console.cloud.google.com/cloud-build/builds/', get('BUILD_ID'), '?project=', get('PROJECT_ID')),
      pullRequest: ['_PR_NUMBER'],
      branch: ({ get }) => branchName(get('_HEAD_BRANCH') ?? get('BRANCH_NAME')),
      commit: ['COMMIT_SHA', 'REVISION_ID'],
      headCommit: ({ get }) => (get('_PR_NUMBER') ? get('COMMIT_SHA') : undefined),
      tag: ['TAG_NAME'],
    },
    variables: [],
  },
  {
    id: 'semaphore',
    title: 'Semaphore',
    detect: 'SEMAPHORE',
    fields: {
      jobId: ['SEMAPHORE_JOB_ID'],
      buildId: ['SEMAPHORE_WORKFLOW_ID'],
      buildNumber: ['SEMAPHORE_WORKFLOW_NUMBER'],
      buildUrl: ({ get }) =>
        joined(unslashed(get('SEMAPHORE_ORGANIZATION_URL')), '/workflows/', get('SEMAPHORE_WORKFLOW_ID')),
      actor: ['SEMAPHORE_GIT_COMMITTER', 'SEMAPHORE_GIT_COMMIT_AUTHOR'],
      pullRequest: ['SEMAPHORE_GIT_PR_NUMBER'],
      // SEMAPHORE_GIT_BRANCH is the target of a pull request.
      branch: ({ get }) =>
        get('SEMAPHORE_GIT_TAG_NAME')
          ? undefined
          : branchName(
              get('SEMAPHORE_GIT_PR_BRANCH') ?? get('SEMAPHORE_GIT_WORKING_BRANCH') ?? get('SEMAPHORE_GIT_BRANCH'),
            ),
      commit: ['SEMAPHORE_GIT_SHA'],
      headCommit: ['SEMAPHORE_GIT_PR_SHA'],
      tag: ['SEMAPHORE_GIT_TAG_NAME'],
      remote: ['SEMAPHORE_GIT_URL'],
    },
    variables: [],
  },
  {
    id: 'codefresh',
    title: 'Codefresh',
    detect: 'CF_BUILD_ID',
    fields: {
      jobId: ['CF_BUILD_ID'],
      buildId: ['CF_BUILD_ID'],
      buildUrl: ['CF_BUILD_URL'],
      actor: ['CF_BUILD_INITIATOR'],
      pullRequest: ['CF_PULL_REQUEST_NUMBER'],
      // CF_BRANCH holds the tag's name for a tag.
      branch: ({ get }) =>
        get('CF_RELEASE_TAG') ? undefined : branchName(get('CF_PULL_REQUEST_HEAD_BRANCH') ?? get('CF_BRANCH')),
      commit: ['CF_REVISION'],
      headCommit: ['CF_PULL_REQUEST_HEAD_COMMIT_SHA'],
      tag: ['CF_RELEASE_TAG'],
      remote: ({ get }) => joined('https://github.com/', get('CF_REPO_OWNER'), '/', get('CF_REPO_NAME')),
    },
    variables: [],
  },
  {
    id: 'netlify',
    title: 'Netlify',
    detect: 'NETLIFY',
    fields: {
      jobId: ['BUILD_ID'],
      buildId: ['BUILD_ID'],
      buildUrl: ({ get }) => joined('https://app.netlify.com/sites/', get('SITE_NAME'), '/deploys/', get('DEPLOY_ID')),
      pullRequest: ({ get }) => (get('PULL_REQUEST') === 'true' ? get('REVIEW_ID') : undefined),
      // Of a pull request BRANCH is its ref, HEAD the name of its branch.
      branch: ({ get }) => branchName(get('HEAD')) ?? branchName(get('BRANCH')),
      commit: ['COMMIT_REF'],
      headCommit: ({ get }) => (get('PULL_REQUEST') === 'true' ? get('COMMIT_REF') : undefined),
      remote: ['REPOSITORY_URL'],
    },
    variables: [],
  },
  {
    id: 'vercel',
    title: 'Vercel',
    detect: 'VERCEL',
    fields: {
      jobId: ['VERCEL_DEPLOYMENT_ID'],
      buildId: ['VERCEL_DEPLOYMENT_ID'],
      buildUrl: ({ get }) => joined('https://', get('VERCEL_URL')),
      actor: ['VERCEL_GIT_COMMIT_AUTHOR_LOGIN'],
      pullRequest: ['VERCEL_GIT_PULL_REQUEST_ID'],
      branch: ({ get }) => branchName(get('VERCEL_GIT_COMMIT_REF')),
      commit: ['VERCEL_GIT_COMMIT_SHA'],
      headCommit: ({ get }) => (get('VERCEL_GIT_PULL_REQUEST_ID') ? get('VERCEL_GIT_COMMIT_SHA') : undefined),
      remote: vercelRemote,
    },
    variables: [],
  },
]

function afterPrefix(text: string | undefined, prefix: string): string | undefined {
  return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined
}

// The trigger is pr/12, branch/name or tag/name; the head ref is the branch itself.
function codebuildBranch({ get }: CiSource): string | undefined {
  const trigger = get('CODEBUILD_WEBHOOK_TRIGGER')
  return branchName(get('CODEBUILD_WEBHOOK_HEAD_REF')) ?? branchName(afterPrefix(trigger, 'branch/'))
}

const VERCEL_FORGES: Readonly<Record<string, string>> = {
  github: 'https://github.com/',
  gitlab: 'https://gitlab.com/',
  bitbucket: 'https://bitbucket.org/',
}

function vercelRemote({ get }: CiSource): string | undefined {
  return joined(
    VERCEL_FORGES[get('VERCEL_GIT_PROVIDER') ?? ''],
    get('VERCEL_GIT_REPO_OWNER'),
    '/',
    get('VERCEL_GIT_REPO_SLUG'),
  )
}
