// Writes the table of docs/ci-providers.md from fixtures/ci; with --check only says whether it is up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const FIXTURES = new URL('../fixtures/ci/', import.meta.url)
const PAGE = new URL('../docs/ci-providers.md', import.meta.url)
const MARKS = /(<!-- table -->\n)[\s\S]*?(<!-- end -->)/

/** Columns: a title, and the text of a fixture's cell. Commits are shortened, addresses only marked. */
const COLUMNS = {
  provider: ({ provider }) => `\`${provider}\``,
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

const fixtures = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
  .map((name) => JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8')))

const titles = Object.keys(COLUMNS)
const rows = fixtures.map((fixture) => Object.values(COLUMNS).map((cell) => cell(fixture) ?? ''))
const table = [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
const page = readFileSync(PAGE, 'utf8')
const updated = page.replace(MARKS, (_, start, end) => start + table + end)

if (updated !== page && process.argv.includes('--check')) {
  console.error('docs/ci-providers.md is not what the fixtures say: npm run docs:ci')
  process.exitCode = 1
} else if (updated !== page) writeFileSync(PAGE, updated)
