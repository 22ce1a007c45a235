/**
 * The recipes that are run, and what is to become of each.
 *
 * @module
 */
import type { Build } from './build.js'
import { runWorkflow } from './github.js'
import { runPipeline } from './gitlab.js'
import { runJenkins } from './jenkins.js'
import type { Event, World } from './world.js'

/** What is known about the recipe of one provider. */
export interface Recipe {
  readonly provider: string
  /** Its section in docs/ci.md. */
  readonly section: string
  readonly example: string
  readonly file: string
  readonly build: (world: World, event: Event) => Promise<Build>
  /** A mistake to commit: file, text, its replacement. */
  readonly mistake: readonly [file: string, from: string, to: string]
  readonly gate: string
  /** Folder that the gate reads. */
  readonly gateReads: string
  /** Variable with the commit that the gate asks for. */
  readonly commitVariable: string
  /** What becomes of each job: for a mistake while the server is away, for good code, for a pull request from a fork. */
  readonly results: Readonly<Record<'red' | 'green' | 'fork', Readonly<Record<string, string>>>>
}

/** The recipes of docs/ci.md. */
export const RECIPES: readonly Recipe[] = [
  {
    provider: 'github',
    section: 'GitHub Actions',
    example: 'github-actions',
    file: '.github/workflows/test.yml',
    build: runWorkflow,
    mistake: ['src/initials.ts', 'toUpperCase', 'toLowerCase'],
    gate: 'gate',
    gateReads: 'test-report',
    commitVariable: 'GITHUB_SHA',
    results: {
      red: { test: 'failure', gate: 'skipped', deliver: 'failure' },
      green: { test: 'success', gate: 'success', deliver: 'success' },
      fork: { test: 'success', gate: 'skipped', deliver: 'skipped' },
    },
  },
  {
    provider: 'gitlab',
    section: 'GitLab CI',
    example: 'gitlab-ci',
    file: '.gitlab-ci.yml',
    build: runPipeline,
    mistake: ['src/leap-year.ts', '% 400', '% 800'],
    gate: 'gate',
    gateReads: 'jux/reports',
    commitVariable: 'CI_COMMIT_SHA',
    results: {
      red: { test: 'failure', gate: 'skipped', deliver: 'failure' },
      green: { test: 'success', gate: 'success', deliver: 'success' },
      fork: { test: 'success', gate: 'skipped', deliver: 'skipped' },
    },
  },
  {
    provider: 'jenkins',
    section: 'Jenkins',
    example: 'jenkins',
    file: 'Jenkinsfile',
    build: runJenkins,
    mistake: ['src/median.ts', '/ 2', '/ 3'],
    gate: 'Gate',
    gateReads: 'jux/reports',
    commitVariable: 'GIT_COMMIT',
    results: {
      red: { Install: 'success', Test: 'failure', 'Test a change': 'skipped', Gate: 'skipped', post: 'success' },
      green: { Install: 'success', Test: 'success', 'Test a change': 'skipped', Gate: 'success', post: 'success' },
      fork: { Install: 'success', Test: 'skipped', 'Test a change': 'success', Gate: 'skipped', post: 'success' },
    },
  },
]
