/**
 * The shell steps of a recipe, with what each job takes from and leaves for other jobs.
 *
 * Nothing is interpreted: a condition, an expression, an action or a Jenkins step has to be one of those listed here,
 * word for word, so that a recipe that does something else has to be read again.
 *
 * @module
 */
import { parse } from 'yaml'
import { z } from 'zod'

type Variables = Readonly<Record<string, string>>

/** What a build is about. */
export interface Build {
  /** Variables of the provider. */
  readonly env: Variables
  /** `undefined` for a pull request of a fork. */
  readonly secrets: { readonly key: string; readonly keyPath: string; readonly apiKey: string } | undefined
}

/** A job (in Jenkins a stage, or `post`). */
export interface Job {
  readonly name: string
  /** Whether its condition holds for the build. */
  readonly runs: boolean
  /** The jobs that must succeed before it, or must only have ended (`afterFailure`); default: all before it. */
  readonly needs?: readonly string[] | undefined
  readonly afterFailure: boolean
  readonly env: Variables
  readonly steps: readonly Step[]
}

/** A shell script, or a folder that is copied between the job and a store (an artifact or a cache). */
export type Step = (
  | { readonly script: string; readonly env?: Variables | undefined }
  | { readonly take: string; readonly path: string }
  | { readonly leave: string; readonly path: string }
) & {
  /** Runs after a failed step too. */
  readonly always?: boolean | undefined
  /** Its failure does not fail the job. */
  readonly mayFail?: boolean | undefined
  /** An empty folder fails the job. */
  readonly required?: boolean | undefined
}

const variables = z.record(z.string(), z.string())
const workflow = z.object({
  env: variables.default({}),
  jobs: z.record(
    z.string(),
    z.object({
      needs: z.string().optional(),
      if: z.string().optional(),
      steps: z.array(
        z.object({
          run: z.string().optional(),
          uses: z.string().optional(),
          if: z.literal('always()').optional(),
          env: variables.optional(),
          with: z.record(z.string(), z.unknown()).default({}),
        }),
      ),
    }),
  ),
})

/** The jobs of a GitHub workflow. What else may stand in it is checked by actionlint. */
export function githubJobs(text: string, { env, secrets }: Build): Job[] {
  const isPush = env.GITHUB_EVENT_NAME === 'push'
  const expressions = {
    'secrets.JUX_KEY': secrets?.key ?? '',
    'secrets.JUX_API_KEY': secrets?.apiKey ?? '',
    "secrets.JUX_API_KEY != '' && 'both' || 'local'": secrets === undefined ? 'local' : 'both',
    'github.run_id': env.GITHUB_RUN_ID ?? '',
    'github.run_attempt': env.GITHUB_RUN_ATTEMPT ?? '',
  }
  const expand = (value: unknown) => String(value).replace(/\$\{\{ (.*?) \}\}/g, (_, name) => only(expressions, name))
  const expandAll = (values: Variables = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, expand(value)]))
  const conditions = {
    none: { runs: true, afterFailure: false },
    "github.event_name == 'push'": { runs: isPush, afterFailure: false },
    "${{ !cancelled() && github.event_name == 'push' }}": { runs: isPush, afterFailure: true },
  }
  const { env: shared, jobs } = workflow.parse(parse(text))
  return Object.entries(jobs).map(([name, job]) => ({
    name,
    ...only(conditions, job.if ?? 'none'),
    needs: job.needs === undefined ? [] : [job.needs],
    env: expandAll(shared),
    steps: job.steps.flatMap(({ run, uses = '', if: condition, env, with: settings }): Step[] => {
      const always = condition === 'always()'
      if (run !== undefined) return [{ script: expand(run), env: expandAll(env), always }]
      const path = expand(settings.path)
      const cache = String(settings['restore-keys'] ?? settings.key).replace(/\$\{\{.*$/, '')
      const actions: Readonly<Record<string, Step[]>> = {
        'actions/checkout': [],
        'actions/setup-node': [],
        'actions/upload-artifact': [
          { leave: String(settings.name), path, always, required: settings['if-no-files-found'] === 'error' },
        ],
        'actions/download-artifact': [{ take: String(settings.name), path, required: true }],
        'actions/cache/restore': [{ take: cache, path }],
        'actions/cache/save': [{ leave: cache, path, always }],
      }
      return only(actions, uses.replace(/@.*/, ''))
    }),
  }))
}

const cache = z.strictObject({
  key: z.union([z.string(), z.strictObject({ files: z.array(z.string()) })]),
  paths: z.array(z.string()),
  when: z.literal('always').optional(),
})
const rule = z.strictObject({
  if: z.string().optional(),
  when: z.enum(['always', 'on_success']).optional(),
  variables: variables.optional(),
})
const gitlabJob = z.strictObject({
  stage: z.string().default('test'),
  image: z.string().optional(),
  timeout: z.string().optional(),
  needs: z.array(z.string()).optional(),
  rules: z.array(rule).default([{ when: 'on_success' }]),
  cache: z.array(cache).default([]),
  variables: variables.optional(),
  before_script: z.array(z.string()).default([]),
  script: z.array(z.string()).min(1),
  artifacts: z
    .strictObject({
      when: z.literal('always'),
      expire_in: z.string().optional(),
      paths: z.tuple([z.string()]),
      reports: z.strictObject({ junit: z.string() }),
    })
    .optional(),
})
const pipeline = z
  .object({
    stages: z.array(z.string()).default(['test']),
    workflow: z.strictObject({ rules: z.array(rule) }).optional(),
    variables: variables.default({}),
    default: z.strictObject({ image: z.string(), cache }).optional(),
  })
  .catchall(gitlabJob)

/**
 * The jobs of a GitLab pipeline, by stage; none if the rules of its workflow say so. Other keys than these are a
 * mistake.
 */
export function gitlabJobs(text: string, { env, secrets }: Build): Job[] {
  const isMergeRequest = env.CI_PIPELINE_SOURCE === 'merge_request_event'
  const conditions = {
    none: true,
    $JUX_API_KEY: secrets !== undefined,
    '$CI_PIPELINE_SOURCE == "merge_request_event"': isMergeRequest,
    '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH': env.CI_COMMIT_BRANCH === env.CI_DEFAULT_BRANCH,
    $CI_COMMIT_TAG: env.CI_COMMIT_TAG !== undefined,
    '$CI_COMMIT_REF_PROTECTED == "true" && $CI_PIPELINE_SOURCE != "merge_request_event"':
      env.CI_COMMIT_REF_PROTECTED === 'true' && !isMergeRequest,
  }
  const firstRule = (rules: readonly z.output<typeof rule>[]) =>
    rules.find(({ if: condition = 'none' }) => only(conditions, condition))
  const { stages, workflow: rules, variables: shared, default: _, ...named } = pipeline.parse(parse(text))
  if (rules !== undefined && firstRule(rules.rules) === undefined) return []
  const jobs = Object.entries(named)
  const unknown = jobs.filter(([, { stage }]) => !stages.includes(stage))
  if (unknown.length > 0) throw new Error(`jobs without a stage: ${unknown.map(([name]) => name)}`)
  const secretVariables = secrets && { JUX_KEY_PATH: secrets.keyPath, JUX_API_KEY: secrets.apiKey }
  const artifacts = jobs.flatMap(([, job]) => job.artifacts?.paths ?? [])
  return stages.flatMap((stage) =>
    jobs
      .filter(([, job]) => job.stage === stage)
      .map(([name, job], index) => {
        const chosen = firstRule(job.rules)
        const caches = job.cache.filter(({ key }) => key === 'jux-queue').flatMap(({ paths }) => paths)
        const junit = job.artifacts?.reports.junit.replace('*.xml', '')
        if (junit !== job.artifacts?.paths[0]) throw new Error(`${name} shows other reports than it keeps`)
        const isFirst = stage === stages[0] && index === 0
        return {
          name,
          runs: chosen !== undefined,
          afterFailure: chosen?.when === 'always',
          needs: job.needs,
          env: { ...secretVariables, ...shared, ...job.variables, ...chosen?.variables },
          steps: [
            ...(isFirst ? [] : artifacts.map((path) => ({ take: 'artifacts', path }))),
            ...caches.map((path) => ({ take: 'cache', path })),
            { script: [...job.before_script, ...job.script].join('\n') },
            ...(job.artifacts?.paths ?? []).map((path) => {
              return { leave: 'artifacts', path, always: true, required: true }
            }),
            ...caches.map((path) => ({ leave: 'cache', path, always: true })),
          ],
        }
      }),
  )
}

/** The stages and the `post` block of a declarative Jenkins pipeline. Other steps than these are a mistake. */
export function jenkinsJobs(text: string, { env, secrets }: Build): Job[] {
  const credentials = { 'jux-key': secrets?.keyPath, 'jux-api-key': secrets?.apiKey }
  const isChange = env.CHANGE_ID !== undefined
  const conditions = { '': true, 'changeRequest()': isChange, 'not { changeRequest() }': !isChange }
  const environmentOf = (block: string): Record<string, string> =>
    Object.fromEntries(
      linesOf(blockNamed(block, 'environment')).map((line) => {
        const [, name = '', literal, secret = ''] =
          /^(\w+) = (?:(?:'|")(.*)(?:'|")|credentials\('(.*)'\))$/.exec(line) ?? []
        if (name === '') throw new Error(`not an assignment: ${line}`)
        return [name, literal ?? only(credentials, secret)]
      }),
    )
  const [{ head, body: all } = { head: '', body: '' }, ...rest] = blocksOf(text.replace(/^\s*\/\/.*\n/gm, ''))
  if (head !== 'pipeline' || rest.length > 0) throw new Error('a declarative pipeline is one block')
  if (blockNamed(all, 'agent') === '' && !/^\s*agent any$/m.test(all)) throw new Error('the pipeline names no agent')
  const shared = environmentOf(all)
  const stages = blocksOf(blockNamed(all, 'stages')).map(({ head, body }): Job => {
    const name = /^stage\('(.+)'\)$/.exec(head)?.[1] ?? missing(head)
    const runs = only(conditions, blockNamed(body, 'when').trim())
    const after = blockNamed(blockNamed(body, 'post'), 'always')
    const steps = [...jenkinsSteps(blockNamed(body, 'steps')), ...jenkinsSteps(after, true)]
    return { name, runs, afterFailure: false, env: { ...shared, ...(runs ? environmentOf(body) : {}) }, steps }
  })
  const post = jenkinsSteps(blockNamed(blockNamed(all, 'post'), 'always'), true)
  return [...stages, { name: 'post', runs: true, afterFailure: true, env: shared, steps: post }]
}

function jenkinsSteps(block: string, always = false): Step[] {
  const allowed = /catchError\(buildResult: 'UNSTABLE', stageResult: 'UNSTABLE'\) \{([^}]*)\}/g
  const mayFail = [...block.matchAll(allowed)].map(([, inner = '']): Step => {
    const scripts = jenkinsSteps(inner).map((step) => ('script' in step ? step.script : missing(inner)))
    return { script: scripts.join('\n'), always, mayFail: true }
  })
  const step =
    /sh '''([\s\S]*?)'''|sh '(.*)'|(junit|archiveArtifacts) (?:artifacts: )?'(.*)\/\*\.xml'(?:, fingerprint: true)?/g
  const plain = block.replace(allowed, '')
  const others = linesOf(plain.replace(step, ''))
  if (others.length > 0) throw new Error(`unknown steps: ${others.join('; ')}`)
  const steps = [...plain.matchAll(step)].map(([, long, short, name = '', path = '']): Step => {
    const script = long?.replace(/\\\n/g, ' ') ?? short
    return script === undefined ? { leave: name, path, always, required: true } : { script, always }
  })
  if (steps.length > 0 && mayFail.length > 0) throw new Error('catchError beside other steps')
  return [...steps, ...mayFail]
}

/** The blocks `head { body }` of a Groovy text, outermost only. */
function blocksOf(text: string): { head: string; body: string }[] {
  const blocks: { head: string; body: string }[] = []
  let depth = 0
  let start = 0
  let lineStart = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\n' && depth === 0) lineStart = at + 1
    if (text[at] === '{' && depth++ === 0) start = at
    if (text[at] === '}' && --depth === 0) {
      blocks.push({ head: text.slice(lineStart, start).trim(), body: text.slice(start + 1, at) })
    }
    if (depth < 0) break
  }
  if (depth !== 0) throw new Error('the braces are not balanced')
  return blocks
}

function blockNamed(text: string, name: string): string {
  return blocksOf(text).find(({ head }) => head === name)?.body ?? ''
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => line.trim() || [])
}

/** The value of a name that has to be in the table. */
function only<T>(table: Readonly<Record<string, T | undefined>>, name: string): T {
  const value = table[name]
  return value === undefined ? missing(name) : value
}

function missing(name: string): never {
  throw new Error(`not expected in a recipe: ${name}`)
}
