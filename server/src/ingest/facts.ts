/**
 * The facts of a run: from the properties of its report, and from the metadata of the submission.
 *
 * @module
 */
import type { Property, ReportSummary } from 'jux-reporter'
import { HttpError } from '../http-error.js'
import { cut } from './report.js'

/** Metadata of a submission (`metadata` of the published API). */
export interface Claims {
  readonly project?: string | undefined
  /** The only project that the key of the submission is valid for. Used if neither the metadata nor the report names one. */
  readonly projectOfKey?: string | undefined
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
  /** How the run as a whole ended. `passed` only where `jux verify --expect jux:outcome=passed` agrees. */
  readonly outcome: RunOutcome
  /** Facts that the report states with several values, and metadata of the submission that differ from the signed report. */
  readonly contradictions: readonly Contradiction[]
}

/** A fact with several values. */
export interface Contradiction {
  readonly name: string
  /** Value in the metadata of the submission. */
  readonly claimed?: string | undefined
  /** The value in the signed report, which is stored. */
  readonly signed?: string | undefined
  /** The values in the report when it has several. None of them is stored. */
  readonly stated?: readonly string[] | undefined
}

type RunOutcome = ReportSummary['outcome']

const DEFAULT_ENVIRONMENT = 'test'
const MAX_FACT_LENGTH = 500
const MAX_TAGS = 100
const MAX_STATED_VALUES = 5
const OUTCOME = 'jux:outcome'

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
} as const

/**
 * Merges the report's properties and the metadata. Signed properties take precedence over metadata. Metadata take precedence over
 * unsigned properties, because both are equally unproven and the metadata were written for this submission.
 *
 * A fact that the report states with several values has none: another reader could take another one. For the project, which decides
 * about keys and access, that is an error.
 *
 * @throws {HttpError} 400 when neither has the project and the key has none, or the report has several
 */
export function runFacts(summary: ReportSummary, claims: Claims): RunFacts {
  const valuesOf = lookup([...summary.properties, ...summary.facts])
  const contradictions: Contradiction[] = []
  const choose = (name: keyof typeof PROPERTY_NAMES, claim: string | undefined): string | null => {
    const stated = valuesOf(PROPERTY_NAMES[name])
    const claimed = clean(claim)
    const [reported] = stated
    if (reported === undefined) return claimed ?? null
    if (stated.length > 1) {
      contradictions.push({ name, claimed, stated: stated.slice(0, MAX_STATED_VALUES) })
      return (summary.signed ? undefined : claimed) ?? null
    }
    if (claimed === undefined || reported === claimed) return reported
    if (!summary.signed) return claimed
    contradictions.push({ name, claimed, signed: reported })
    return reported
  }
  const named = choose('project', claims.project)
  if (named === null && contradictions.length > 0) throw severalProjects()
  const project = named ?? claims.projectOfKey
  if (project === undefined) throw missingProject()
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
    outcome: outcomeOf(summary),
    contradictions,
  }
}

// The reader's outcome. A report that states anything else besides, even a word that is no outcome, has not passed.
function outcomeOf({ outcome, properties, facts }: ReportSummary): RunOutcome {
  if (outcome !== 'passed') return outcome
  const stated = [...properties, ...facts].flatMap(({ name, value }) => (name === OUTCOME ? [value] : []))
  const other = stated.filter((value) => value !== 'passed')
  if (other.length === 0) return outcome
  return stated.length === other.length && other.every((value) => value === 'interrupted') ? 'interrupted' : 'failed'
}

/** Splits a comma-separated list of tags. Trims them and drops empty and repeated ones. */
export function splitTags(list: string | null | undefined): string[] {
  const tags = (list ?? '').split(',').map((tag) => tag.trim())
  return [...new Set(tags.filter((tag) => tag !== ''))].slice(0, MAX_TAGS)
}

// The different values of the first name that has one.
function lookup(properties: readonly Property[]): (names: readonly string[]) => readonly string[] {
  const values = new Map<string, Set<string>>()
  for (const property of properties) {
    const value = clean(property.value)
    if (value !== undefined) values.set(property.name, (values.get(property.name) ?? new Set()).add(value))
  }
  return (names) => [...(names.map((name) => values.get(name)).find((found) => found !== undefined) ?? [])]
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
      'submit with a key for one project: jux-server keys create --project NAME --scope submit --name NAME',
    ],
  })
}

function severalProjects(): HttpError {
  return new HttpError(400, 'the report states several projects', {
    details: { message: 'the property project has several values', reason: 'several-projects' },
    suggestions: ['write one property project into the report'],
  })
}
