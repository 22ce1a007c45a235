/**
 * What a run is known by: taken from the properties of its report, and from what the submission claims beside it.
 *
 * @module
 */
import type { Property } from 'jux-reporter'
import { HttpError } from '../http-error.js'
import { cut } from './report.js'

/** What a submission says beside the report (S2's `metadata`). Everything may be missing. */
export interface Claims {
  readonly project?: string | undefined
  readonly branch?: string | undefined
  readonly commitSha?: string | undefined
  readonly tags?: readonly string[] | undefined
  readonly environment?: string | undefined
  readonly ci?:
    | {
        readonly provider?: string | undefined
        readonly jobId?: string | undefined
        readonly pipelineUrl?: string | undefined
        readonly buildNumber?: string | undefined
      }
    | undefined
}

/** What is stored of both. */
export interface RunFacts {
  readonly project: string
  readonly branch: string | null
  readonly commitSha: string | null
  readonly tags: readonly string[]
  readonly environment: string
  readonly ciProvider: string | null
  readonly ciJobId: string | null
  readonly ciPipelineUrl: string | null
  readonly ciBuildNumber: string | null
  readonly outcome: string | null
  /** What the submission claimed and the signed report denies. */
  readonly contradictions: readonly Contradiction[]
}

/** One claim that was not believed. */
export interface Contradiction {
  readonly name: string
  readonly claimed: string
  readonly signed: string
}

const DEFAULT_ENVIRONMENT = 'test'
const MAX_FACT = 500
const MAX_TAGS = 100
const OUTCOMES: ReadonlySet<string> = new Set(['passed', 'failed', 'error', 'interrupted', 'no-tests'])

/** Properties by what they say, most usual name first: the family's, then those of jux-test-fixtures. */
const NAMES = {
  project: ['project', 'jux.project_name'],
  branch: ['git:branch', 'jux.git_branch'],
  commitSha: ['git:commit', 'jux.git_commit'],
  tags: ['jux:tags'],
  environment: ['jux:environment'],
  ciProvider: ['ci:provider', 'jux.ci_provider'],
  ciJobId: ['ci:job_id', 'ci:build_id', 'jux.ci_build_id'],
  ciPipelineUrl: ['ci:build_url', 'jux.ci_build_url'],
  ciBuildNumber: ['ci:build_number'],
  outcome: ['jux:outcome'],
} as const

/**
 * Merges both. What is signed wins over claims; an unsigned report's properties are no better than claims, which then come first
 * because they were made for this submission.
 *
 * @throws {HttpError} 400 when neither names the project
 */
export function runFacts(properties: readonly Property[], claims: Claims, signed: boolean): RunFacts {
  const value = lookup(properties)
  const contradictions: Contradiction[] = []
  const choose = (name: keyof typeof NAMES, claimed: string | undefined): string | null => {
    const own = clean(value(NAMES[name]))
    const said = clean(claimed)
    if (own === undefined || said === undefined || own === said) return own ?? said ?? null
    if (!signed) return said
    contradictions.push({ name, claimed: said, signed: own })
    return own
  }
  const project = choose('project', claims.project)
  if (project === null) throw missingProject()
  const outcome = value(NAMES.outcome)
  return {
    project,
    branch: choose('branch', claims.branch),
    commitSha: choose('commitSha', claims.commitSha),
    tags: splitTags(choose('tags', claims.tags?.map((tag) => tag.trim()).join(','))),
    environment: choose('environment', claims.environment) ?? DEFAULT_ENVIRONMENT,
    ciProvider: choose('ciProvider', claims.ci?.provider),
    ciJobId: choose('ciJobId', claims.ci?.jobId),
    ciPipelineUrl: choose('ciPipelineUrl', claims.ci?.pipelineUrl),
    ciBuildNumber: choose('ciBuildNumber', claims.ci?.buildNumber),
    outcome: outcome !== undefined && OUTCOMES.has(outcome) ? outcome : null,
    contradictions,
  }
}

/** Labels from a comma list: trimmed, without empty and repeated ones. */
export function splitTags(list: string | null | undefined): string[] {
  const tags = (list ?? '').split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))].slice(0, MAX_TAGS)
}

function lookup(properties: readonly Property[]): (names: readonly string[]) => string | undefined {
  const values = new Map<string, string>()
  for (const { name, value } of properties) if (value !== '' && !values.has(name)) values.set(name, value)
  return (names) => names.map((name) => values.get(name)).find((value) => value !== undefined)
}

// A NUL ends a text in SQLite and is refused by PostgreSQL; XML cannot hold one, JSON can.
function clean(text: string | undefined): string | undefined {
  const trimmed = text === undefined ? undefined : wellFormed(text.replaceAll('\0', '\ufffd')).trim()
  return trimmed === undefined || trimmed === '' ? undefined : cut(trimmed, MAX_FACT)
}

// A lone half of a character becomes U+FFFD, as both databases would make it.
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

function missingProject(): HttpError {
  return new HttpError(400, 'the report does not say which project it is of', {
    details: { message: 'Missing required property', missing_property: 'project' },
    suggestions: [
      'add <property name="project" value="NAME"/> to the properties of the first test suite',
      'submit JSON with metadata.project',
    ],
  })
}
