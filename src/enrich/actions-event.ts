/**
 * Reads what a job of GitHub Actions, Forgejo or Gitea was started for, from its variables and its event file.
 *
 * The event file has names and texts that other people chose, so nothing in it is believed to be of a certain type.
 *
 * @module
 */
import type { BranchCandidate, CiSource } from './ci-source.js'
import { branchName, mergeQueue, pullRequestNumber } from './git-names.js'

/** The number of the pull request. */
export function actionsPullRequest({ get, event }: CiSource): string | undefined {
  return (
    at(event, 'pull_request', 'number') ??
    pullRequestNumber(get('GITHUB_REF')) ??
    mergeQueue(at(event, 'merge_group', 'head_ref') ?? get('GITHUB_REF'))?.pullRequest
  )
}

/** Whether the event is about a pull request, but its job has the commit and the rights of the base branch. */
export function actionsBuildsBase({ get }: CiSource): boolean {
  return ['pull_request_target', 'merge_group'].includes(get('GITHUB_EVENT_NAME') ?? '')
}

/** The branch that is built. The variable of the source branch is set for pull requests, but not for their reviews. */
export function actionsBranch(source: CiSource): string | undefined {
  const { get, event } = source
  const base = branchName(at(event, 'merge_group', 'base_ref')) ?? branchName(get('GITHUB_REF'))
  if (actionsBuildsBase(source)) return base
  const head = pullRequestNumber(get('GITHUB_REF')) && at(event, 'pull_request', 'head', 'ref')
  return get('GITHUB_HEAD_REF') ?? (head || base)
}

/** The branch that the pull request is for. */
export function actionsBaseBranch({ get, event }: CiSource): string | undefined {
  return get('GITHUB_BASE_REF') ?? at(event, 'pull_request', 'base', 'ref')
}

/** The branches that the event names, with their commits. */
export function actionsCandidates({ event }: CiSource): readonly BranchCandidate[] {
  const here = at(event, 'repository', 'full_name')
  const candidate = (
    isPullRequest: boolean,
    branch: string | undefined,
    commit: string | undefined,
    repository?: string,
  ): BranchCandidate[] => {
    if (branch === undefined || commit === undefined) return []
    // The main of a fork is not main. These jobs may have the rights of the base repository.
    const isFork = repository !== undefined && here !== undefined && repository !== here
    return [{ branch: isFork ? `${repository.split('/')[0]}:${branch}` : branch, commit, isPullRequest }]
  }
  const pull = (...path: readonly string[]) => at(event, 'pull_request', ...path)
  const run = (...path: readonly string[]) => at(event, 'workflow_run', ...path)
  // The branch of a run for a release is its tag.
  const runBranch = run('event') === 'release' ? undefined : run('head_branch')
  const suites = [['check_suite'], ['check_run', 'check_suite']]
  return [
    ...candidate(false, runBranch, run('head_sha'), run('head_repository', 'full_name')),
    ...candidate(true, pull('head', 'ref'), pull('head', 'sha'), pull('head', 'repo', 'full_name')),
    ...candidate(false, pull('base', 'ref'), pull('base', 'sha')),
    ...suites.flatMap((path) => candidate(false, at(event, ...path, 'head_branch'), at(event, ...path, 'head_sha'))),
  ]
}

/** The last commit of the pull request that is built. */
export function actionsHeadCommit(source: CiSource): string | undefined {
  return actionsBuildsBase(source) ? undefined : at(source.event, 'pull_request', 'head', 'sha')
}

// The text or number at a path of property names in parsed JSON, as text.
function at(value: unknown, ...path: readonly string[]): string | undefined {
  let here = value
  for (const name of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, name)) return undefined
    here = Object.entries(here).find(([key]) => key === name)?.[1]
  }
  return typeof here === 'string' || typeof here === 'number' ? String(here) : undefined
}
