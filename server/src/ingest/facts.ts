/**
 * The facts of a run: from the properties of its report, and from the metadata of the submission.
 *
 * @module
 */
import type { Property } from 'jux-reporter'
import { HttpError } from '../http-error.js'
import { cut } from './report.js'

/** Metadata of a submission (`metadata` of the published API). */
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

/** The facts that are stored. */
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
  /** Metadata of the submission that differ from the signed report. */
  readonly contradictions: readonly Contradiction[]
}

/** A value of the submission that differs from the signed report. */
export interface Contradiction {
  readonly name: string
  readonly claimed: string
  readonly signed: string
}

const DEFAULT_ENVIRONMENT = 'test'
const MAX_FACT_LENGTH = 500
const MAX_TAGS = 100
const OUTCOMES: ReadonlySet<string> = new Set(['passed', 'failed', 'error', 'interrupted', 'no-tests'])

/** Names of the properties for each fact, in the order of preference: those of the Jux reporters, then those of jux-test-fixtures. */
const PROPERTY_NAMES = {
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
 * Merges properties and metadata. Signed properties take precedence over metadata. Metadata take precedence over unsigned
 * properties, because both are equally unproven and the metadata were written for this submission.
 *
 * @throws {HttpError} 400 when neither has the project
 */
export function runFacts(properties: readonly Property[], claims: Claims, isSigned: boolean): RunFacts {
  const propertyOf = lookup(properties)
  const contradictions: Contradiction[] = []
  const choose = (name: keyof typeof PROPERTY_NAMES, claim: string | undefined): string | null => {
    const reported = clean(propertyOf(PROPERTY_NAMES[name]))
    const claimed = clean(claim)
    if (reported === undefined || claimed === undefined || reported === claimed) return reported ?? claimed ?? null
    if (!isSigned) return claimed
    contradictions.push({ name, claimed, signed: reported })
    return reported
  }
  const project = choose('project', claims.project)
  if (project === null) throw missingProject()
  const outcome = propertyOf(PROPERTY_NAMES.outcome)
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

/** Splits a comma-separated list of tags. Trims them and drops empty and repeated ones. */
export function splitTags(list: string | null | undefined): string[] {
  const tags = (list ?? '').split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))].slice(0, MAX_TAGS)
}

function lookup(properties: readonly Property[]): (names: readonly string[]) => string | undefined {
  const values = new Map<string, string>()
  for (const { name, value } of properties) if (value !== '' && !values.has(name)) values.set(name, value)
  return (names) => names.map((name) => values.get(name)).find((value) => value !== undefined)
}

// JSON can contain NUL, which ends a text in SQLite and which PostgreSQL refuses.
function clean(text: string | undefined): string | undefined {
  const trimmed = text === undefined ? undefined : wellFormed(text.replaceAll('\0', '\ufffd')).trim()
  return trimmed === undefined || trimmed === '' ? undefined : cut(trimmed, MAX_FACT_LENGTH)
}

// A lone surrogate becomes U+FFFD, as in both databases.
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

function missingProject(): HttpError {
  return new HttpError(400, 'the project of the report is missing', {
    details: { message: 'Missing required property', missing_property: 'project' },
    suggestions: [
      'add <property name="project" value="NAME"/> to the properties of the first test suite',
      'submit JSON with "metadata": {"project": "NAME"}',
    ],
  })
}
