/**
 * Explains where the facts about the source and the CI system come from, for `--verbose`.
 *
 * @module
 */
import type { PartialSettings } from '../config/table.js'
import type { Environment } from '../system.js'
import { type CiFacts, ciTrigger } from './ci.js'
import type { GitFacts } from './git.js'
import { describesHead, sourceFacts } from './source.js'

/** What the facts were chosen from. */
export interface FactSources {
  readonly settings: PartialSettings<'branch' | 'commitSha'>
  readonly git: GitFacts
  readonly ci: CiFacts | undefined
  readonly env: Environment
  /** The folder that was searched for a repository. */
  readonly folder: string
}

/** Rows of label and text: the CI system, the commit and the branch. */
export function explainFacts({ settings, git, ci, env, folder }: FactSources): readonly (readonly [string, string])[] {
  const where = git.root === undefined ? `${folder} is in no git repository` : `git repository ${git.root}`
  const provider = ci === undefined ? 'none: no CI system is recognized' : `${ci.provider}, by ${ciTrigger(env)}`
  return [
    ['ci', provider],
    ['git', where],
    ['commit', commitText(settings, git, ci)],
    ['branch', branchText(settings, git, ci)],
  ]
}

function commitText({ commitSha }: FactSources['settings'], git: GitFacts, ci: CiFacts | undefined): string {
  if (commitSha !== undefined) return `${commitSha}, the setting commitSha`
  if (git.commit !== undefined) return `${git.commit}, HEAD of the repository`
  if (ci?.commit !== undefined) return `${ci.commit}, as ${ci.provider} says`
  return `unknown: ${git.root === undefined ? 'no repository' : 'the repository has no commit'}, and no CI system names one`
}

function branchText(settings: FactSources['settings'], git: GitFacts, ci: CiFacts | undefined): string {
  if (settings.branch !== undefined) return `${settings.branch}, the setting branch`
  const branch = sourceFacts(settings, git, ci).find(({ name }) => name === 'git:branch')?.value ?? ''
  const ofEvent = describesHead(git, ci) ? ci : undefined
  if (branch === '') return `unknown: ${whyNoBranch(git, ci, ofEvent)}`
  if (ofEvent?.branch === branch) return `${branch}, as ${ofEvent.provider} says`
  if (git.branch === branch) return `${branch}, HEAD of the repository`
  return `${branch}, as the event of ${ci?.provider ?? 'CI'} says`
}

function whyNoBranch(git: GitFacts, ci: CiFacts | undefined, ofEvent: CiFacts | undefined): string {
  if (ofEvent?.tag !== undefined) return `${ofEvent.provider} builds the tag ${ofEvent.tag}`
  if (ci?.branch !== undefined && ofEvent === undefined)
    return `${ci.provider} names ${ci.branch}, but another commit than its own was checked out`
  return `${git.root === undefined ? 'no repository' : 'HEAD is detached'}, and no CI system names one`
}
