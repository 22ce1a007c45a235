/**
 * Writes the table of docs/ci-providers.md from the environments in fixtures/ci; each row is also a test.
 *
 * @module
 */
import { type CiFixture, ciFixtures } from '../../test/support/ci-fixtures.js'
import { code, type Sections, table } from './page.js'

/**
 * Columns: the title, and the text of the cell for a fixture. Commits are shortened; for addresses the cell says yes.
 */
const COLUMNS: Readonly<Record<string, (fixture: CiFixture) => string | undefined>> = {
  provider: ({ provider }) => code(provider),
  event: ({ event }) => event,
  branch: ({ expected }) => expected.branch,
  commit: ({ expected }) => expected.commit?.slice(0, 7),
  'head commit': ({ expected }) => expected.headCommit?.slice(0, 7),
  'pull request': ({ expected }) => expected.pullRequest,
  tag: ({ expected }) => expected.tag,
  'build id': ({ expected }) => expected.buildId,
  'build number': ({ expected }) => expected.buildNumber,
  'job id': ({ expected }) => expected.jobId,
  attempt: ({ expected }) => expected.attempt,
  actor: ({ expected }) => expected.actor,
  'build url': ({ expected }) => expected.buildUrl && 'yes',
  remote: ({ expected }) => expected.remote && 'yes',
}

/** The generated section of docs/ci-providers.md. */
export function ciSections(): Sections {
  const cells = Object.values(COLUMNS)
  return {
    'facts by provider and event': table(
      Object.keys(COLUMNS),
      ciFixtures().map((fixture) => cells.map((cell) => cell(fixture) ?? '')),
    ),
  }
}
